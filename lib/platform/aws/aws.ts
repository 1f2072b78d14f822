/** The platform `aws`: workers are EC2 instances. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Platform } from "../platform.ts";
import { limits } from "./limits.ts";
import { REGIONS } from "./regions.ts";

/** Amazon Web Services. */
export const aws: Platform<AwsConfig> = {
  name: "aws",
  title: "Amazon's cloud",
  traits: { machines: true, attachesAccelerators: false, regions: REGIONS, extraPrices: limits.extraPrices },
  initOptions: ["region", "allowed-cidr", "public-key", "upgrade", "policy"],
  credentialVariables: /^AWS_\w+$/i,
  userData: limits.userData,
  templates: "aws",
  guide: "docs/tutorials/aws.md",
  policy: {
    path: "permissions/aws.json",
    file: "xcore.json",
    command: "aws iam create-policy --policy-name xcore --policy-document file://xcore.json",
  },
  gpuHint:
    "Choose a machine type that has one: `xcore config set worker_type g4dn.xlarge`, or a pool under `pools`.",
  provider: async (options) => (await import("./provider.ts")).provider(options),
  base: async (options) => (await import("./base.ts")).base(options),
};
