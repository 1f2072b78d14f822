/** The platform `toy`, the fourth: docs/adding_a_cloud.md goes through it. */

import type { Platform } from "../../../lib/platform/platform.ts";

/** A cloud in memory. */
export const toy: Platform = {
  name: "toy",
  title: "a toy cloud",
  traits: { machines: true, attachesAccelerators: false, regions: [], extraPrices: null },
  initOptions: [],
  credentialVariables: /^TOY_\w+$/,
  userData: null,
  templates: null,
  guide: null,
  policy: null,
  gpuHint: "Imagine one.",
  provider: async (options) => (await import("./provider.ts")).toyProvider(options),
  base: async (options) => (await import("./base.ts")).toyBase(options),
};
