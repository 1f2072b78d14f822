/** What a mistyped word was meant to be. @module */

import { distance } from "npm:fastest-levenshtein@1.0.16";

/**
 * The candidate a mistyped word was most likely meant to be: the one with the fewest slips (a
 * letter too many, too few, wrong, or two swapped), or else the only one that begins with the word.
 * Case, `-`, `_` and spaces make no difference.
 *
 * @returns null when none is near
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const names = [...candidates];
  const typed = plain(word);
  if (typed === "") return null;
  let best: string | null = null;
  let fewest = allowedSlips(typed) + 1;
  for (const name of names) {
    const slips = slipsBetween(typed, plain(name), fewest);
    if (slips < fewest) [best, fewest] = [name, slips];
  }
  if (best !== null) return best;
  const longer = names.filter((name) => typed.length >= 2 && plain(name).startsWith(typed));
  return longer.length === 1 ? longer[0]! : null;
}

/** No more names are told where one was meant. */
const MOST_TOLD = 3;

/**
 * The candidates that are as near as {@linkcode nearest} takes them, and few of them: the nearest
 * first, and of those that are equally near the ones that begin most alike.
 */
export function nearestFew(word: string, candidates: Iterable<string>, most = MOST_TOLD): string[] {
  const typed = plain(word);
  const slips = allowedSlips(typed);
  return [...candidates].map((name) => ({ name, slips: slipsBetween(typed, plain(name), slips + 1) }))
    .filter((near) => near.slips <= slips)
    .sort((a, b) => a.slips - b.slips || sameStart(typed, plain(b.name)) - sameStart(typed, plain(a.name)))
    .slice(0, most).map(({ name }) => name);
}

function sameStart(a: string, b: string): number {
  const end = [...a].findIndex((character, i) => b[i] !== character);
  return end === -1 ? a.length : end;
}

/** Short words are near to everything: one slip up to 5 letters, two up to 8, three beyond. */
function allowedSlips(word: string): number {
  return word.length < 3 ? 0 : word.length <= 5 ? 1 : word.length <= 8 ? 2 : 3;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, "");
}

/** A word is shorter; comparing longer texts would take seconds. */
const LONGEST_WORD = 200;

/**
 * Slips between two words; two swapped letters are one slip. `bound` where their lengths alone are
 * so far apart, or one is no word.
 */
function slipsBetween(a: string, b: string, bound: number): number {
  if (a.length > LONGEST_WORD) return a === b ? 0 : bound;
  if (Math.abs(a.length - b.length) >= bound) return bound;
  const swapped = Array.from(
    { length: a.length - 1 },
    (_, i) => a.slice(0, i) + a[i + 1] + a[i] + a.slice(i + 2),
  );
  return Math.min(distance(a, b), ...swapped.map((word) => 1 + distance(word, b)));
}
