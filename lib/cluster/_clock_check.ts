/** Whether this machine's clock is right enough. Pure. @module */

import { BACKDATED_MS, LIFETIME_MS } from "../dask/certificates.ts";
import { type CheckResult, failed, passed, warning } from "../platform/check_result.ts";

/** What a call's way takes, and what logs beside each other can be read with. */
const FINE_MS = 30_000;

const SET =
  "Have it set by the network: `sudo timedatectl set-ntp true`. Certificates count from 24 hours before they are made.";

/** @param aheadMs milliseconds that the scheduler's clock is ahead of this machine's; null: it is the same clock */
export function clockCheck(aheadMs: number | null): CheckResult {
  const name = "Clock";
  if (aheadMs === null) return passed(name, "the scheduler's is this machine's");
  if (Math.abs(aheadMs) < FINE_MS) return passed(name, "this machine's is as the cloud's");
  const found = `this machine's is ${spanOf(Math.abs(aheadMs))} ${
    aheadMs > 0 ? "behind" : "ahead of"
  } the cloud's`;
  // Made with this clock, certificates would not count yet over there, or no more.
  const isHopeless = aheadMs <= -BACKDATED_MS || aheadMs >= LIFETIME_MS;
  return isHopeless ? failed(name, found, SET) : warning(name, found, SET);
}

function spanOf(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 2) return `${Math.round(ms / 1000)} seconds`;
  return minutes < 120 ? `${Math.round(minutes)} minutes` : `${Math.round(minutes / 60)} hours`;
}
