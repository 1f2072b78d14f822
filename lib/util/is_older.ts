/** Compares versions of programs and packages. Pure. @module */

// @ts-types="npm:@types/semver@7.7.1"
import { coerce, lt } from "npm:semver@7.8.6";

/**
 * Whether a version comes before another.
 *
 * @param version `1.11.4`, `2026.8`; a suffix such as `-beta1` is ignored
 * @param than a version with three parts
 */
export function isOlder(version: string, than: string): boolean {
  const found = coerce(version);
  return found !== null && lt(found, than);
}
