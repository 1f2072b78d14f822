/** Whether this machine is outside of what the firewall lets in. @module */

import type { Config } from "../../config/config.ts";
import { XcoreError } from "../../errors.ts";
import { isWithin } from "../own_address.ts";

/** The ranges that are let in by what the templates were given; empty where they do not say. */
export function rangesIn(variables: object | null): readonly string[] {
  const ranges = (variables as { readonly allowed_cidr?: unknown } | null)?.allowed_cidr;
  return Array.isArray(ranges) ? ranges.filter((range) => typeof range === "string") : [];
}

/**
 * What is wrong when this machine's address is in none of the ranges that are let in; null when it is in one, or cannot be
 * told.
 *
 * @param address this machine's own one, as the service at a URL sees it; null: it does not say
 */
export async function outsideOf(
  ranges: readonly string[],
  { allowedCidr, addressUrl }: Pick<Config, "allowedCidr" | "addressUrl">,
  address: (url: string) => Promise<string | null>,
): Promise<XcoreError | null> {
  if (ranges.length === 0) return null;
  const own = await address(addressUrl);
  if (own === null || ranges.some((range) => isWithin(own, range))) return null;
  const range = allowedCidr.includes("auto") ? "" : ` ${own}/32`;
  return new XcoreError(
    `Cannot reach the scheduler: this machine's address is ${own} now, and the firewall lets in ${
      ranges.join(", ")
    }`,
    `Let it in with \`xcore allow${range}\`: only the firewall is changed.`,
  );
}
