/** What a person should know or mend, read off what the daemon knows. @module */

import { ProtocolError, type XcoreError } from "../errors.ts";
import type { Pool, Problem, SchedulerReport } from "../model/mod.ts";
import { demandOf } from "../plan/demand.ts";
import type { Memory } from "../plan/memory.ts";
import { BOOT_FAILURES_TO_HALT } from "../plan/rules.ts";
import { CAPABILITIES } from "../protocol/messages.ts";
import { inTime } from "./in_time.ts";
import { lastWords } from "./last_words.ts";

/** What the problems are read off. */
export interface ProblemInput {
  readonly pools: readonly Pool[];
  readonly report: SchedulerReport | null;
  readonly memory: Memory;
  /** What failed when it was last tried, by the part of the daemon that tried. */
  readonly failures: Readonly<Record<string, XcoreError>>;
  /** Keys of the config whose change waits for a new scheduler. */
  readonly waitingKeys: readonly string[];
  /** The interpreter of scheduler and workers; null when it is on another machine. */
  readonly python: string | null;
  /** The end of what the last instance that never joined printed; empty when unknown. */
  readonly bootLog: string;
}

/** Problem codes by the part that fails; a part without one is `<part>_failed`. */
const FAILURE_CODES: Readonly<Record<string, string>> = {
  scheduler: "scheduler_deaf",
  lease: "lease_held",
  listing: "provider_deaf",
  history: "history_unwritable",
  config: "config_broken",
  mend: "scheduler_gone",
  address: "address_changed",
  offerings: "offerings_unknown",
};

/** Every problem, the gravest first. */
export function problemsOf(input: ProblemInput): Problem[] {
  return [
    ...failures(input),
    ...boots(input),
    ...unmet(input),
    ...mismatched(input),
    ...stranded(input),
    ...held(input),
    ...atRisk(input),
    ...waiting(input),
    ...unknownToScheduler(input),
  ];
}

/** The problem of a cluster that is not there, if workers of it are. */
export function leftBehind(workers: readonly { readonly name: string }[]): Problem[] {
  if (workers.length === 0) return [];
  const names = workers.map(({ name }) => name).join(", ");
  return [{
    code: "workers_left_behind",
    message: `The cluster does not run, and yet there ${workers.length === 1 ? "is" : "are"} ${names}`,
    hint: "End what is there with `xcore shutdown`.",
  }];
}

/** Problems with which the cluster still does all it should. */
const HARMLESS: ReadonlySet<string> = new Set([
  "results_held",
  "results_at_risk",
  "resources_unmet",
  "tasks_stranded",
  "restart_needed",
  "versions_differ",
]);

/** True when the cluster does not do all it should. */
export function degrades({ code }: Problem): boolean {
  return !HARMLESS.has(code);
}

function failures({ failures }: ProblemInput): Problem[] {
  return Object.entries(failures).map(([part, error]) => ({
    code: error instanceof ProtocolError ? "restart_needed" : FAILURE_CODES[part] ?? `${part}_failed`,
    message: error.message,
    hint: error.hint,
  }));
}

function boots({ memory, pools, bootLog }: ProblemInput): Problem[] {
  const latest = memory.failedBoots.at(-1);
  return [...Map.groupBy(memory.failedBoots, ({ pool }) => pool)].map(([pool, failed]) => {
    const last = failed.at(-1)!;
    const whose = pools.length === 1 ? "" : ` of pool ${pool}`;
    const count = failed.length === 1
      ? `${last.name}${whose} never joined`
      : `${failed.length} workers${whose} in a row never joined`;
    const words = last === latest ? lastWords(bootLog) : "";
    const said = words === "" ? "" : `; ${last.name} said: ${words}`;
    if (failed.length < BOOT_FAILURES_TO_HALT) {
      return {
        code: "boot_failed",
        message: count + said,
        hint: "See `xcore daemon log` and the logs folder; it is tried again.",
      };
    }
    return {
      code: "boots_halted",
      message: `${count}: no more are launched${said}`,
      hint:
        "Mend the cause, then change the config or run `xcore daemon stop` and `xcore daemon start` to try again.",
    };
  });
}

function unmet({ pools, report }: ProblemInput): Problem[] {
  if (report === null) return [];
  return demandOf(report, pools).unmet.map(({ resources, count }) => {
    const needs = Object.entries(resources).map(([name, amount]) => `${name}=${amount}`).join(", ");
    return {
      code: "resources_unmet",
      message: `${tasks(count)} ${count === 1 ? "needs" : "need"} ${needs}, which no pool offers`,
      hint: `Add a pool with resources: {${needs.replaceAll("=", ": ")}} under \`pools:\` in the config.`,
    };
  });
}

function stranded({ report }: ProblemInput): Problem[] {
  return (report?.stranded ?? []).map(({ restriction, count }) => ({
    code: "tasks_stranded",
    message: `${tasks(count)} may only run on ${restriction}, which is not there`,
    hint: "Submit without `workers=`, or with allow_other_workers=True.",
  }));
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
  return [...new Set(differences)].map((found) => ({
    code: "versions_differ",
    message: `A client's versions differ from the workers': it has ${found}`,
    hint: python === null
      ? "Run it with the workers' versions."
      : `Run it with the workers' Python: ${python}`,
  }));
}

function held({ memory, pools }: ProblemInput): Problem[] {
  return Object.values(memory.workers).filter(({ keptSinceMs }) => keptSinceMs !== null).map(
    ({ instance }) => {
      const free = pools.some(({ name, type }) => name === instance.pool && type === "local");
      return {
        code: "results_held",
        message: `${instance.name} has no task but holds results that a client wants, and stays${
          free ? "" : ", and costs"
        }`,
        hint: "Gather or delete the client's futures, close the client, or set hold_results_s.",
      };
    },
  );
}

/** While another worker is there, results move to it before the machine is taken away. */
function atRisk({ report }: ProblemInput): Problem[] {
  const workers = report?.workers ?? [];
  if (workers.some(({ takenInS, status }) => takenInS === null && status === "running")) return [];
  return workers.flatMap(({ name, takenInS, holdsResults }) =>
    takenInS === null || !holdsResults ? [] : [{
      code: "results_at_risk",
      message: `${name} is taken away by its cloud ${
        inTime(takenInS)
      }, and nobody is there to take over what it holds`,
      hint:
        "Its results are worked out again; inputs are lost: let max_workers be 2 or more, or market on-demand.",
    }]
  );
}

function waiting({ waitingKeys }: ProblemInput): Problem[] {
  if (waitingKeys.length === 0) return [];
  return [{
    code: "restart_needed",
    message: `${waitingKeys.join(", ")} changed after the scheduler was started, which goes on as it was`,
    hint: "`xcore restart` puts it into effect; results in the scheduler's memory are lost.",
  }];
}

/** The capabilities of a scheduler from before it told them. */
const FIRST_CAPABILITIES: readonly string[] = [
  "cancel",
  "drain",
  "lease",
  "retire",
  "status",
  "settings.daemon_grace_s",
  "settings.orphan_timeout_s",
];

/** A scheduler of an older xcore goes on, but does not do what it does not know. */
function unknownToScheduler({ report }: ProblemInput): Problem[] {
  if (report === null) return [];
  const known = report.capabilities ?? FIRST_CAPABILITIES;
  const unknown = CAPABILITIES.filter((capability) => !known.includes(capability));
  if (unknown.length === 0) return [];
  const names = unknown.map((capability) => capability.replace(/^settings\./, "")).join(", ");
  return [{
    code: "restart_needed",
    message: `The scheduler was started by an older xcore, which does not know ${names}`,
    hint: "`xcore restart` replaces it; results in the scheduler's memory are lost.",
  }];
}

function tasks(count: number): string {
  return count === 1 ? "1 task" : `${count} tasks`;
}
