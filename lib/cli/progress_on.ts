/** Shows the progress of a command. @module */

import type { Progress, Share } from "../cluster/cluster.ts";
import type { Context } from "./context.ts";

const BAR_WIDTH = 24;

/**
 * Shows progress as lines. Of the lines that carry a share a terminal shows only the last, with a
 * bar; elsewhere each is printed when the share grows, or after a while without one.
 */
export function progressOn({ printer }: Pick<Context, "printer">): Progress {
  if (!printer.redraws) return linesWhenDone(printer.say);
  return (line, share) => {
    if (share === undefined) printer.say(line);
    else printer.pass(`${bar(share, BAR_WIDTH)} ${counted(share)} ${line}`);
  };
}

function linesWhenDone(say: (line: string) => void): Progress {
  let last: Share = { done: 0, total: 0 };
  return (line, share) => {
    if (share === undefined) return say(line);
    if (share.done > last.done || (share.done === last.done && /\(\d+ s\)$/.test(line))) {
      say(`${counted(share)} ${line}`);
    }
    last = share;
  };
}

function counted({ done, total }: Share): string {
  return `${done}/${total}`;
}

/** `[#####.....]`; 0 of 0 is an empty bar. */
export function bar(
  { done, total }: { readonly done: number; readonly total: number },
  width: number,
): string {
  const full = total === 0 ? 0 : Math.round(Math.min(1, done / total) * width);
  return `[${"#".repeat(full).padEnd(width, ".")}]`;
}
