/**
 * Finds the problems in what the daemon knows, or in what a check without a daemon shows.
 * @module
 */

import { ConflictError, NotRunningError, ProtocolError, XcoreError } from "../errors.ts";
import {
  type CostSoFar,
  LAST_TASK_S,
  type Listing,
  type Pool,
  type Problem,
  problem,
  type ProblemCode,
  problemKind,
  PROBLEMS,
  type SchedulerReport,
} from "../model/mod.ts";
import { countsAsOne, demandOf } from "../plan/demand.ts";
import type { Memory } from "../plan/memory.ts";
import type { MoneyLimits } from "../plan/money_limits.ts";
import { isPaused, whyPausedStays } from "../plan/replace_paused.ts";
import { BOOT_FAILURES_TO_HALT, PAUSED_S } from "../plan/rules.ts";
import { workersOf } from "../plan/worker.ts";
import { CAPABILITIES } from "../protocol/messages.ts";
import { count, durationText, HOUR_S } from "../util/duration_text.ts";
import { gibText } from "../util/gib_text.ts";
import { lastWords, oneLine } from "../util/one_line.ts";
import { shellWord } from "../util/shell_word.ts";
import { priceProblems } from "./price_problems.ts";

/** What failed when it was last tried, by the code of the problem that this is. */
export type Failures = Readonly<Partial<Record<ProblemCode, XcoreError>>>;

/** What problems are found in. */
export interface ProblemInput {
  readonly pools: readonly Pool[];
  readonly report: SchedulerReport | null;
  readonly memory: Memory;
  readonly failures: Failures;
  /** Keys of the configuration whose change takes effect with a restart. */
  readonly waitingKeys: readonly string[];
  /** Seconds since the cluster was started, and until it ends for its age; null: unknown, and without a limit. */
  readonly age: { readonly s: number | null; readonly leftS: number | null };
  /** Machine type of the scheduler. */
  readonly schedulerType: string;
  /** The limits on what it costs; null: there are none. */
  readonly moneyLimits: MoneyLimits | null;
  /** What it has cost; null: not known, or nothing costs. */
  readonly spent: CostSoFar | null;
  /** Whether instances are machines of a cloud, which cost; else they are processes here. */
  readonly machines: boolean;
  /** The interpreter of scheduler and workers; null when it is on another machine. */
  readonly python: string | null;
  /** The setting `packages`. */
  readonly packages: readonly string[];
  /** The end of the output of the last instance that never joined; empty when unknown. */
  readonly bootLog: string;
}

/** The failure of a listing that lacks a part of the cloud; null: it lacks none. */
export function zoneSilent(listing: Listing | null): XcoreError | null {
  const { silent = [] } = listing ?? {};
  if (silent.length === 0) return null;
  const verb = silent.length === 1 ? "does" : "do";
  return new XcoreError(
    `Cannot list all instances: ${silent.join(", ")} ${verb} not answer`,
    PROBLEMS.zone_silent.hint,
  );
}

/** Every problem to show, the gravest first. */
export function problemsOf(input: ProblemInput): Problem[] {
  return shown([
    ...failures(input),
    ...priceProblems(input),
    ...boots(input),
    ...unmet(input),
    ...mistyped(input),
    ...schedulerMemory(input),
    ...clusterAge(input),
    ...workerAges(input),
    ...mismatched(input),
    ...stranded(input),
    ...bound(input),
    ...paused(input),
    ...clientWaits(input),
    ...lacking(input),
    ...held(input),
    ...atRisk(input),
    ...unread(input),
    ...waiting(input),
    ...unknownToScheduler(input),
  ]);
}

/** True when the cluster does not do all it should. */
export function degrades({ code }: Problem): boolean {
  return problemKind(code).severity === "error";
}

/** Leaves out each problem that another one explains, and puts the gravest first. */
function shown(found: readonly Problem[]): Problem[] {
  const codes = new Set(found.map(({ code }) => code));
  const order = Object.keys(PROBLEMS);
  return found.filter(({ code }) => !problemKind(code).dependsOn?.some((cause) => codes.has(cause)))
    .toSorted((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
}

/** The problem when workers exist although their cluster does not. */
export function orphanedWorkers(workers: readonly { readonly name: string }[]): Problem[] {
  if (workers.length === 0) return [];
  const names = workers.map(({ name }) => name).join(", ");
  const verb = workers.length === 1 ? "exists" : "exist";
  return [problem("orphaned_workers", `${names} ${verb} although the cluster is not running`)];
}

function failures({ failures }: ProblemInput): Problem[] {
  return (Object.entries(failures) as [ProblemCode, XcoreError][])
    .map(([code, error]) =>
      problem(error instanceof ProtocolError ? "restart_needed" : code, error.message, error.hint)
    );
}

function boots({ memory, pools, bootLog }: ProblemInput): Problem[] {
  const latest = memory.failedBoots.at(-1);
  return [...Map.groupBy(memory.failedBoots, ({ pool }) => pool)].map(([pool, failed]) => {
    const last = failed.at(-1)!;
    const ofPool = pools.length === 1 ? "" : ` of pool ${pool}`;
    const count = failed.length === 1
      ? `${last.name}${ofPool} never joined`
      : `${failed.length} workers${ofPool} in a row never joined`;
    const words = last === latest ? lastWords(bootLog) : "";
    const output = words === "" ? "" : `; ${last.name} printed: ${words}`;
    return failed.length < BOOT_FAILURES_TO_HALT
      ? problem("boot_failed", `${count}${output}`)
      : problem("boots_halted", `${count}, so no more are launched${output}`);
  });
}

/** Characters: a task's resources may have names of any length. */
const NEEDS_SHOWN = 200;

function unmet({ pools, report }: ProblemInput): Problem[] {
  if (report === null) return [];
  return demandOf(report, pools).unmet.map(({ resources, count }) => {
    const pairs = Object.entries(resources).map(([name, amount]) => `${name}=${amount}`).join(", ");
    const needs = oneLine(pairs, NEEDS_SHOWN);
    return problem(
      "resources_unmet",
      `${tasks(count)} ${count === 1 ? "needs" : "need"} ${needs}, which no pool offers`,
      `Add a pool with resources: {${needs.replaceAll("=", ": ")}} under \`pools:\` in the config.`,
    );
  });
}

/** What Dask takes for resources, and no worker can have. */
function mistyped({ report }: ProblemInput): Problem[] {
  return (report?.mistyped ?? []).map(({ function: name, needs, count }) =>
    problem(
      "resources_mistyped",
      `${tasks(count)} of ${name} ${count === 1 ? "waits" : "wait"} for ever: ${
        count === 1 ? "it needs" : "they need"
      } ${needs}, which is not a number from 0`,
    )
  );
}

/** The first fault tells where the others come from. */
function unread({ report }: ProblemInput): Problem[] {
  const [first, ...others] = report?.unread ?? [];
  if (first === undefined) return [];
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return [problem("report_unread", `The scheduler's report has what cannot be read: ${first}${more}`)];
}

function stranded({ report }: ProblemInput): Problem[] {
  return (report?.stranded ?? []).map(({ restriction, count }) =>
    problem("tasks_stranded", `${tasks(count)} may only run on ${restriction}, which does not exist`)
  );
}

/** What waits for one worker and counts for no demand, since no new worker could take it. */
function bound({ report }: ProblemInput): Problem[] {
  const found = (count: number, name: string, why: string, hint: string) => {
    if (count === 0) return [];
    const verbs = count === 1 ? ["waits", "launches"] : ["wait", "launch"];
    return [
      problem(
        "tasks_bound",
        `${tasks(count)} ${verbs[0]} for ${name} and ${verbs[1]} no worker: ${why}`,
        hint,
      ),
    ];
  };
  return (report?.workers ?? []).flatMap(({ name, boundByRestriction, boundByInputs }) => [
    ...found(
      boundByRestriction,
      name,
      "restricted to it, or to workers that are there",
      "Submit without `workers=`, or with allow_other_workers=True.",
    ),
    ...found(
      boundByInputs,
      name,
      "the inputs would take longer to move than the wait",
      "Nothing to do; to spread them, copy the inputs with client.replicate().",
    ),
  ]);
}

/**
 * Dask's `wait_for_workers` tells the scheduler no number. Nothing to say while workers that were
 * asked for are on their way.
 */
function clientWaits({ pools, report }: ProblemInput): Problem[] {
  const longestS = report?.waitingClients[0];
  if (report === null || longestS === undefined) return [];
  const demand = Object.values(demandOf(report, pools).byPool);
  const target = demand.reduce((sum, { target }) => sum + target, 0);
  const running = report.workers.filter(({ status }) => status === "running").length;
  if (running < target && demand.some(({ request }) => request !== null)) return [];
  return [
    problem(
      "client_waits",
      `A client waits for workers, ${durationText(longestS)} so far; Dask does not tell how many, so it ${
        countsAsOne(report) ? "counts as one" : "launches none now"
      }`,
    ),
  ];
}

/** As Python words it, and Dask's record of the first error of a function quotes it. */
const NO_MODULE = /^ModuleNotFoundError\(["']No module named '([^']+)'/;

/** What functions lack that have failed, and never come to a result. */
function lacking(input: ProblemInput): Problem[] {
  return (input.report?.record?.functions ?? []).flatMap(({ name, done, failed, firstError }) => {
    const [, module] = NO_MODULE.exec(firstError ?? "") ?? [];
    if (module === undefined || done > 0) return [];
    return [
      problem(
        "module_missing",
        `${tasks(failed)} of ${name} failed: workers have no module ${module}`,
        moduleHint(module.split(".")[0]!, input),
      ),
    ];
  });
}

/** Undefined: what is to be typed is not known. */
function moduleHint(module: string, { machines, packages, python }: ProblemInput): string | undefined {
  if (!machines && python === null) return undefined;
  const list = JSON.stringify([...new Set([...packages, module])]);
  const install = machines
    ? `\`xcore config set packages ${shellWord(list)}\`, then \`xcore restart\``
    : `\`${shellWord(python!)} -m pip install ${shellWord(module)}\``;
  return `Send a module of your own with \`cluster.get_client(sync_code=True)\`; install another: ${install}.`;
}

/** One for each set of differences, however many clients have it. */
function mismatched({ report, python }: ProblemInput): Problem[] {
  const byClient = Map.groupBy(report?.mismatches ?? [], ({ client }) => client);
  const differences = [...byClient.values()].map((mismatches) =>
    mismatches.map((mismatch) =>
      `${mismatch.package} ${mismatch.clientVersion}, not ${mismatch.clusterVersion}`
    )
      .join("; ")
  );
  return [...new Set(differences)].map((found) =>
    problem(
      "versions_differ",
      `A client's versions differ from the workers': it has ${found}`,
      python === null ? undefined : `Run it with the workers' Python: ${python}`,
    )
  );
}

/** A worker that Dask has paused for lack of memory, with its figures, and what becomes of it. */
function paused({ memory, report }: ProblemInput): Problem[] {
  const workers = workersOf(memory, report);
  return workers.filter(isPaused).map((worker) => {
    const { name, memoryBytes, memoryLimitBytes, heldBytes, processing, executing } = worker.dask!;
    const limit = memoryLimitBytes === null ? "" : ` of ${gibText(memoryLimitBytes)}`;
    const figures = memoryBytes === null
      ? ""
      : ` (${gibText(memoryBytes)}${limit} GiB, ${gibText(heldBytes)} in results)`;
    const waits = processing > executing ? `, ${tasks(processing - executing)} assigned to it` : "";
    const why = whyPausedStays(worker, workers);
    const next = why === null
      ? `it is replaced if it executes nothing for ${PAUSED_S} s and tasks wait`
      : `it stays: ${why}`;
    return problem("worker_paused", `Dask has paused ${name}, which lacks memory${figures}${waits}; ${next}`);
  });
}

function held({ memory, machines, report }: ProblemInput): Problem[] {
  return Object.values(memory.workers).filter(({ keptSinceMs }) => keptSinceMs !== null).map(
    ({ instance }) => {
      const reason = report?.workers.find(({ name }) => name === instance.name)?.keptReason ?? null;
      return problem(
        "results_held",
        `${instance.name} has no task but holds results that a client wants, so it stays${
          machines ? " and costs" : ""
        }${reason === null ? "" : `: ${reason}`}`,
      );
    },
  );
}

/** While another worker runs, results move to it before the cloud reclaims the instance. */
function atRisk({ report }: ProblemInput): Problem[] {
  const workers = report?.workers ?? [];
  if (workers.some(({ takenInS, status }) => takenInS === null && status === "running")) return [];
  return workers.flatMap(({ name, takenInS, holdsResults }) =>
    takenInS === null || !holdsResults ? [] : [problem(
      "results_at_risk",
      `The cloud reclaims ${name} ${inTime(takenInS)}, and no other worker can take over its results`,
    )]
  );
}

/** The share of the scheduler's memory from which status warns. */
const MUCH_MEMORY = 0.8;

/** Where it is used up, the kernel ends the scheduler, and all tasks with it. */
function schedulerMemory({ report }: ProblemInput): Problem[] {
  const { memoryBytes = null, memoryLimitBytes = null } = report ?? {};
  if (memoryBytes === null || !memoryLimitBytes || memoryBytes < MUCH_MEMORY * memoryLimitBytes) return [];
  const share = Math.round(100 * memoryBytes / memoryLimitBytes);
  return [
    problem(
      "scheduler_memory",
      `The scheduler uses ${gibText(memoryBytes)} of ${
        gibText(memoryLimitBytes)
      } GiB of memory (${share} %); without any left it ends, and all tasks with it`,
    ),
  ];
}

const WEEK_S = 7 * 24 * HOUR_S;

/** A cluster on a cloud costs, whatever runs. */
function clusterAge({ age: { s, leftS }, machines, report }: ProblemInput): Problem[] {
  if (!machines || s === null) return [];
  const reaches = leftS === null || leftS > HOUR_S ? [] : report === null && leftS === 0
    ? [
      problem(
        "cluster_expired",
        "The cluster has reached max_cluster_lifetime_h: its scheduler's machine has powered off",
      ),
    ]
    : [problem(
      "cluster_lifetime",
      `max_cluster_lifetime_h ends the cluster in ${
        durationText(leftS)
      }: its scheduler's machine powers off then, and its workers with it`,
    )];
  const old = s < WEEK_S ? [] : [problem(
    "cluster_old",
    `The cluster has been there for ${durationText(s)}, and its scheduler's machine costs, whatever runs`,
  )];
  return [...reaches, ...old];
}

/** Workers that max_worker_lifetime_h ends, from an hour before. */
function workerAges({ report }: ProblemInput): Problem[] {
  const workers = report?.workers ?? [];
  return workers.flatMap((worker) => {
    const { name, lifetimeLeftS, holdsResults } = worker;
    if (lifetimeLeftS === null || lifetimeLeftS > HOUR_S) return [];
    const offS = Math.max(0, lifetimeLeftS + LAST_TASK_S);
    const found = lifetimeLeftS > 0
      ? `${name} reaches max_worker_lifetime_h in ${
        durationText(lifetimeLeftS)
      }: it takes no new tasks then, and powers off an hour later, whatever it runs`
      : `${name} has reached max_worker_lifetime_h: it takes no new tasks, and powers off in ${
        durationText(offS)
      }, whatever it runs`;
    const others = workers.some((other) => other !== worker && other.status === "running");
    const lost = holdsResults && !others ? "; no other worker can take over its results" : "";
    return [problem("worker_lifetime", found + lost)];
  });
}

function waiting({ waitingKeys }: ProblemInput): Problem[] {
  if (waitingKeys.length === 0) return [];
  const keys = waitingKeys.join(", ");
  return [
    problem("restart_needed", `${keys} changed after the scheduler started, which still uses the old value`),
  ];
}

/** The capabilities of a scheduler that is too old to report them. */
const FIRST_CAPABILITIES: readonly string[] = [
  "cancel",
  "drain",
  "lease",
  "retire",
  "status",
  "settings.daemon_grace_s",
  "settings.orphan_timeout_s",
];

/** A scheduler of an older xcore works, without what it does not know. */
function unknownToScheduler({ report }: ProblemInput): Problem[] {
  if (report === null) return [];
  const known = report.capabilities ?? FIRST_CAPABILITIES;
  const unknown = CAPABILITIES.filter((capability) => !known.includes(capability));
  if (unknown.length === 0) return [];
  const names = unknown.map((capability) => capability.replace(/^settings\./, "")).join(", ");
  return [
    problem("restart_needed", `The scheduler was started by an older xcore, which does not know ${names}`),
  ];
}

function tasks(amount: number): string {
  return count(amount, "task");
}

/** What is known of a daemon that does not run, or does not answer. */
export interface Unwatched {
  /**
   * The process that holds the daemon's lock; 0 when it has not written its id yet; null when there
   * is none.
   */
  readonly pid: number | null;
  /** The id under which a daemon of this home on this machine holds the lease. */
  readonly daemonId: string;
  /** The scheduler's report; null when it does not answer. */
  readonly report: Pick<SchedulerReport, "lease" | "workers"> | null;
  /** Why the service manager does not keep the daemon running, or null. */
  readonly failure: string | null;
}

/** The problem of a cluster whose daemon does not run here, or does not answer. */
export function unwatched({ pid, daemonId, report, failure }: Unwatched): Failures {
  if (pid !== null) {
    return {
      daemon_unreachable: new XcoreError(
        `The daemon${pid === 0 ? "" : ` (process ${pid})`} does not answer: ${consequences(report)}`,
        PROBLEMS.daemon_unreachable.hint,
      ),
    };
  }
  const holder = report?.lease.holder ?? null;
  if (failure === null && holder !== null && holder !== daemonId) {
    return {
      lease_held: new ConflictError(
        `The daemon does not run here: another one holds the cluster's lease (${holder})`,
        "Use xcore there; to move the cluster here, stop that daemon first with `xcore daemon stop`.",
      ),
    };
  }
  return {
    daemon_not_running: new NotRunningError(
      `The daemon is not running: ${failure ?? consequences(report)}`,
      failure === null
        ? PROBLEMS.daemon_not_running.hint
        : "See why with `xcore daemon log`; start it again with `xcore daemon start`.",
    ),
  };
}

/** Without a daemon nothing renews the lease: a lease that is still held expires within seconds. */
function consequences(report: Unwatched["report"]): string {
  const workersEnd = report?.workers.length ? report.lease.workersEndInS : null;
  const budgetEnds = report?.workers.length ? report.lease.budgetEndsInS : null;
  const schedulerEnds = report?.lease.schedulerEndsInS ?? null;
  return [
    "no worker is launched",
    ...(workersEnd === null ? [] : [`idle workers end ${inTime(workersEnd)}`]),
    ...(budgetEnds === null ? [] : [`the budget ends ${inTime(budgetEnds)}, and all workers with it`]),
    ...(schedulerEnds === null ? [] : [`the scheduler ends ${inTime(schedulerEnds)}`]),
  ].join(", ");
}

/** `in 90 s`, `in 11 h`, `now`. */
export function inTime(seconds: number): string {
  if (seconds === 0) return "now";
  return seconds < 2 * HOUR_S ? `in ${Math.ceil(seconds)} s` : `in ${Math.floor(seconds / HOUR_S)} h`;
}
