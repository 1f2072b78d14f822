/** A part of a whole as a bar, in plain characters. Pure. @module */

/** `[#####.....]`; nothing of nothing is an empty bar. */
export function bar(
  { done, total }: { readonly done: number; readonly total: number },
  width: number,
): string {
  const full = total === 0 ? 0 : Math.round(Math.min(1, done / total) * width);
  return `[${"#".repeat(full).padEnd(width, ".")}]`;
}
