/** The platform `local`: workers are processes on this machine. @module */

import type { Platform } from "../platform.ts";

/** This machine. */
export const local: Platform = {
  name: "local",
  title: "this machine",
  traits: { machines: false, attachesAccelerators: false, regions: [], extraPrices: null },
  initOptions: [],
  credentialVariables: null,
  userData: null,
  templates: null,
  guide: null,
  policy: null,
  gpuHint: "Say that each worker has one: `xcore config set accelerator_count 1`, or a pool under `pools`.",
  provider: async (options) => (await import("./provider.ts")).provider(options),
  base: async (options) => (await import("./base.ts")).base(options),
};
