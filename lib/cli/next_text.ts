/** What happens next, for `xcore status`. Pure. @module */

import type { Status } from "../model/mod.ts";
import { count, durationText } from "../util/duration_text.ts";
import { plainLine } from "../util/text_width.ts";

/** `worker-1 leaves in 40 s; 2 workers booting`; empty where nothing is known to. */
export function nextText({ workers, demand, daemon, problems }: Status): string {
  if (!daemon.running) return ""; // then no worker starts or leaves by a decision
  const [first, ...later] = workers.filter(({ leaves_in_s }) => leaves_in_s !== null)
    .sort((a, b) => a.leaves_in_s! - b.leaves_in_s!);
  const booting = workers.filter(({ state }) => ["requested", "pending", "booting"].includes(state)).length;
  const lacking = (demand?.target ?? 0) -
    workers.filter(({ state }) => state !== "stopping" && state !== "failed").length;
  return [
    ...first === undefined ? [] : [
      `${plainLine(first.name)} leaves in ${durationText(first.leaves_in_s!)}${
        later.length === 0 ? "" : `, and ${later.length} more after it`
      }`,
    ],
    ...booting > 0 ? [`${count(booting, "worker")} booting`] : [],
    ...lacking > 0 && problems.length === 0 ? [`${count(lacking, "worker")} to launch`] : [],
  ].join("; ");
}
