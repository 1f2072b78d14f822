/** Parts of a text that shrink to fit a screen. @module */

/** A part of a text: a head, and items that may be left out from the end. */
export interface Section {
  readonly head: readonly string[];
  /** Each with its lines. */
  readonly items: readonly (readonly string[])[];
  /** The line in place of the items from `first` on. */
  readonly more: (first: number) => string;
  /** A line in place of all of it; null when it may be missing. */
  readonly brief: string | null;
}

/** A part that has nothing to show. */
export const NOTHING: Section = { head: [], items: [], more: () => "", brief: null };

/** How many lines the whole of it takes. */
export function linesOf({ head, items }: Section): number {
  return head.length + items.flat().length;
}

/** The section in at most `rows` lines. */
export function shrunk(section: Section, rows: number): string[] {
  const { head, items, more, brief } = section;
  if (linesOf(section) <= rows) return [...head, ...items.flat()];
  let shown = 0;
  let used = head.length + 1; // the line for what is left out
  for (const item of items) {
    if (used + item.length > rows) break;
    used += item.length;
    shown++;
  }
  if (shown > 0) return [...head, ...items.slice(0, shown).flat(), more(shown)];
  return brief === null || rows < 1 ? [] : [brief];
}
