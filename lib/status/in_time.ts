/** Time that is left, in words. @module */

const SECONDS_PER_HOUR = 3600;

/** `in 90 s`, `in 11 h`, `now`. */
export function inTime(seconds: number): string {
  if (seconds === 0) return "now";
  return seconds < 2 * SECONDS_PER_HOUR
    ? `in ${Math.ceil(seconds)} s`
    : `in ${Math.floor(seconds / SECONDS_PER_HOUR)} h`;
}
