/**
 * The commands for a cluster as a whole: status, explain, list, tasks, start, restart, shutdown, scale,
 * url, dashboard and allow.
 * @module
 */

import type { Scaled } from "../../cluster/scale.ts";
import type { Started } from "../../cluster/start.ts";
import { UsageError } from "../../errors.ts";
import { count, durationText, secondsOf } from "../../util/duration_text.ts";
import { type ArgparseCommand, Argument, Option } from "../argparse_command.ts";
import { oneOf, poolNames } from "../completions/completer.ts";
import {
  answer,
  confirmCosts,
  confirmOn,
  type Context,
  interruptible,
  progressOn,
  scopeOf,
} from "../context.ts";

/** The commands for a cluster as a whole. */
export const clusterCommands = {
  status: {
    summary: "status of crosscore cluster",
    define: defineStatus,
    meantBy: "ps st info state top watch workers show",
  },
  list: { summary: "list all clusters and what each costs", define: defineList, meantBy: "ls clusters" },
  explain: {
    summary: "say why the pool is as large as it is, or why a task waits",
    define: defineExplain,
    meantBy: "why reason describe",
  },
  tasks: {
    summary: "show by function what became of the tasks",
    define: defineTasks,
    meantBy: "jobs job failed errors",
  },
  start: {
    summary: "create cloud resources",
    define: defineStart,
    meantBy: "up create launch deploy apply on resume",
  },
  restart: { summary: "recreate cloud resources", define: defineRestart, meantBy: "reboot reset" },
  shutdown: {
    summary: "terminate and delete all resources",
    define: defineShutdown,
    meantBy: "stop down kill terminate destroy delete end off halt teardown rm quit",
  },
  scale: { summary: "ask for a number of workers", define: defineScale, meantBy: "adapt resize add" },
  url: { summary: "print the scheduler's URL", define: defineUrl, meantBy: "address uri endpoint" },
  dashboard: {
    summary: "open the dashboard in a browser",
    define: defineDashboard,
    meantBy: "ui web open browser",
  },
  allow: {
    summary: "set which addresses may connect",
    define: defineAllow,
    meantBy: "firewall access permit ip",
  },
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
    ).withPage("docs/autoscaling.md")
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
    .withExamples(
      ["xcore list", "see what runs, and what it costs"],
      ["xcore list --json", "read it from a program"],
    ).withPage("docs/cost.md")
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

/** `xcore explain` */
function defineExplain(command: ArgparseCommand, context: Context): void {
  command.description(
    "Say why each pool has as many workers as it has, why tasks wait, and what another worker would change; with a task " +
      "also what that one waits for.",
  )
    .addArgument(new Argument("[task]", "key of a task, the beginning of one, or a function's name"))
    .withExamples(
      ["xcore explain", "see why no further worker starts"],
      ["xcore explain md_run", "see what the first task of md_run waits for"],
      ["xcore explain --json", "read it from a program"],
    ).withPage("docs/autoscaling.md")
    .action(async (task: string | undefined) => {
      const { explain } = await import("../../cluster/explain.ts");
      const { explanationText } = await import("../explanation_text.ts");
      const found = await explain(await scopeOf(context), task);
      const columns = context.printer.screen()?.columns;
      answer(context, found, explanationText(found, context.printer.colour, columns));
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
    ).withPage("docs/troubleshooting.md")
    .action(async ({ failed = false }: { failed?: boolean }) => {
      const { tasks } = await import("../../cluster/tasks.ts");
      const { failedOnly, tasksText } = await import("../tasks_text.ts");
      const found = await tasks(await scopeOf(context));
      const columns = context.printer.screen()?.columns;
      answer(context, failed ? failedOnly(found) : found, tasksText(found, failed, columns));
    });
}

/** `xcore start` */
function defineStart(command: ArgparseCommand, context: Context): void {
  command.description(
    "Start the cluster: its scheduler and its daemon. Parts that already run are left alone. The first start of a " +
      "configuration that costs shows its price and asks, on a terminal only.",
  )
    .option("--plan", "only show what would be created and what it would cost")
    .option("--new-ports", "local: take other ports, where something else uses those in the config")
    .option("--yes", "do not ask")
    .withExamples(
      ["xcore start --plan", "see the cost before anything is created"],
      ["xcore -c cloudy start", "start the cluster named cloudy"],
    ).withPage("docs/cost.md")
    .action(async ({ plan, newPorts, yes }: { plan?: true; newPorts?: true; yes?: true }) => {
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
        (scope) => {
          const confirm = confirmCosts(context, yes === true);
          return start(scope, progressOn(context), confirm, { newPorts: newPorts === true });
        },
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
    .withExamples(
      ["xcore restart", "take up changed settings that wait for a new scheduler"],
      ["xcore restart --yes", "do it from a script, whatever is lost"],
    ).withPage("docs/settings.md")
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

function startedText({ url, changed }: Started): string {
  if (!changed) return `The cluster is already running: ${url}. Nothing was changed.`;
  return `The cluster is running: ${url}\n` +
    "Submit jobs from Python, watch with `xcore status`, and remove the cluster with `xcore shutdown`.";
}

/** What a shutdown that is done says, without images that stay and with them. */
export const NOTHING_LEFT = "Nothing is left.";
export const NOTHING_ELSE_LEFT = "Nothing else is left.";

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
    .withExamples(
      ["xcore shutdown", "remove everything that costs; ask first where work would be lost"],
      ["xcore shutdown --yes --if-idle", "shut down from a script, unless someone uses the cluster"],
    ).withPage("docs/troubleshooting.md")
    .action(async ({ yes, force, ifIdle, unattended }: ShutdownFlags) => {
      const { shutdown } = await import("../../cluster/shutdown.ts");
      let left = NOTHING_LEFT;
      const done = await interruptible(
        context,
        "Run `xcore shutdown` again to continue.",
        (scope) =>
          shutdown(scope, confirmOn(context, yes === true), progressOn(context), {
            force: force === true,
            onlyIfIdle: ifIdle === true,
            imagesStay: () => left = NOTHING_ELSE_LEFT,
            ...unattended !== undefined && { unattended },
          }),
      );
      answer(context, { shut_down: done }, done ? left : "Nothing was changed.");
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
    ).withPage("docs/autoscaling.md")
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
    .withExamples(
      ["xcore url", "give a script the address for Dask's Client"],
      ["xcore url --json", "get the certificate files as well"],
    ).withPage("docs/dask.md")
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
    ).withPage("docs/dashboard.md")
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
      "addresses in the setting allowed_cidr and this machine's current one, which is `auto` there. Only the firewall changes.",
  )
    .argument("[range...]", "range of addresses, such as 192.0.2.7/32")
    .withExamples(
      ["xcore allow", "let this machine in, where its address has changed"],
      ["xcore allow 192.0.2.0/24 198.51.100.7/32", "allow a network and a single address"],
    ).withPage("SECURITY.md")
    .action(async (ranges: string[]) => {
      const { allow } = await import("../../cluster/allow.ts");
      const allowed = await interruptible(
        context,
        "Run `xcore allow` again to continue.",
        (scope) => allow(scope, ranges, progressOn(context)),
      );
      if (allowed.lockedOut !== null) {
        context.printer.say(
          `This machine cannot connect any more: its address, ${allowed.lockedOut}, is not among them.`,
        );
        context.printer.say("Let it in as well: `xcore allow`");
      }
      answer(
        context,
        { allowed_cidr: allowed.ranges },
        `Addresses that may connect: ${allowed.ranges.join(", ")}`,
      );
    });
}
