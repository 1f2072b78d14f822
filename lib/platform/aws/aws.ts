/** The platform `aws`: workers are EC2 instances. @module */

import type { AwsConfig } from "../../config/config.ts";
import type { Platform } from "../platform.ts";
import { limits } from "./limits.ts";

/** Amazon Web Services. */
export const aws: Platform<AwsConfig> = {
  name: "aws",
  title: "Amazon's cloud",
  traits: { machines: true, attachesAccelerators: false, extraPrices: limits.extraPrices },
  initOptions: ["region", "allowed-cidr", "public-key", "upgrade"],
  credentialVariables: /^AWS_\w+$/i,
  userData: limits.userData,
  templates: "aws",
  gpuHint:
    "Choose a machine type that has one: `xcore config set worker_type g4dn.xlarge`, or a pool under `pools`.",
  provider: async (options) => (await import("./provider.ts")).provider(options),
  base: async (options) => (await import("./base.ts")).base(options),
};
