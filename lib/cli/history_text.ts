/** The text of `xcore history`: a table, or a CSV file. Pure. @module */

import type { CostedSample } from "../cluster/past_run.ts";
import type { WorkerState } from "../model/mod.ts";
import { historyRows, type PageHistory } from "../page/page_history.ts";
import { durationText, momentText } from "../util/duration_text.ts";
import { moneyText } from "../util/money_text.ts";
import { type Column, table } from "./table.ts";

const NUMBERS = ["running", "others", "target", "waiting", "on workers"];

/**
 * The text of `xcore history`.
 *
 * @param columns of the terminal
 */
export function historyText(history: PageHistory, columns = Infinity): string {
  const { from, to, cost } = history;
  const iso = (ms: number) => new Date(ms).toISOString();
  const whole = cost === null ? "" : `, ${moneyText(cost.total_usd)}`;
  const headings: Column[] = [
    { heading: "from", align: "left" },
    ...[...NUMBERS, ...cost === null ? [] : ["cost"]].map((heading): Column => ({ heading, align: "right" })),
  ];
  const known = (value: number | null) => value === null ? "–" : String(value);
  const rows = historyRows(history).map(({ fromMs, running, others, target, queued, processing, usd }) => [
    momentText(iso(fromMs)),
    ...[running, others, target, queued, processing].map(known),
    ...usd === null ? [] : [moneyText(usd)],
  ]);
  return [
    `${momentText(iso(from))} to ${momentText(iso(to))} (${
      durationText((to - from) / 1000)
    }${whole}); at most:`,
    ...table(headings, rows, columns),
  ].join("\n");
}

const STATES: readonly WorkerState[] = [
  ...["requested", "pending", "booting", "running", "paused"] as const,
  ...["unknown", "draining", "stopping", "failed"] as const,
];

/** A CSV file of samples, with a heading; what is not known is empty. */
export function historyCsv(samples: readonly CostedSample[]): string {
  const lines = samples.map(({ atMs, workers, target, queued, processing, usd }) =>
    [
      new Date(atMs).toISOString(),
      ...STATES.map((state) => workers[state] ?? 0),
      ...[target, queued, processing].map((value) => value ?? ""),
      usd?.toFixed(4) ?? "",
    ].join(",")
  );
  return [["at", ...STATES, "target", "queued", "processing", "usd"].join(","), ...lines].join("\n");
}
