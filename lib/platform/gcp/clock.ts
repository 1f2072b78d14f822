/** What time it is at Google. @module */

import { XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";

const COMPUTE_API = "https://compute.googleapis.com/compute/v1/";

const TIMEOUT_MS = 10_000;

/**
 * Milliseconds that Google's clock is ahead of this machine's, to a second or so. Every answer has the time, a refusal too: no
 * credentials are needed, which Google refuses when the clocks differ.
 *
 * @throws {XcoreError} it does not answer
 */
export async function clockAheadMs(runtime: Runtime): Promise<number> {
  const url = runtime.env("GOOGLE_COMPUTE_CUSTOM_ENDPOINT") ?? COMPUTE_API;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    const aheadMs = Date.parse(response.headers.get("date") ?? "") - runtime.clock.nowMs();
    if (!Number.isNaN(aheadMs)) return aheadMs;
    throw new TypeError("its answer has no date");
  } catch (error) {
    throw new XcoreError(
      `Cannot ask Google what time it is: ${error instanceof Error ? error.message : error}`,
      "Look whether this machine reaches the internet, then run the command again.",
      error,
    );
  }
}
