/** What was done, in words: for `xcore status` and `xcore events`. Pure. @module */

import type { PastEvent } from "../cluster/past_events.ts";
import type { Decision } from "../model/mod.ts";
import { momentText } from "../util/duration_text.ts";
import { plainLine } from "../util/text_width.ts";

const PAST: Readonly<Record<Decision["action"], string>> = {
  launch: "launched",
  replay: "retried the launch of",
  close: "finished the launch of",
  retire: "retired",
  terminate: "terminated",
  drain: "gave no more tasks to",
  undrain: "gave tasks again to",
  cancel: "discarded the results of",
  died: "lost",
  restarted: "restarted",
};

/**
 * `launched 2 workers: 3 tasks to run`
 *
 * @param whom the workers
 */
export function decisionText(action: string, whom: string, reason: string): string {
  const object = action === "restarted" ? "the scheduler" : whom;
  return `${PAST[action as Decision["action"]] ?? plainLine(action)} ${object}: ${plainLine(reason)}`;
}

/** No more names are told of one event. */
const MOST_NAMES = 5;

/** `2026-11-30 17:03:04  launched worker-0, worker-1: 2 tasks to run` */
export function eventText({ at, what, names, reason }: PastEvent): string {
  const further = names.length - MOST_NAMES;
  const whom = names.slice(0, MOST_NAMES).map(plainLine).join(", ") +
    (further > 0 ? ` and ${further} more` : "");
  const text = what === "began"
    ? `${whom} began: ${plainLine(reason)}`
    : what === "gone"
    ? `${whom} is gone, ${plainLine(reason)}`
    : decisionText(what, whom, reason);
  return `${momentText(at)}  ${text}`;
}
