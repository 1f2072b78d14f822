/** The platform `gcp`: workers are Compute Engine instances. @module */

import type { GcpConfig } from "../../config/config.ts";
import type { Platform } from "../platform.ts";
import { limits } from "./limits.ts";
import { REGIONS } from "./regions.ts";

/** Google Cloud Platform. */
export const gcp: Platform<GcpConfig> = {
  name: "gcp",
  title: "Google's cloud",
  traits: { machines: true, attachesAccelerators: true, regions: REGIONS, extraPrices: limits.extraPrices },
  initOptions: ["region", "zone", "project", "allowed-cidr", "public-key", "upgrade", "policy"],
  credentialVariables: /^(GOOGLE|CLOUDSDK)_\w+$|^GCLOUD_KEYFILE_JSON$/i,
  userData: limits.userData,
  templates: "gcp",
  guide: "docs/tutorials/gcp.md",
  policy: {
    path: "permissions/gcp.yaml",
    file: "xcore.yaml",
    command: "gcloud iam roles create xcore --project=PROJECT --file=xcore.yaml",
  },
  gpuHint:
    "Attach one: `xcore config set worker_type n1-standard-4 accelerator_type nvidia-tesla-t4 accelerator_count 1`, or a pool under `pools`.",
  provider: async (options) => (await import("./provider.ts")).provider(options),
  base: async (options) => (await import("./base.ts")).base(options),
};
