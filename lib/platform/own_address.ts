/** This machine's address as the internet sees it, and whether the firewall lets it in. @module */

import type { Config } from "../config/config.ts";
import { PrerequisiteError, XcoreError } from "../errors.ts";

const ANSWER_WITHIN_MS = 10_000;

/** No answer is longer: an IPv6 address has 39 characters. */
const LONGEST_ANSWER = 100;

/**
 * This machine's public IPv4 address, as a service on the internet sees it.
 *
 * @param url answers a GET with the caller's address as plain text
 * @throws {PrerequisiteError} it does not answer, or not with an IPv4 address
 */
export async function ownAddress(url: string): Promise<string> {
  const answer = await ask(url);
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(answer)) return answer;
  const found = /^[0-9a-f:]+$/i.test(answer)
    ? `it has an IPv6 address only, ${answer}, and the cluster takes IPv4`
    : `${url} does not answer with an address`;
  throw failure(found);
}

async function ask(url: string): Promise<string> {
  try {
    const { status, text } = await getDirectly(url);
    if (status !== 200) throw new Error(`HTTP ${status}`);
    return text.trim().slice(0, LONGEST_ANSWER);
  } catch (error) {
    const found = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw failure(`${url} does not answer (${found})`, error);
  }
}

/**
 * By no proxy, which fetch would take: Dask connects directly, and the firewall must not let in the
 * proxy's address.
 */
async function getDirectly(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const { request } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  return await new Promise((resolve, reject) => {
    const options = { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), agent: false };
    const sent = request(url, options, (response) => {
      let text = "";
      const end = () => resolve({ status: response.statusCode ?? 0, text });
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length <= LONGEST_ANSWER) return;
        end();
        sent.destroy();
      });
      response.on("end", end);
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

function failure(found: string, cause?: unknown): PrerequisiteError {
  return new PrerequisiteError(
    `Cannot tell this machine's public address: ${found}`,
    "Give the range that may reach the cluster yourself, such as 192.0.2.7/32: `xcore config set allowed_cidr '[RANGE]'`.",
    cause,
  );
}

/** Whether a range of IPv4 addresses, `192.0.2.0/24`, has this one in it. */
export function isWithin(address: string, range: string): boolean {
  const [first = "", prefix = "32"] = range.split("/");
  const hosts = 2 ** (32 - Number(prefix));
  return Math.floor(numberOf(address) / hosts) === Math.floor(numberOf(first) / hosts);
}

function numberOf(address: string): number {
  return address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}

/**
 * A config's `allowed_cidr` with `auto` replaced by this machine's own address; the service is
 * asked only if need be.
 *
 * @throws {PrerequisiteError} the address cannot be found
 */
export async function allowedRanges(
  { allowedCidr, addressUrl }: { readonly allowedCidr: readonly string[]; readonly addressUrl: string },
): Promise<string[]> {
  const ranges = await Promise.all(
    allowedCidr.map(async (range) => range === "auto" ? `${await ownAddress(addressUrl)}/32` : range),
  );
  return [...new Set(ranges)];
}

/** The ranges that are let in by what the templates were given; empty where they do not say. */
export function rangesIn(variables: object | null): readonly string[] {
  const ranges = (variables as { readonly allowed_cidr?: unknown } | null)?.allowed_cidr;
  return Array.isArray(ranges) ? ranges.filter((range) => typeof range === "string") : [];
}

/**
 * What is wrong when this machine's address is in none of the ranges that are let in; null when it
 * is in one, or cannot be told.
 *
 * @param address this machine's own one, as the service at a URL sees it; null: it does not say
 */
export async function diagnoseAddress(
  ranges: readonly string[],
  { addressUrl }: Pick<Config, "addressUrl">,
  address: (url: string) => Promise<string | null>,
): Promise<XcoreError | null> {
  if (ranges.length === 0) return null;
  const own = await address(addressUrl);
  if (own === null || ranges.some((range) => isWithin(own, range))) return null;
  return new XcoreError(
    `Cannot reach the scheduler: this machine's address is ${own} now, and the firewall lets in ${
      ranges.join(", ")
    }`,
    "Let it in with `xcore allow`: only the firewall is changed.",
  );
}
