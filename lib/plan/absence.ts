/** When listings prove that something is not there: a cloud may list late what it has launched. @module */

/**
 * Whether listings without it prove that it is gone.
 *
 * @param sinceMs when the first answer without it was there: one that took long may be of then, or of when it was asked for
 * @param askedAtMs when the newest answer without it was asked for
 * @param goneAfterS see {@linkcode import("../platform/provider.ts").Pace}; 0: one listing is enough
 */
export function isProvenGone(sinceMs: number, askedAtMs: number, goneAfterS: number): boolean {
  return goneAfterS === 0 || askedAtMs - sinceMs >= goneAfterS * 1000;
}
