/** What Google's cloud allows. @module */

import type { Billing, ExtraPrices } from "../../price/hourly_cost.ts";
import type { Successors } from "../placement.ts";
import type { UserDataFormat } from "../platform.ts";
import type { Pace } from "../provider.ts";

/**
 * 1,500 calls a minute and group (https://cloud.google.com/compute/api-quota) would bear more; a
 * listing is late by some seconds at most; an instance takes up to two minutes to stop.
 */
const PACE: Pace = { listWhenChangingS: 3, listWhenSteadyS: 15, goneAfterS: 30, terminateAgainS: 180 };

/**
 * 256 KB for one metadata value (Compute Engine, metadata limits), which Google's agent runs as it
 * finds it. "a: Arm" after the generation: https://docs.cloud.google.com/compute/docs/machine-resource; A4X has
 * NVIDIA's Grace.
 */
const USER_DATA: UserDataFormat = {
  cloud: "gcp",
  maxBytes: 262_144,
  gzip: false,
  armTypes: /^([a-z]\d+a|a4x[a-z]*)-/,
};

/** Kinds of SSH keys: Compute Engine's guests take what their OpenSSH takes (Create SSH keys). */
const KEY_KINDS: readonly string[] = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"];

/**
 * Machine families that take no persistent disk.
 * https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
 */
const HYPERDISK_ALONE = /^(c4[ad]?|n4[ad]?|m4|x4|a4x?|g4|h4d|a3-ultragpu)-/;

/** The type of a machine's boot disk: as it is set, or what each machine of that family can have. */
export function diskTypeOf(machineType: string, set: string | null): string {
  return set ?? (HYPERDISK_ALONE.test(machineType) ? "hyperdisk-balanced" : "pd-balanced");
}

/**
 * Whether GPUs are attached to this machine type; the others have theirs, or none.
 * https://cloud.google.com/compute/docs/gpus#gpu-models
 */
export function attachesGpus(machineType: string): boolean {
  return machineType.startsWith("n1-") || machineType.startsWith("custom-");
}

/**
 * By the second, for a minute at least (https://cloud.google.com/compute/vm-instance-pricing); from
 * RUNNING until a stop has completed and the state is TERMINATED:
 * https://cloud.google.com/compute/docs/instances/instance-lifecycle. Quotas count it until
 * DEPROVISIONING, which releases them: https://cloud.google.com/compute/docs/reference/rest/v1/instances/get
 */
const BILLING: Billing = { minimumS: 60, stoppingCosts: true };

/**
 * In us-central1 on 2026-11-30; other regions cost up to half more.
 * https://cloud.google.com/compute/disks-image-pricing, https://cloud.google.com/vpc/network-pricing
 */
const EXTRA_PRICES: ExtraPrices = {
  diskUsd: { "pd-standard": 0.04, "pd-balanced": 0.10, "pd-ssd": 0.17, "hyperdisk-balanced": 0.08 },
  imageUsd: 0.05,
  addressUsd: 0.005,
  diskTypeOf,
  // Shared-core machines burst free of charge.
  // https://cloud.google.com/compute/docs/general-purpose-machines#sharedcore
  surchargeUsd: () => 0,
  billing: BILLING,
};

/** Some regions have no N1 machines, of which this is one: europe-west8. */
const SUCCESSORS: Successors = { "f1-micro": "e2-small" };

/** The limits of Google's cloud. */
export const limits = {
  pace: PACE,
  userData: USER_DATA,
  keyKinds: KEY_KINDS,
  extraPrices: EXTRA_PRICES,
  successors: SUCCESSORS,
} as const;
