/** What AWS allows. @module */

import type { Billing, ExtraPrices } from "../../price/hourly_cost.ts";
import type { Successors } from "../placement.ts";
import type { UserDataFormat } from "../platform.ts";
import type { Pace } from "../provider.ts";
import { schedulerCredits, surchargeUsd, workerCredits } from "./credit_mode.ts";

/**
 * EC2 lets each account ask 100 times at once and 20 times a second (Request throttling for the EC2
 * API), all tools together. A new instance may be missing from listings for some seconds. An
 * instance takes a minute or two to stop.
 */
const PACE: Pace = { listWhenChangingS: 3, listWhenSteadyS: 15, goneAfterS: 30, terminateAgainS: 180 };

/**
 * "User data is limited to 16 KB, in raw form" (EC2 User Guide, Work with instance user data);
 * cloud-init decompresses it. "g: AWS Graviton processors" after the generation (EC2 instance types, Naming
 * conventions); p6e-gb200 has NVIDIA's Grace.
 */
const USER_DATA: UserDataFormat = {
  cloud: "aws",
  maxBytes: 16_384,
  gzip: true,
  armTypes: /^(a1|[a-z]+\d+g[a-z]*|p\d+e-gb\d+)\./,
};

/** Kinds of SSH keys that EC2 takes (EC2 User Guide, Create a key pair). */
const KEY_KINDS: readonly string[] = ["ssh-ed25519", "ssh-rsa"];

/**
 * "Billed in one-second increments, with a minimum of 60 seconds" (https://aws.amazon.com/ec2/pricing/,
 * Linux); only while `running`, not while `pending`, `stopping` or `shutting-down`:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html. Quotas are for running
 * instances as well; one on spot counts until EC2 has detected its termination, so that a launch may be
 * refused until then: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-limits.html
 */
const BILLING: Billing = { minimumS: 60, stoppingCosts: false };

/**
 * In us-east-1 on 2026-11-30; other regions cost up to half more. https://aws.amazon.com/ebs/pricing/,
 * https://aws.amazon.com/vpc/pricing/. Every disk is gp3.
 */
const EXTRA_PRICES: ExtraPrices = {
  diskUsd: { gp3: 0.08 },
  imageUsd: 0.05, // of snapshots
  addressUsd: 0.005,
  diskTypeOf: () => "gp3",
  surchargeUsd: (type, role) =>
    surchargeUsd(type, role === "worker" ? workerCredits(type) : schedulerCredits(type)),
  billing: BILLING,
};

/** Accounts on AWS's Free plan and newer regions have no T2. */
const SUCCESSORS: Successors = { "t2.small": "t3.small" };

/** The limits of AWS. */
export const limits = {
  pace: PACE,
  userData: USER_DATA,
  keyKinds: KEY_KINDS,
  extraPrices: EXTRA_PRICES,
  successors: SUCCESSORS,
} as const;
