/**
 * The registry of problems: everything that `xcore status` can report as needing the user's
 * attention.
 * @module
 */

/**
 * `error`: the cluster does not do all it should; `warning`: it does, and the user should still
 * know.
 */
export type Severity = "error" | "warning";

/** Every problem by its code, the gravest first: `xcore status` lists them in this order. */
export const PROBLEMS = {
  daemon_not_running: {
    title: "The daemon is not running",
    severity: "error",
    dependsOn: ["shutdown_unfinished"],
    hint: "Start it with `xcore daemon start`.",
  },
  daemon_unreachable: {
    title: "The daemon's process does not answer",
    severity: "error",
    hint: "It may be starting; otherwise run `xcore daemon stop`, then `xcore daemon start`.",
  },
  lease_held: {
    title: "Another daemon holds the cluster's lease",
    severity: "error",
    hint:
      "Stop the other daemon with `xcore daemon stop` where it runs, or wait until its lease has expired.",
  },
  cluster_incomplete: {
    title: "The cluster is not complete",
    severity: "error",
    hint: "Run `xcore start` to finish it, or `xcore shutdown` to remove it.",
  },
  shutdown_unfinished: {
    title: "A shutdown did not finish",
    severity: "error",
    hint:
      "Run `xcore shutdown` to finish it, or `xcore start` to have the cluster back; `xcore logs shutdown` says more.",
  },
  scheduler_gone: {
    title: "The scheduler has ended and cannot be started again",
    severity: "error",
    hint: "Run `xcore start`, which says why it fails.",
  },
  address_changed: {
    title: "The firewall does not allow this machine's address",
    severity: "error",
    hint: "Run `xcore allow`: only the firewall changes.",
  },
  cluster_expired: {
    title: "The cluster has reached max_cluster_lifetime_h, and its scheduler's machine has powered off",
    severity: "error",
    hint: "Start anew with `xcore restart`, or remove what there is with `xcore shutdown`.",
  },
  scheduler_unreachable: {
    title: "The scheduler does not answer",
    severity: "error",
    dependsOn: [
      "cluster_incomplete",
      "shutdown_unfinished",
      "scheduler_gone",
      "address_changed",
      "cluster_expired",
    ],
    hint: "Run `xcore doctor`, which checks the way to it.",
  },
  provider_unreachable: {
    title: "The platform does not list the instances",
    severity: "error",
    hint: "Run `xcore doctor`, which checks credentials and permissions.",
  },
  zone_silent: {
    title: "A zone of the cloud does not answer",
    severity: "error",
    hint: "Wait until it answers: the daemon asks again, and `xcore shutdown` waits for it.",
  },
  machine_types_unknown: {
    title: "The platform does not report its machine types",
    severity: "error",
    dependsOn: ["provider_unreachable"],
    hint: "Run `xcore doctor`, which checks credentials and permissions.",
  },
  history_unwritable: {
    title: "The history cannot be read or written, so no worker is launched",
    severity: "error",
    hint: "Make sure that history.db can be written and that the disk has room.",
  },
  config_broken: {
    title: "The changed configuration cannot be used; the last valid one stays in effect",
    severity: "error",
    hint: "Correct config.yaml: the daemon reads it again at once.",
  },
  launch_failed: {
    title: "A launch failed",
    severity: "error",
    dependsOn: ["provider_unreachable"],
    hint: "The daemon tries again; see `xcore daemon log`.",
  },
  terminate_failed: {
    title: "Instances could not be terminated",
    severity: "error",
    dependsOn: ["provider_unreachable", "scheduler_unreachable"],
    hint: "The daemon tries again; see `xcore daemon log`.",
  },
  retire_failed: {
    title: "Workers could not retire",
    severity: "error",
    dependsOn: ["scheduler_unreachable", "provider_unreachable"],
    hint: "The daemon tries again; see `xcore daemon log`.",
  },
  cancel_failed: {
    title: "Results that exceed hold_results_s could not be cancelled",
    severity: "error",
    dependsOn: ["scheduler_unreachable"],
    hint: "The daemon tries again; see `xcore daemon log`.",
  },
  price_unknown: {
    title: "A price is not known, and with a limit on money set nothing is launched",
    severity: "error",
    hint: "Name the price: `xcore config set prices.TYPE USD`; or remove the limit.",
  },
  budget_reached: {
    title: "A budget is used up, so nothing is launched, and on_budget says how workers end",
    severity: "error",
    hint:
      "Raise it: `xcore config set budget_usd USD`, or budget_per_day_usd; or remove the cluster: `xcore shutdown`.",
  },
  hourly_limit_low: {
    title: "max_hourly_usd leaves no room for a worker that tasks wait for",
    severity: "error",
    hint: "Set it higher: `xcore config set max_hourly_usd USD`; or choose a cheaper worker_type.",
  },
  boots_halted: {
    title: "Workers of a pool failed to join, one after the other, and no more are launched",
    severity: "error",
    hint:
      "Fix the cause, then change the configuration or run `xcore daemon stop` and `xcore daemon start` to try again.",
  },
  boot_failed: {
    title: "A worker never joined",
    severity: "error",
    hint: "See `xcore daemon log` and the logs folder; the daemon tries again.",
  },
  orphaned_workers: {
    title: "Workers exist without a cluster",
    severity: "error",
    hint: "Terminate them with `xcore shutdown`.",
  },
  budget_low: {
    title: "80 % of a budget are spent",
    severity: "warning",
    hint: "Raise it in time: `xcore config set budget_usd USD`, or budget_per_day_usd.",
  },
  results_at_risk: {
    title: "Results will be lost with a spot instance",
    severity: "warning",
    hint:
      "Dask computes results again, but inputs are lost: set max_workers to 2 or more, or market to on-demand.",
  },
  scheduler_memory: {
    title: "The scheduler has used most of its memory",
    severity: "warning",
    hint:
      "Gather fewer results at a time, release futures, pass large inputs as files; or set scheduler_type, then `xcore restart`.",
  },
  certificates_expire: {
    title: "The cluster's certificates end within 30 days",
    severity: "warning",
    hint:
      "Run `xcore restart`: it makes a new scheduler with new certificates; results in the old one's memory are lost.",
  },
  cluster_lifetime: {
    title: "The cluster is about to reach max_cluster_lifetime_h",
    severity: "warning",
    hint: "Fetch results before; for more time set max_cluster_lifetime_h and run `xcore restart`.",
  },
  worker_lifetime: {
    title: "A worker is about to reach max_worker_lifetime_h, or has reached it",
    severity: "warning",
    hint: "Have its task save what it has; set max_worker_lifetime_h higher for the next workers.",
  },
  resources_unmet: {
    title: "Tasks need resources that no pool offers",
    severity: "warning",
    hint: "Add a pool with these resources under `pools:` in the configuration.",
  },
  resources_mistyped: {
    title: "Tasks need resources whose amount is not a number",
    severity: "warning",
    hint: "Cancel them, and submit them with numbers: `resources={'GPU': 1}`.",
  },
  tasks_stranded: {
    title: "Tasks are restricted to a worker or host that does not exist",
    severity: "warning",
    hint: "Submit without `workers=`, or with allow_other_workers=True.",
  },
  tasks_bound: {
    title: "Tasks wait for one worker, and no new worker could take them",
    severity: "warning",
    hint: "Submit without `workers=`; replicate large inputs with client.replicate().",
  },
  worker_paused: {
    title: "A worker starts no task, for lack of memory",
    severity: "warning",
    hint:
      "Gather or delete results, or give workers more memory: worker_memory on local, a larger worker_type on a cloud.",
  },
  client_waits: {
    title: "A client waits for workers, and does not say for how many",
    severity: "warning",
    hint: "Say how many: `xcore scale N`.",
  },
  module_missing: {
    title: "Tasks fail for want of a module that workers do not have",
    severity: "warning",
    hint: "Send a module of your own with `cluster.get_client(sync_code=True)`; install another: on local " +
      "`\"$(xcore config get python)\" -m pip install MODULE`, on a cloud `xcore config set packages '[MODULE]'`, then `xcore restart`.",
  },
  versions_differ: {
    title: "A client's package versions differ from the workers'",
    severity: "warning",
    hint: "Run the client with the workers' versions.",
  },
  results_held: {
    title: "An idle worker stays because it holds results",
    severity: "warning",
    hint: "Gather or delete the client's futures, close the client, or set hold_results_s.",
  },
  notify_failed: {
    title: "The notify command fails",
    severity: "warning",
    hint: "Try it by hand, or change it: `xcore config set notify 'COMMAND'`.",
  },
  cluster_old: {
    title: "A cluster on a cloud is older than a week",
    severity: "warning",
    hint: "If it is not needed, run `xcore shutdown`; max_cluster_lifetime_h has a cluster end by itself.",
  },
  report_unread: {
    title: "A part of the scheduler's report cannot be read",
    severity: "warning",
    hint: "All else goes on. If it stays, run `xcore restart`; results in the scheduler's memory are lost.",
  },
  restart_needed: {
    title: "A changed setting, or a newer xcore, takes effect with a restart",
    severity: "warning",
    hint: "Run `xcore restart`; results in the scheduler's memory are lost.",
  },
} as const;

/** A problem; its hint is that of all with its code where none is given. */
export function problem(code: ProblemCode, message: string, hint: string = PROBLEMS[code].hint): Problem {
  return { code, message, hint };
}

/** The code of a problem: stable, snake_case. */
export type ProblemCode = keyof typeof PROBLEMS;

/** What is the same for every problem of a code. */
export interface ProblemKind {
  /** The problem in a few words. */
  readonly title: string;
  /** Whether it degrades the cluster. */
  readonly severity: Severity;
  /** A problem is not shown beside one that explains it. */
  readonly dependsOn?: readonly ProblemCode[];
  /** What to do, one line; a problem whose cause is known has a more precise one. */
  readonly hint: string;
}

/** What is the same for every problem of this code; its type checks the table. */
export function problemKind(code: ProblemCode): ProblemKind {
  return PROBLEMS[code];
}

/** Something that needs the user's attention. */
export interface Problem {
  /** Stable, snake_case: `scheduler_unreachable`. */
  readonly code: ProblemCode;
  /** What was found, one line. */
  readonly message: string;
  /** What to do, one line. */
  readonly hint: string;
}
