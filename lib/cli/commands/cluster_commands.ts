/**
 * The commands for a cluster as a whole: status, list, tasks, cost, start, restart, shutdown, scale, url,
 * dashboard and allow.
 * @module
 */

import type { Scaled } from "../../cluster/scale.ts";
import type { Confirm } from "../../cluster/shutdown.ts";
import type { Started } from "../../cluster/start.ts";
import { UsageError } from "../../errors.ts";
import { count, durationText, secondsOf } from "../../util/duration_text.ts";
import { isTime } from "../../util/is_time.ts";
import { type ArgparseCommand, Argument, Option } from "../argparse_command.ts";
import { oneOf, poolNames } from "../completions/completer.ts";
import { answer, confirmOn, type Context, interruptible, progressOn, scopeOf } from "../context.ts";

/** The commands for a cluster as a whole. */
export const clusterCommands = {
  status: { summary: "status of crosscore cluster", define: defineStatus },
  list: { summary: "list all clusters and what each costs", define: defineList },
  tasks: { summary: "show by function what became of the tasks", define: defineTasks },
  cost: { summary: "show what the cluster has cost", define: defineCost },
  start: { summary: "create cloud resources", define: defineStart },
  restart: { summary: "recreate cloud resources", define: defineRestart },
  shutdown: { summary: "terminate and delete all resources", define: defineShutdown },
  scale: { summary: "ask for a number of workers", define: defineScale },
  url: { summary: "print the scheduler's URL", define: defineUrl },
  dashboard: { summary: "open the dashboard in a browser", define: defineDashboard },
  allow: { summary: "set which addresses may connect", define: defineAllow },
};

/** `xcore status` */
function defineStatus(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show the cluster, its workers, the latest decisions with their reasons, and problems that need your attention.",
  )
    .option("-w, --watch", "update every second until Ctrl-C; with --json: one JSON document per line")
    .withExamples(
      ["xcore status --watch", "watch workers come and go"],
      ["xcore status --json", "read the status from a program"],
    )
    .action(async ({ watch }: { watch?: true }) => {
      const { status } = await import("../../cluster/status.ts");
      const scope = await scopeOf(context);
      if (watch) return await (await import("../watch.ts")).watch(context, () => status(scope));
      const { runtime, printer } = context;
      const found = await status(scope);
      if (context.options().json) return printer.json(found);
      const { ENDLESS, statusText } = await import("../status_text.ts");
      const columns = printer.screen()?.columns ?? ENDLESS.columns;
      printer.out(statusText(found, printer.colour, runtime.clock.nowMs(), { ...ENDLESS, columns }));
      const { otherCosts } = await import("../../cluster/list_clusters.ts");
      const { othersText } = await import("../list_text.ts");
      const others = othersText(await otherCosts(runtime, scope.home));
      if (others !== "") printer.out(`\n${others}`);
    });
}

/** `xcore list` */
function defineList(command: ArgparseCommand, context: Context): void {
  command.description(
    "List all clusters of this home, with the state of each, what it costs an hour, and since when. The daemon of each is " +
      "asked, or its cloud where none runs.",
  )
    .withExamples(["xcore list", "see what runs, and what it costs"])
    .action(async () => {
      const { listClusters, NO_CLUSTERS } = await import("../../cluster/list_clusters.ts");
      const { listText } = await import("../list_text.ts");
      const { runtime, printer } = context;
      const clusters = await listClusters(runtime);
      if (clusters.length === 0 && !context.options().json) throw NO_CLUSTERS;
      const columns = printer.screen()?.columns;
      answer(context, { clusters }, listText(clusters, runtime.clock.nowMs(), columns));
    });
}

/** `xcore tasks` */
function defineTasks(command: ArgparseCommand, context: Context): void {
  command.description(
    "Show how many tasks of each function are done, running, waiting and failed since the scheduler started, with the " +
      "first error of each and its task. The numbers stay when results are dropped.",
  )
    .option("--failed", "only functions of which a task has failed")
    .withExamples(
      ["xcore tasks", "see what became of the tasks"],
      ["xcore tasks --failed --json", "read from a program what has failed"],
    )
    .action(async ({ failed = false }: { failed?: boolean }) => {
      const { tasks } = await import("../../cluster/tasks.ts");
      const { failedOnly, tasksText } = await import("../tasks_text.ts");
      const found = await tasks(await scopeOf(context));
      const columns = context.printer.screen()?.columns;
      answer(context, failed ? failedOnly(found) : found, tasksText(found, failed, columns));
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
    .addOption(
      new Option("--since <time>", "a date, a date with a time, or how long ago, such as 3d or 12h")
        .completeWith(oneOf(["1d", "7d", "30d"])),
    )
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
    )
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
    `Cannot tell costs since ${JSON.stringify(text)}: not a time`,
    "Give a date, such as `--since 2026-11-01`, or how long ago, such as `--since 3d`.",
  );
}

/** `xcore start` */
function defineStart(command: ArgparseCommand, context: Context): void {
  command.description(
    "Start the cluster: its scheduler and its daemon. Parts that already run are left alone. The first start of a " +
      "configuration that costs shows its price and asks, on a terminal only.",
  )
    .option("--plan", "only show what would be created and what it would cost")
    .option("--yes", "do not ask")
    .withExamples(["xcore start --plan", "see the cost before anything is created"])
    .action(async ({ plan, yes }: { plan?: true; yes?: true }) => {
      const { planStart, start } = await import("../../cluster/start.ts");
      if (plan) {
        const lines = await interruptible(
          context,
          "Nothing was changed.",
          (scope) => planStart(scope, progressOn(context)),
        );
        const text = lines.join("\n") || "Nothing would be created: the cluster is running.";
        return answer(context, { plan: lines }, text);
      }
      const started = await interruptible(
        context,
        "Run `xcore start` again to continue, or `xcore shutdown` to remove it.",
        (scope) => start(scope, progressOn(context), confirmCosts(context, yes === true)),
      );
      if (started === null) return answer(context, { url: null, changed: false }, "Nothing was changed.");
      answer(context, { url: started.url, changed: started.changed }, startedText(started));
    });
}

/** `xcore restart` */
function defineRestart(command: ArgparseCommand, context: Context): void {
  command.description(
    "Start the cluster again after a shutdown. If it is running, replace the scheduler and end the workers; this asks " +
      "first when tasks or results would be lost.",
  )
    .option("--yes", "do not ask")
    .action(async ({ yes }: { yes?: true }) => {
      const { restart } = await import("../../cluster/restart.ts");
      const started = await interruptible(
        context,
        "Run `xcore restart` again to continue, or `xcore shutdown` to remove it.",
        (scope) => {
          const confirm = confirmOn(context, yes === true);
          return restart(scope, confirm, progressOn(context), confirmCosts(context, yes === true));
        },
      );
      if (started === null) answer(context, { url: null, changed: false }, "Nothing was changed.");
      else answer(context, { url: started.url, changed: started.changed }, startedText(started));
    });
}

/** A script is not asked: it has no terminal, and has worked without a question before. */
export function confirmCosts(context: Context, yes: boolean): Confirm {
  return confirmOn(context, yes || !context.printer.terminal);
}

function startedText({ url, changed }: Started): string {
  if (!changed) return `The cluster is already running: ${url}. Nothing was changed.`;
  return `The cluster is running: ${url}\n` +
    "Submit jobs from Python, watch with `xcore status`, and remove the cluster with `xcore shutdown`.";
}

interface ShutdownFlags {
  readonly yes?: true;
  readonly force?: true;
  readonly ifIdle?: true;
  readonly unattended?: string;
}

/** `xcore shutdown` */
function defineShutdown(command: ArgparseCommand, context: Context): void {
  command.description(
    "End the daemon, all workers and the scheduler. Asks first when tasks or results would be lost.",
  )
    .option("--yes", "do not ask")
    .option("--force", "go on while another daemon holds the cluster's lease")
    .option("--if-idle", "only if every task is finished and no client is connected")
    .option(
      "--unattended <reason>",
      "note this reason for `xcore status`, do not ask, do not wait for another command, and try again what fails: so " +
        "the daemon shuts down",
    )
    .withExamples([
      "xcore shutdown --yes --if-idle",
      "shut down from a script, unless someone uses the cluster",
    ])
    .action(async ({ yes, force, ifIdle, unattended }: ShutdownFlags) => {
      const { shutdown } = await import("../../cluster/shutdown.ts");
      const done = await interruptible(
        context,
        "Run `xcore shutdown` again to continue.",
        (scope) =>
          shutdown(scope, confirmOn(context, yes === true), progressOn(context), {
            force: force === true,
            onlyIfIdle: ifIdle === true,
            ...unattended !== undefined && { unattended },
          }),
      );
      answer(context, { shut_down: done }, done ? "Nothing is left." : "Nothing was changed.");
    });
}

/** `xcore scale` */
function defineScale(command: ArgparseCommand, context: Context): void {
  command.description(
    "Ask for a number of workers, whatever tasks there are: they start up to max_workers, and do not leave as idle until " +
      "the time is over. A pool has one request at a time: a new one replaces it, 0 takes it back. This does not wait for " +
      "the workers; the request ends with `xcore restart`, too.",
  )
    .addArgument(new Argument("<n>", "number of workers, 0 or more"))
    .addOption(
      new Option("--pool <name>", "pool of the workers; default: the one outside `pools:`").completeWith(
        poolNames,
      ),
    )
    .addOption(
      new Option(
        "--for <time>",
        "time after which the request ends, such as 90s, 30m or 2h, up to 7d; default: 30m",
      )
        .completeWith(oneOf(["30m", "2h", "8h"])),
    )
    .withExamples(
      ["xcore scale 4", "have four workers start for a script that waits for them"],
      ["xcore scale 2 --pool gpu --for 2h", "keep two workers of the pool gpu for two hours"],
      ["xcore scale 0", "let idle workers leave again"],
    )
    .action(async (n: string, { pool, for: time }: { pool?: string; for?: string }) => {
      const { notWorkers, scale } = await import("../../cluster/scale.ts");
      if (!/^\d+$/.test(n)) throw notWorkers(n);
      const scaled = await scale(await scopeOf(context), Number(n), {
        ...pool !== undefined && { pool },
        ...time !== undefined && { forS: timeOf(time) },
      });
      for (const line of remarks(scaled)) context.printer.say(line);
      const { forS, maxWorkers, workers, replaced } = scaled;
      const document = { pool: scaled.pool, workers, for_s: forS, max_workers: maxWorkers, replaced };
      answer(context, document, scaledText(scaled));
    });
}

function timeOf(text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== null) return seconds;
  throw new UsageError(
    `Cannot ask for workers for ${JSON.stringify(text)}: not a time`,
    "Give a number with a unit, s, m, h or d, such as `--for 30m`.",
  );
}

function scaledText({ pool, workers, forS, replaced }: Scaled): string {
  const ofPool = pool === "default" ? "" : ` of pool ${pool}`;
  if (workers > 0) {
    const instead = replaced > 0 && replaced !== workers ? `, not ${replaced} any more` : "";
    return `Asked for ${count(workers, "worker")}${ofPool} for ${durationText(forS)}${instead}.`;
  }
  if (replaced === 0) return `No workers${ofPool} were asked for. Nothing was changed.`;
  return `Took back the request for ${
    count(replaced, "worker")
  }${ofPool}. Idle workers leave after max_idle_time_s.`;
}

/** What keeps the workers from starting: what was found, and what to type. */
export function remarks({ pool, workers, maxWorkers, daemonRuns }: Scaled): string[] {
  const key = pool === "default" ? "max_workers" : `pools.${pool}.max_workers`;
  return [
    ...workers > maxWorkers
      ? [
        `No more than ${count(maxWorkers, "worker")} will start: ${key} is ${maxWorkers}.`,
        `To allow more: \`xcore config set ${key} ${workers}\``,
      ]
      : [],
    ...workers > 0 && !daemonRuns
      ? ["No worker will start: the daemon is not running.", "Start it: `xcore daemon start`"]
      : [],
  ];
}

/** `xcore url` */
function defineUrl(command: ArgparseCommand, context: Context): void {
  command.description(
    "Print the URL of the scheduler and nothing else. With --json also print the certificate files, and the URL of Dask's " +
      "dashboard, which answers to them alone: `xcore dashboard` opens it in a browser.",
  )
    .action(async () => {
      const { address } = await import("../../cluster/address.ts");
      const found = await address(await scopeOf(context));
      answer(context, found, found.url);
    });
}

/** `xcore dashboard` */
function defineDashboard(command: ArgparseCommand, context: Context): void {
  command.description(
    "Open a page in your browser that shows the cluster as it is and as it was: workers, tasks, decisions, costs, problems and " +
      "logs, and beside it Dask's dashboard. It is served until Ctrl-C, on 127.0.0.1, to the browser that opens the printed " +
      "address, and to no other. What was is shown also once the cluster is shut down.",
  )
    .option("--no-browser", "print the address only")
    .withExamples(
      ["xcore dashboard", "see workers, tasks and costs over time"],
      ["xcore dashboard --no-browser", "get the address, to open it yourself"],
    )
    .action(async ({ browser }: { browser?: false }) => {
      const { runtime, printer } = context;
      const stop = new AbortController();
      const offSignals = runtime.onSignal(["SIGINT", "SIGTERM", "SIGHUP"], () => stop.abort());
      const stopped = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
      try {
        const { dashboard } = await import("../../cluster/dashboard.ts");
        const opening = scopeOf(context).then(dashboard);
        const shown = await Promise.race([opening, stopped]);
        if (shown === undefined) return void opening.catch(() => {}); // the process ends, and it with it
        answer(context, { url: shown.url }, shown.url);
        if (browser !== false && !await shown.openBrowser()) {
          printer.say("Open this address in a browser on this machine.");
        }
        printer.say("Press Ctrl-C to close the dashboard; the cluster stays as it is.");
        await stopped;
        await shown.close();
      } finally {
        offSignals();
      }
    });
}

/** `xcore allow` */
function defineAllow(command: ArgparseCommand, context: Context): void {
  command.description(
    "Set which addresses may connect to a cluster on a cloud, in place of those allowed before. Without a range: the " +
      "addresses in the setting allowed_cidr, where `auto` is the current address of this machine. Only the firewall changes.",
  )
    .argument("[range...]", "range of addresses, such as 192.0.2.7/32")
    .withExamples(
      ["xcore allow", "follow a changed address of this machine"],
      ["xcore allow 192.0.2.0/24 198.51.100.7/32", "allow a network and a single address"],
    )
    .action(async (ranges: string[]) => {
      const { allow } = await import("../../cluster/set_settings.ts");
      const allowed = await interruptible(
        context,
        "Run `xcore allow` again to continue.",
        (scope) => allow(scope, ranges, progressOn(context)),
      );
      answer(context, { allowed_cidr: allowed }, `Addresses that may connect: ${allowed.join(", ")}`);
    });
}
