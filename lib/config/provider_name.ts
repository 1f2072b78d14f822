/** The names that `provider` may have. @module */

/** The providers whose settings the table knows. */
export const PROVIDERS = ["local", "aws", "gcp"] as const;

/** Where a cluster runs. */
export type ProviderName = typeof PROVIDERS[number];

const names = new Set<string>(PROVIDERS);

/**
 * Lets a config name a further provider; its settings are those that every provider has, and their
 * defaults.
 */
export function addProvider(name: string): void {
  names.add(name);
}

/** Whether a config may name it. */
export function isProvider(name: unknown): name is ProviderName {
  return typeof name === "string" && names.has(name);
}
