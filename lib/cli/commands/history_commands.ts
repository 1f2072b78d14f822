/** The commands that read what has been: events, cost, history and report. @module */

import { resolve } from "node:path";
import { UsageError, XcoreError } from "../../errors.ts";
import { secondsOf } from "../../util/duration_text.ts";
import type { Files } from "../../runtime.ts";
import { isTime } from "../../util/is_time.ts";
import { type ArgparseCommand, Option } from "../argparse_command.ts";
import { files, oneOf } from "../completions/completer.ts";
import { answer, type Context, scopeOf } from "../context.ts";
import { addLogFlags, type LogFlags } from "../show_log.ts";

/** The commands that read what has been. */
export const historyCommands = {
  events: {
    summary: "show what was decided and what happened",
    define: defineEvents,
    meantBy: "event decisions timeline",
  },
  cost: {
    summary: "show what the cluster has cost",
    define: defineCost,
    meantBy: "costs price prices bill money spent usage",
  },
  history: {
    summary: "show workers, tasks and costs over time",
    define: defineHistory,
    meantBy: "plot chart graph csv past",
  },
  report: {
    summary: "write a run as a page for a lab book",
    define: defineReport,
    meantBy: "summary html export protocol labbook",
  },
};

/** `xcore events` */
function defineEvents(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show what was decided, with the reasons, and when instances began and were gone, the oldest first. It comes from this " +
      "machine's history, also after a shutdown. With -f and --json: one JSON document per line.",
  )
    .withExamples(
      ["xcore events -n 20", "see the last 20 events"],
      ["xcore events -f", "follow what is decided"],
      ["xcore events --json", "read them from a program"],
    ).withPage("docs/autoscaling.md");
  addLogFlags(command).action(async ({ follow, lines }: LogFlags) => {
    const { followEvents, pastEvents } = await import("../../cluster/past_events.ts");
    const { eventText } = await import("../decision_text.ts");
    const { runtime, printer, options } = context;
    const scope = await scopeOf(context);
    if (!follow) {
      const events = await pastEvents(scope, lines);
      return answer(context, { events }, events.map(eventText).join("\n") || "Nothing has happened yet.");
    }
    const stop = new AbortController();
    const offSignals = runtime.onSignal(["SIGINT", "SIGTERM"], () => stop.abort());
    try {
      for await (const event of followEvents(scope, lines, stop.signal)) {
        if (options().json) printer.part(`${JSON.stringify(event)}\n`);
        else printer.out(eventText(event));
      }
    } finally {
      offSignals();
    }
  });
}

interface CostFlags {
  readonly since?: string;
  readonly by?: string;
  readonly csv?: true;
}

/** `xcore cost` */
function defineCost(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show what the cluster has cost since its last start, by the prices of each time: scheduler, workers, disks and " +
      "addresses, per second and with the cloud's minimum. It comes from this machine's history, also after a shutdown. " +
      "Traffic, images, taxes and a busy T instance's CPU credits are not in it.",
  )
    .addOption(sinceOption())
    .addOption(
      new Option("--by <what>", "day, pool, type or task: what to tell costs apart by; default: pool")
        .completeWith(oneOf(COST_BY)),
    )
    .option("--csv", "print a CSV file")
    .withExamples(
      ["xcore cost", "see what this run has cost by pool"],
      ["xcore cost --by task", "see what the tasks of each function have cost"],
      ["xcore cost --since 30d --by day", "see what each day has cost"],
      ["xcore cost --since 2026-11-01 --by type --csv", "take the costs to a spreadsheet"],
    ).withPage("docs/cost.md")
    .action(async ({ since, by, csv }: CostFlags) => {
      const { cost } = await import("../../cluster/cost.ts");
      const { costCsv, costText } = await import("../cost_text.ts");
      const { runtime, options } = context;
      if (csv && options().json) {
        throw new UsageError("Cannot print CSV and JSON at once", "Leave --csv or --json out.");
      }
      const nowMs = runtime.clock.nowMs();
      const found = await cost(await scopeOf(context), {
        ...since !== undefined && { sinceMs: momentOf(since, nowMs) },
        ...by !== undefined && { by: byOf(by) },
      });
      answer(context, found, csv ? costCsv(found) : costText(found, nowMs));
    });
}

const COST_BY = ["day", "pool", "type", "task"] as const;

function byOf(text: string): typeof COST_BY[number] {
  const found = COST_BY.find((by) => by === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot tell costs apart by ${JSON.stringify(text)}`,
    "Say `--by day`, `--by pool`, `--by type` or `--by task`.",
  );
}

/** A date alone is its midnight, by UTC. */
function momentOf(text: string, nowMs: number): number {
  const agoS = secondsOf(text);
  if (agoS !== null) return nowMs - agoS * 1000;
  const ms = Date.parse(text);
  if (/^\d{4}-/.test(text) && isTime(ms)) return ms;
  throw new UsageError(
    `Cannot go back to ${JSON.stringify(text)}: not a time`,
    "Give a date, such as `--since 2026-11-01`, or how long ago, such as `--since 3d`.",
  );
}

/** Where a command begins that reads the past. */
function sinceOption(): Option {
  return new Option("--since <time>", "a date, a date with a time, or how long ago, such as 3d or 12h")
    .completeWith(oneOf(["1d", "7d", "30d"]));
}

interface HistoryFlags {
  readonly since?: string;
  readonly plot?: string;
  readonly csv?: true;
}

/** `xcore history` */
function defineHistory(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show workers, tasks and costs since the last start, in 24 parts: the most of each at a time, and what the part cost. " +
      "Or write all as a plot or as CSV, with times by UTC. It comes from this machine's history, also after a shutdown.",
  )
    .addOption(sinceOption())
    .addOption(new Option("--plot <file>", "write a plot, as SVG").completeWith(files))
    .option("--csv", "print a CSV file with each sample that is kept, and the cost so far")
    .withExamples(
      ["xcore history --plot run.svg", "plot the last run"],
      ["xcore history --since 2d --csv", "take the last two days to a spreadsheet"],
    ).withPage("docs/report.md")
    .action(async ({ since, plot, csv }: HistoryFlags) => {
      const { costedSamples, historyOf, pastRun } = await import("../../cluster/past_run.ts");
      const { runtime, printer, options } = context;
      const asked = [csv && "--csv", options().json && "--json", plot !== undefined && "--plot"].filter(
        Boolean,
      );
      if (asked.length > 1) {
        throw new UsageError(`Cannot use ${asked.join(" and ")} together`, "Leave all but one of them out.");
      }
      const sinceMs = since === undefined ? undefined : momentOf(since, runtime.clock.nowMs());
      const run = await pastRun(await scopeOf(context), { sinceMs, everySample: csv === true });
      if (csv) {
        const { historyCsv } = await import("../history_text.ts");
        return printer.out(historyCsv(costedSamples(run)));
      }
      const history = historyOf(run);
      if (plot !== undefined) {
        const { historySvg } = await import("../../page/history_svg.ts");
        return await writeFor(context, plot, "--plot", historySvg(history, run.config.clusterName).text);
      }
      const { historyText } = await import("../history_text.ts");
      answer(context, history, historyText(history, printer.screen()?.columns));
    });
}

interface ReportFlags {
  readonly since?: string;
  readonly output?: string;
}

/** `xcore report` */
function defineReport(command: ArgparseCommand, context: Context): void {
  command.description(
    "Write the last run, or the time since, as one HTML file for a lab book: what ran, how long, on which machines, what it " +
      "cost, what went wrong, versions and settings. It comes from this machine's history, also after a shutdown, and is the " +
      "same each time that it is made of the same history.",
  )
    .addOption(sinceOption())
    .addOption(
      new Option(
        "-o, --output <file>",
        "the file; default: the cluster's name and the run's start, in this folder",
      )
        .completeWith(files),
    )
    .withExamples(
      ["xcore report", "write a report of the last run"],
      ["xcore report --since 7d -o week.html", "write one of the last week"],
    ).withPage("docs/report.md")
    .action(async ({ since, output }: ReportFlags) => {
      const { runReport } = await import("../../cluster/run_report.ts");
      const { reportHtml } = await import("../../page/report_html.ts");
      const { runtime } = context;
      const sinceMs = since === undefined ? undefined : momentOf(since, runtime.clock.nowMs());
      const report = await runReport(await scopeOf(context), { sinceMs });
      const began = new Date(report.fromMs).toISOString().slice(0, 16).replace("T", "-").replace(":", "");
      await writeFor(context, output ?? `${report.cluster.name}-${began}.html`, "-o", reportHtml(report));
    });
}

/** Each who may read the folder may read the file, as of other programs. */
const READABLE = 0o666;

/** Whether there is something that a new file must not take the place of: a device, a pipe, or a link to one. */
async function isSpecial(files: Files, path: string): Promise<boolean> {
  const kind = await files.kind(path);
  if (kind !== "link") return kind === "other";
  return await files.realPath(path).then(async (real) => await files.kind(real) !== "file", () => true);
}

/** Writes a file that the user has asked for, and says where it is. */
async function writeFor(context: Context, name: string, flag: string, text: string): Promise<void> {
  const path = resolve(context.runtime.cwd(), name);
  const { files } = context.runtime;
  try {
    if (await isSpecial(files, path)) throw new Error("Not a file");
    await files.writeText(path, text, READABLE);
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split(" (os error");
    throw new XcoreError(
      `Cannot write ${path}: ${reason}`,
      `Name a file in a folder that exists and that you may write to: \`${flag} FILE\`.`,
      error,
    );
  }
  answer(context, { path }, `Wrote ${path}`);
}
