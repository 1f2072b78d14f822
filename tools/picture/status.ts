/**
 * `deno task picture:status`: draws what `xcore status` prints of a small cluster, and what `xcore status
 * --watch` shows of a large one, as the documentation shows them. The clusters are made up.
 * @module
 */

import pico from "npm:picocolors@1.1.1";
import { Trend } from "../../lib/cli/sparkline.ts";
import { statusText } from "../../lib/cli/status_text.ts";
import { FOOTER, trendLines } from "../../lib/cli/watch.ts";
import { FakePageSource } from "../../tests/support/fakes/page_source.ts";
import { endWith } from "../failure.ts";
import { ROOT } from "../run_deno.ts";
import { draw } from "./svg.ts";

const FOLDER = "docs/picture";
const COLUMNS = 110;
const WATCH_ROWS = 36;
const NOW_MS = Date.parse("2026-11-30T15:00:00Z");

/** A terminal that shows `text` below the command that was typed. */
async function drawn(command: string, text: string, title: string): Promise<string> {
  const shown = `$ ${command}\n${text}`;
  const rows = shown.split("\n").length;
  return await draw({
    panes: [{ title: "a terminal", columns: COLUMNS, rows }],
    events: [{ at: 0, pane: 0, text: shown.replaceAll("\n", "\r\n") }],
    still: 0,
  }, title);
}

/** The pictures' names below docs/picture, and what each shows. */
export async function statusPictures(): Promise<Readonly<Record<string, string>>> {
  const colours = pico.createColors(true);
  const few = new FakePageSource(NOW_MS, 20);
  const many = new FakePageSource(NOW_MS, 2000);
  const { cost } = many.current;
  many.current = {
    ...many.current,
    cost: { ...cost, budget_usd: 5000, budget_left_usd: 5000 - cost.since_start_usd! },
  };
  const trends = { queue: new Trend(60), workers: new Trend(60) };
  for (const { queued, workers } of many.samples.slice(-60)) {
    trends.queue.add(queued ?? 0);
    trends.workers.add(Object.values(workers).reduce((sum, count) => sum + count, 0));
  }
  const below = ["", ...trendLines(trends, "30 min"), "", colours.dim(FOOTER)];
  const room = { columns: COLUMNS, rows: WATCH_ROWS - below.length };
  return {
    "status.svg": await drawn(
      "xcore status",
      statusText(few.current, colours, NOW_MS, { columns: COLUMNS, rows: Infinity }),
      "What xcore status prints of a cluster of a few workers: its state, its cost, its tasks, its workers and problems.",
    ),
    "watch.svg": await drawn(
      "xcore status --watch",
      [statusText(many.current, colours, NOW_MS, room), ...below].join("\n"),
      "What xcore status --watch shows of hundreds of workers: how many are in which state, and the last half hour.",
    ),
  };
}

async function writePictures(): Promise<void> {
  for (const [name, picture] of Object.entries(await statusPictures())) {
    await Deno.writeTextFile(`${ROOT}${FOLDER}/${name}`, picture);
    console.error(`Wrote ${FOLDER}/${name} (${(picture.length / 1000).toFixed(0)} kB).`);
  }
}

if (import.meta.main) await writePictures().catch((error) => endWith("draw the status", error));
