// Made by `deno task embed` from lib/protocol/*.schema.json; edit those, not this file.
/** What xcore and the scheduler's preload say to each other: types, and the schemas they are checked by. @module */

/** The version that an answer must have. */
export const PROTOCOL = 1;

/** What this build understands, beyond the version. */
export const CAPABILITIES: readonly string[] = ["bundle","cancel","drain","lease","retire","scale","status","task","drain.then_retire","settings.daemon_grace_s","settings.orphan_timeout_s"];

/** What every answer at /xcore/* has, errors included. */
export interface Envelope {
  /** The version of this protocol. Another one has messages that mean something else. */
  readonly protocol: number;
  /** The version of the scheduler's preload, for people. */
  readonly preload?: string;
  /** What was wrong with the call, in one line. */
  readonly error?: string;
  /** With status 503: the SHA-256 of the bundle that the scheduler's instance waits for while it boots. */
  readonly wantsBundle?: string;
}

/** The file that XCORE_PRELOAD names: what the scheduler's preload is started with. */
export interface SchedulerSettings {
  readonly clusterId: string;
  /** The address it listens on, `127.0.0.1`. */
  readonly host: string;
  /** Its mutual-TLS port. */
  readonly port: number;
  /** A path where the scheduler runs. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Seconds that a client's data waits for the first worker. */
  readonly scatterTimeoutS: number;
  /** Seconds without a lease after which idle workers end by themselves. */
  readonly daemonGraceS: number;
  /** Seconds with neither lease nor client nor running task after which the scheduler ends by itself. */
  readonly orphanTimeoutS: number;
}

/** A bundle, or the question whether the scheduler has it. */
export interface BundleRequest {
  /** Of the text in UTF-8, in hexadecimal. */
  readonly sha256: string;
  /** The text; left out to ask whether it is there. */
  readonly content?: string;
}

/** Whether the scheduler has it now. */
export interface BundleAnswer {
  readonly stored: boolean;
}

/** The keys, or the workers: then all keys whose only copies are on idle ones of these. */
export interface CancelRequest {
  /** Dask's keys: texts, or lists for its tuples. */
  readonly keys?: readonly (string | readonly (string | number)[])[];
  /** Names of workers. */
  readonly holders?: readonly string[];
  readonly reason: string;
}

/** The number of keys that clients wanted. */
export interface CancelAnswer {
  readonly cancelled: number;
}

/** How often there was something to decide. */
export interface ChangesAnswer {
  /** How often, since the scheduler started, more was wanted than before, there were fewer workers, or other clients. */
  readonly changes: number;
}

/** Workers to drain, or (`drain` false) to give tasks again. */
export interface DrainRequest {
  readonly names: readonly string[];
  readonly drain: boolean;
  /** Each retires once it executes nothing; its other tasks run elsewhere. */
  readonly thenRetire: boolean;
}

/** The outcome for each worker, by name. */
export interface DrainAnswer {
  /** Gets no new tasks now. */
  readonly drained: readonly string[];
  /** Takes tasks again. */
  readonly undrained: readonly string[];
  /** Not registered with the scheduler. */
  readonly unknown: readonly string[];
}

/** What is left of the budget, for a scheduler without a daemon; null: there is no limit. */
export interface BudgetTerms {
  /** US dollars; 0 once it is used up. */
  readonly leftUsd: number;
  /** US dollars an hour of `scheduler` and of each worker, by name. */
  readonly hourlyUsd: Readonly<Record<string, number>>;
  /** Whether all workers end when it is used up; else each finishes what it executes. */
  readonly atOnce: boolean;
}

/** A claim of the lease; it is renewed by claiming again. A setting that is left out stays as it is. */
export interface LeaseRequest {
  /** The same for every daemon of one home on one machine. */
  readonly daemonId: string;
  /** Seconds from now; 0 gives the lease back. The maximum is what a holder that is gone may keep others waiting. */
  readonly ttlS: number;
  /** What is left of the budget, for a scheduler without a daemon; null: there is no limit. */
  readonly budget?: BudgetTerms | null;
  /** Seconds without a lease after which idle workers end by themselves. */
  readonly daemonGraceS: number;
  /** Seconds with neither lease nor client nor running task after which the scheduler ends by itself. */
  readonly orphanTimeoutS: number;
}

/** The answer to a claim of the lease. */
export interface LeaseAnswer {
  readonly granted: boolean;
  readonly holder: string | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string | null;
  readonly expiresInS?: number | null;
  /** Seconds until idle workers end by themselves; null while the lease is held. */
  readonly workersEndInS: number | null;
  /** Seconds until the budget is used up at the present rate, 0 once it is; null: there is none. */
  readonly budgetEndsInS: number | null;
  /** Seconds until the scheduler ends by itself; null while there is a lease, a client or a task that runs. */
  readonly schedulerEndsInS: number | null;
}

/** Workers to retire. */
export interface RetireRequest {
  readonly names: readonly string[];
  /** Also those that have tasks, which begin anew elsewhere. */
  readonly force: boolean;
}

/** The outcome for each worker that was to retire, by name. */
export interface RetireOutcome {
  readonly retired: readonly string[];
  /** Has work, or still hands its results over; stays for now. */
  readonly busy: readonly string[];
  /** Holds a result that cannot move, or takes part in what is not finished; stays. */
  readonly kept: readonly string[];
  /** Not registered with the scheduler. */
  readonly unknown: readonly string[];
  /** Why workers are kept, or busy without a task: name → reason. Empty in a preload from before there were any. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** The number of workers that a pool should have at least, in place of what was asked for it before. */
export interface ScaleRequest {
  /** 0 takes the earlier request back. */
  readonly workers: number;
  readonly pool: string;
  /** Seconds from now after which the request ends by itself. */
  readonly forS: number;
}

/** Workers of a pool that are asked for, until its time is over. */
export interface WorkerRequest {
  readonly pool: string;
  readonly workers: number;
  /** Seconds until it ends by itself. */
  readonly leftS: number;
}

/** What is asked for now. */
export interface ScaleAnswer {
  /** Workers of the pool's request until now; 0: there was none. */
  readonly replaced: number;
  /** All requests, at most one a pool. */
  readonly requests: readonly WorkerRequest[];
}

/** How many tasks are in each of Dask's scheduler states. */
export interface TaskCounts {
  readonly released: number;
  readonly waiting: number;
  readonly queued: number;
  readonly noWorker: number;
  readonly processing: number;
  readonly memory: number;
  readonly erred: number;
}

/** Tasks that could run now (queued, no-worker or processing) and need the same resources. */
export interface RunnableGroup {
  /** Dask resource restrictions per task, `{GPU: 1}`; `{}` for none. */
  readonly resources: Readonly<Record<string, number>>;
  readonly count: number;
}

/** Tasks that wait for one running task alone, more than one of them, and need the same resources; told where the function of that task has run before. */
export interface SoonGroup {
  /** As a RunnableGroup has them. */
  readonly resources: Readonly<Record<string, number>>;
  readonly count: number;
  /** Seconds until that task ends, by the mean of its function; negative: it is overdue. */
  readonly inS: number;
}

/** Unfinished tasks of one function that need a resource whose amount is no finite number from 0: no worker can have it. */
export interface MistypedGroup {
  /** Dask's prefix of their keys, one line. */
  readonly function: string;
  /** `GPU=True`, one line. */
  readonly needs: string;
  readonly count: number;
}

/** Tasks that are restricted to hosts or workers which are not there. */
export interface StrandedGroup {
  readonly restriction: string;
  readonly count: number;
}

/** The tasks of one function: of one prefix of Dask's keys. */
export interface FunctionRecord {
  /** Dask's prefix of their keys, one line. */
  readonly name: string;
  /** Have run to their end, each counted once. */
  readonly done: number;
  /** Have ended in an error of their own, or with their workers, and are tried no more. */
  readonly failed: number;
  /** Have ended without a run, because a task that they need has failed. */
  readonly skipped: number;
  /** In the threads of workers. */
  readonly running: number;
  /** Neither running nor ended. */
  readonly waiting: number;
  /** The first failed task's error, one line of 200 characters at most. */
  readonly firstError: string | null;
  /** That task's key, one line. */
  readonly firstFailedKey: string | null;
}

/** The tasks of all other functions together. */
export interface OthersRecord {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly running: number;
  readonly waiting: number;
}

/** What became of the tasks since the scheduler started, whether their results are still there or not; null in a preload from before there was one. */
export interface TaskRecord {
  /** 100 at most; those that have failed are among them. */
  readonly functions: readonly FunctionRecord[];
  /** The tasks of all other functions together. */
  readonly others: OthersRecord;
}

/** Seconds of a worker that tasks of one function have occupied; those that run beside each other share them. */
export interface FunctionTime {
  /** Dask's prefix of their keys, one line. */
  readonly name: string;
  readonly seconds: number;
}

/** The time of one worker from when it joined until now, or until it left. */
export interface WorkerTime {
  /** Another one each time that a worker joins, whatever its name. */
  readonly session: string;
  readonly name: string;
  readonly joinedAgoS: number;
  /** It has left; of such the newest 100 are told. */
  readonly left: boolean;
  /** Seconds in which it executed nothing. */
  readonly idleS: number;
  /** Seconds of functions that are not named. */
  readonly othersS: number;
  /** 20 at most, those with the most time among them. */
  readonly functions: readonly FunctionTime[];
}

/** A package, or Python itself, of which a client has another version than scheduler and workers. */
export interface VersionMismatch {
  readonly client: string;
  readonly package: string;
  readonly clientVersion: string;
  readonly clusterVersion: string;
}

/** A worker's unannounced end. */
export interface WorkerDeath {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Keys of some tasks that it ran. */
  readonly ran: readonly string[];
}

/** A worker as the scheduler sees it. */
export interface DaskWorker {
  readonly name: string;
  /** `tls://host:port` */
  readonly address: string;
  /** Dask's status: running, paused, closing_gracefully, closing, init. */
  readonly status: string;
  readonly nthreads: number;
  /** Tasks assigned to it, executing or prefetched. */
  readonly processing: number;
  /** Tasks in its threads right now. */
  readonly executing: number;
  /** Tasks finished since it joined. */
  readonly completed: number;
  /** Function → tasks of it in its threads, by its last heartbeat. */
  readonly runs: Readonly<Record<string, number>> | null;
  readonly memoryBytes: number | null;
  /** What it may use by Dask; null where it is not known, or there is no limit. */
  readonly memoryLimitBytes: number | null;
  readonly cpuPercent: number | null;
  readonly resources: Readonly<Record<string, number>>;
  /** Seconds since its last heartbeat. */
  readonly lastSeenS: number;
  /** True when it alone holds a key that a connected client or an unfinished task wants. */
  readonly holdsResults: boolean;
  /** All results on it, not only those that it alone holds. */
  readonly heldBytes: number;
  /** Seconds until its cloud reclaims its instance, by the spot notice; null while there is none. */
  readonly takenInS: number | null;
  /** Seconds until it takes no more tasks for its age, negative after that; null where there is no limit, or an older worker does not tell. */
  readonly lifetimeLeftS: number | null;
  /** Tasks that wait for it and may run on no new worker; they count for no demand. */
  readonly boundByRestriction: number;
  /** Tasks that wait for it and that Dask would move to no idle worker, as their inputs take longer to move than to wait; they count for no demand. 0 where the wait is short. */
  readonly boundByInputs: number;
  /** It was drained to retire once it executes nothing. */
  readonly drained: boolean;
  /** What keeps it from retiring: `actor` or `result` (cannot be moved), `shuffle` (takes part in one), `tasks` (may run on no other worker), `slow` (results were not taken over in time); null for nothing. */
  readonly keptBy: string | null;
  /** The same in words, for people. */
  readonly keptReason: string | null;
}

/** Who holds the lease, until when, and what follows. */
export interface LeaseInfo {
  readonly holder: string | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string | null;
  readonly expiresInS?: number | null;
  /** Seconds until idle workers end by themselves; null while the lease is held. */
  readonly workersEndInS: number | null;
  /** Seconds until the budget is used up at the present rate, 0 once it is; null: there is none. */
  readonly budgetEndsInS: number | null;
  /** Seconds until the scheduler ends by itself; null while there is a lease, a client or a task that runs. */
  readonly schedulerEndsInS: number | null;
}

/** One answer of `GET /xcore/status`. */
export interface StatusAnswer {
  /** What this scheduler understands beyond its protocol version: routes, and `settings.KEY` for each setting that a lease may change. Absent in a preload from before there were any. */
  readonly capabilities?: readonly string[];
  readonly clusterId: string;
  /** Changes when the scheduler is started anew. */
  readonly schedulerId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Package name → version in the scheduler's environment, null when not installed. */
  readonly versions: Readonly<Record<string, string | null>>;
  /** How many tasks are in each of Dask's scheduler states. */
  readonly tasks: TaskCounts;
  readonly runnable: readonly RunnableGroup[];
  readonly soon: readonly SoonGroup[];
  /** How often, since the scheduler started, more was wanted than before, there were fewer workers, or other clients; null in a preload that does not count it. */
  readonly changes: number | null;
  readonly mistyped: readonly MistypedGroup[];
  readonly stranded: readonly StrandedGroup[];
  /** What became of the tasks since the scheduler started, whether their results are still there or not; null in a preload from before there was one. */
  readonly record: TaskRecord | null;
  /** How long workers were occupied by each function; empty in a preload from before there was this. */
  readonly taskTime: readonly WorkerTime[];
  /** Memory of the scheduler's process; null where it is not known. */
  readonly memoryBytes: number | null;
  /** What the scheduler may use of memory: its machine's, or less; null where it is not known. */
  readonly memoryLimitBytes: number | null;
  /** Seconds until its machine powers off for max_cluster_lifetime_h; null where there is no limit. */
  readonly endsInS: number | null;
  /** Scatters of connected clients that wait for a first worker. */
  readonly pendingScatters: number;
  /** Workers that are asked for, at most one request a pool. */
  readonly requests: readonly WorkerRequest[];
  /** For each client that asks again and again which workers there are, as Dask's `wait_for_workers` does: for how many seconds, the longest first. It never says for how many workers it waits. */
  readonly waitingClients: readonly number[];
  /** Ids of connected clients. */
  readonly clients: readonly string[];
  readonly mismatches: readonly VersionMismatch[];
  /** Keys of the user's Dask configuration in whose place the scheduler's program uses a value of its own. */
  readonly overridden: readonly string[];
  /** The last workers whose connection broke although neither they nor their cloud had said so, oldest first. */
  readonly deaths: readonly WorkerDeath[];
  readonly workers: readonly DaskWorker[];
  /** Who holds the lease, until when, and what follows. */
  readonly lease: LeaseInfo;
}

/** Which task is meant. */
export interface TaskRequest {
  /** A key, the beginning of one, or a function's name. */
  readonly task: string;
}

/** A task whose result another one waits for. */
export interface TaskInput {
  /** Cut to 80 characters. */
  readonly key: string;
  /** Dask's own. */
  readonly state: string;
  /** Name of the worker it is assigned to. */
  readonly worker: string | null;
}

/** One task and what it waits for; null: there is none. */
export interface TaskDetails {
  /** Cut to 80 characters. */
  readonly key: string;
  /** Dask's prefix of its key. */
  readonly function: string;
  /** Dask's own: queued, waiting, processing, … */
  readonly state: string;
  /** Name of the worker that it is assigned to, or that has its result. */
  readonly worker: string | null;
  /** By its worker's last heartbeat it runs, and does not wait there. */
  readonly executing: boolean;
  /** Queued tasks that Dask starts before it; null: it is not queued. */
  readonly ahead: number | null;
  /** Tasks whose results it waits for, five at most. */
  readonly inputs: readonly TaskInput[];
  /** All of these. */
  readonly missingInputs: number;
  /** Resources that it asks for, as Dask's user wrote them: `GPU=1`. */
  readonly needs: readonly string[];
  /** Workers and hosts on which alone it may run, five at most; empty: on any. */
  readonly onlyOn: readonly string[];
  /** Workers that are there and on which it may run. */
  readonly ableWorkers: number;
  /** Its own, or that of the task that it needs. */
  readonly error: string | null;
  /** The task that failed, where it is not this one. */
  readonly failedKey: string | null;
}

/** The task, and how many there are of that name. */
export interface TaskAnswer {
  /** Tasks that the name fits; of these the first that waits is told, or else the first. */
  readonly found: number;
  /** One task and what it waits for; null: there is none. */
  readonly task: TaskDetails | null;
}

/** Settings of config.yaml that the scheduler reads. They travel with the lease, so that a change takes effect at once; those in the file are in force until a daemon brings its own. A key is that of config.yaml, or names it with x-setting; `_h` becomes `_s` by itself. */
export interface LeaseTerms {
  /** Seconds without a lease after which idle workers end by themselves. */
  readonly daemonGraceS: number;
  /** Seconds with neither lease nor client nor running task after which the scheduler ends by itself. */
  readonly orphanTimeoutS: number;
}

/** Each message by its name. */
export interface Messages {
  readonly envelope: Envelope;
  readonly settings: SchedulerSettings;
  readonly bundleRequest: BundleRequest;
  readonly bundleAnswer: BundleAnswer;
  readonly cancelRequest: CancelRequest;
  readonly cancelAnswer: CancelAnswer;
  readonly changesAnswer: ChangesAnswer;
  readonly drainRequest: DrainRequest;
  readonly drainAnswer: DrainAnswer;
  readonly leaseRequest: LeaseRequest;
  readonly leaseAnswer: LeaseAnswer;
  readonly retireRequest: RetireRequest;
  readonly retireAnswer: RetireOutcome;
  readonly scaleRequest: ScaleRequest;
  readonly scaleAnswer: ScaleAnswer;
  readonly statusAnswer: StatusAnswer;
  readonly taskRequest: TaskRequest;
  readonly taskAnswer: TaskAnswer;
}

/** The setting of config.yaml that each of the lease's terms comes from, in code's names. */
export const TERM_SOURCES = {
  daemonGraceS: {"setting":"daemonGraceS","factor":1},
  orphanTimeoutS: {"setting":"orphanTimeoutH","factor":3600},
} as const;

/** The terms in force until a daemon brings its own, where the preload's file names none. */
export const DEFAULT_TERMS: LeaseTerms = {
  daemonGraceS: 900,
  orphanTimeoutS: 43200,
};

/** What a value must be: the part of JSON Schema that is used. */
export interface Schema {
  readonly type: readonly string[];
  /** The same in words, `a text`. */
  readonly wanted: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly default?: unknown;
  /** What stands in an answer for a value that does not fit. */
  readonly unread?: unknown;
}

/** The schema of each message. */
export const SCHEMAS: Readonly<Record<keyof Messages, Schema>> = {
  envelope: {"type":["object"],"required":["protocol"],"properties":{"protocol":{"type":["integer"],"const":1,"wanted":"a whole number"},"preload":{"type":["string"],"wanted":"a text"},"error":{"type":["string"],"wanted":"a text"},"wants_bundle":{"type":["string"],"wanted":"a text"}},"wanted":"an object"},
  settings: {"type":["object"],"required":["cluster_id","host","port","ca_file","cert_file","key_file","scatter_timeout_s"],"properties":{"cluster_id":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"host":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"port":{"type":["integer"],"minimum":1,"maximum":65535,"wanted":"a whole number from 1 to 65535"},"ca_file":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"cert_file":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"key_file":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"scatter_timeout_s":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"daemon_grace_s":{"type":["number"],"minimum":0,"maximum":315360000,"default":900,"wanted":"a number from 0 to 315360000"},"orphan_timeout_s":{"type":["number"],"minimum":0,"maximum":315360000,"default":43200,"wanted":"a number from 0 to 315360000"}},"wanted":"an object"},
  bundleRequest: {"type":["object"],"required":["sha256"],"properties":{"sha256":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"content":{"type":["string"],"wanted":"a text"}},"wanted":"an object"},
  bundleAnswer: {"type":["object"],"required":["stored"],"properties":{"stored":{"type":["boolean"],"wanted":"true or false"}},"wanted":"an object"},
  cancelRequest: {"type":["object"],"oneOf":[{"required":["keys"]},{"required":["holders"]}],"properties":{"keys":{"type":["array"],"items":{"type":["string","array"],"minItems":1,"items":{"type":["string","integer"],"wanted":"a text or a whole number"},"wanted":"a text or a list that is not empty"},"wanted":"a list"},"holders":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"reason":{"type":["string"],"minLength":1,"default":"cancelled by xcore","wanted":"a text that is not empty"}},"wanted":"an object"},
  cancelAnswer: {"type":["object"],"required":["cancelled"],"properties":{"cancelled":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"},
  changesAnswer: {"type":["object"],"required":["changes"],"properties":{"changes":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"},
  drainRequest: {"type":["object"],"required":["names"],"properties":{"names":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"drain":{"type":["boolean"],"default":true,"wanted":"true or false"},"then_retire":{"type":["boolean"],"default":false,"wanted":"true or false"}},"wanted":"an object"},
  drainAnswer: {"type":["object"],"required":["drained","undrained","unknown"],"properties":{"drained":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"undrained":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"unknown":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"}},"wanted":"an object"},
  leaseRequest: {"type":["object"],"required":["daemon_id","ttl_s"],"properties":{"daemon_id":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"},"ttl_s":{"type":["number"],"minimum":0,"maximum":600,"wanted":"a number from 0 to 600"},"budget":{"type":["object","null"],"required":["left_usd","hourly_usd","at_once"],"properties":{"left_usd":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"hourly_usd":{"type":["object"],"additionalProperties":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"wanted":"an object"},"at_once":{"type":["boolean"],"wanted":"true or false"}},"wanted":"an object or null"},"daemon_grace_s":{"type":["number"],"minimum":0,"maximum":315360000,"default":900,"wanted":"a number from 0 to 315360000"},"orphan_timeout_s":{"type":["number"],"minimum":0,"maximum":315360000,"default":43200,"wanted":"a number from 0 to 315360000"}},"wanted":"an object"},
  leaseAnswer: {"type":["object"],"required":["granted","holder","expires_at"],"properties":{"granted":{"type":["boolean"],"wanted":"true or false"},"holder":{"type":["string","null"],"wanted":"a text or null"},"expires_at":{"type":["string","null"],"wanted":"a text or null"},"expires_in_s":{"type":["number","null"],"minimum":0,"wanted":"a number from 0 or null"},"workers_end_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"budget_ends_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"scheduler_ends_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"}},"wanted":"an object"},
  retireRequest: {"type":["object"],"required":["names"],"properties":{"names":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"force":{"type":["boolean"],"default":false,"wanted":"true or false"}},"wanted":"an object"},
  retireAnswer: {"type":["object"],"required":["retired","busy","kept","unknown"],"properties":{"retired":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"busy":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"kept":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"unknown":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"reasons":{"type":["object"],"additionalProperties":{"type":["string"],"wanted":"a text"},"default":{},"wanted":"an object"}},"wanted":"an object"},
  scaleRequest: {"type":["object"],"required":["workers"],"properties":{"workers":{"type":["integer"],"minimum":0,"maximum":10000,"wanted":"a whole number from 0 to 10000"},"pool":{"type":["string"],"minLength":1,"default":"default","wanted":"a text that is not empty"},"for_s":{"type":["number"],"minimum":1,"maximum":604800,"default":1800,"wanted":"a number from 1 to 604800"}},"wanted":"an object"},
  scaleAnswer: {"type":["object"],"required":["replaced","requests"],"properties":{"replaced":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"requests":{"type":["array"],"items":{"type":["object"],"required":["pool","workers","left_s"],"properties":{"pool":{"type":["string"],"wanted":"a text"},"workers":{"type":["integer"],"minimum":1,"wanted":"a whole number from 1"},"left_s":{"type":["number"],"minimum":0,"wanted":"a number from 0"}},"wanted":"an object"},"wanted":"a list"}},"wanted":"an object"},
  statusAnswer: {"type":["object"],"required":["cluster_id","scheduler_id","started_at","versions","tasks","runnable","stranded","pending_scatters","clients","mismatches","workers","lease"],"properties":{"capabilities":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"cluster_id":{"type":["string"],"wanted":"a text"},"scheduler_id":{"type":["string"],"wanted":"a text"},"started_at":{"type":["string"],"wanted":"a text"},"versions":{"type":["object"],"additionalProperties":{"type":["string","null"],"wanted":"a text or null"},"wanted":"an object","unread":{}},"tasks":{"type":["object"],"required":["released","waiting","queued","no_worker","processing","memory","erred"],"properties":{"released":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"waiting":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"queued":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"no_worker":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"processing":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"memory":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"erred":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"},"runnable":{"type":["array"],"items":{"type":["object"],"required":["resources","count"],"properties":{"resources":{"type":["object"],"additionalProperties":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"wanted":"an object"},"count":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"},"wanted":"a list"},"soon":{"type":["array"],"items":{"type":["object"],"required":["resources","count","in_s"],"properties":{"resources":{"type":["object"],"additionalProperties":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"wanted":"an object"},"count":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"in_s":{"type":["number"],"wanted":"a number"}},"wanted":"an object"},"default":[],"wanted":"a list"},"changes":{"type":["integer","null"],"minimum":0,"default":null,"wanted":"a whole number from 0 or null"},"mistyped":{"type":["array"],"items":{"type":["object"],"required":["function","needs","count"],"properties":{"function":{"type":["string"],"wanted":"a text"},"needs":{"type":["string"],"wanted":"a text"},"count":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"},"default":[],"wanted":"a list"},"stranded":{"type":["array"],"items":{"type":["object"],"required":["restriction","count"],"properties":{"restriction":{"type":["string"],"wanted":"a text"},"count":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"},"wanted":"a list"},"record":{"type":["object","null"],"default":null,"required":["functions","others"],"properties":{"functions":{"type":["array"],"items":{"type":["object"],"required":["name","done","failed","skipped","running","waiting","first_error","first_failed_key"],"properties":{"name":{"type":["string"],"wanted":"a text"},"done":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"failed":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"skipped":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"running":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"waiting":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"first_error":{"type":["string","null"],"wanted":"a text or null"},"first_failed_key":{"type":["string","null"],"wanted":"a text or null"}},"wanted":"an object"},"wanted":"a list"},"others":{"type":["object"],"required":["done","failed","skipped","running","waiting"],"properties":{"done":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"failed":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"skipped":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"running":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"waiting":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"}},"wanted":"an object"}},"wanted":"an object or null"},"task_time":{"type":["array"],"default":[],"items":{"type":["object"],"required":["session","name","joined_ago_s","left","idle_s","others_s","functions"],"properties":{"session":{"type":["string"],"wanted":"a text"},"name":{"type":["string"],"wanted":"a text"},"joined_ago_s":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"left":{"type":["boolean"],"wanted":"true or false"},"idle_s":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"others_s":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"functions":{"type":["array"],"items":{"type":["object"],"required":["name","seconds"],"properties":{"name":{"type":["string"],"wanted":"a text"},"seconds":{"type":["number"],"minimum":0,"wanted":"a number from 0"}},"wanted":"an object"},"wanted":"a list"}},"wanted":"an object"},"wanted":"a list"},"memory_bytes":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"memory_limit_bytes":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"ends_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"pending_scatters":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0","unread":0},"requests":{"type":["array"],"items":{"type":["object"],"required":["pool","workers","left_s"],"properties":{"pool":{"type":["string"],"wanted":"a text"},"workers":{"type":["integer"],"minimum":1,"wanted":"a whole number from 1"},"left_s":{"type":["number"],"minimum":0,"wanted":"a number from 0"}},"wanted":"an object"},"default":[],"wanted":"a list"},"waiting_clients":{"type":["array"],"items":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"default":[],"wanted":"a list"},"clients":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"mismatches":{"type":["array"],"items":{"type":["object"],"required":["client","package","client_version","cluster_version"],"properties":{"client":{"type":["string"],"wanted":"a text"},"package":{"type":["string"],"wanted":"a text"},"client_version":{"type":["string"],"wanted":"a text"},"cluster_version":{"type":["string"],"wanted":"a text"}},"wanted":"an object"},"wanted":"a list"},"overridden":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"default":[],"wanted":"a list"},"deaths":{"type":["array"],"items":{"type":["object"],"required":["name","at","ran"],"properties":{"name":{"type":["string"],"wanted":"a text"},"at":{"type":["string"],"wanted":"a text"},"ran":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"}},"wanted":"an object"},"default":[],"wanted":"a list"},"workers":{"type":["array"],"items":{"type":["object"],"required":["name","address","status","nthreads","processing","executing","completed","memory_bytes","cpu_percent","resources","last_seen_s","holds_results","held_bytes"],"properties":{"name":{"type":["string"],"wanted":"a text"},"address":{"type":["string"],"wanted":"a text"},"status":{"type":["string"],"wanted":"a text","unread":"running"},"nthreads":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0","unread":1},"processing":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0","unread":1},"executing":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0","unread":1},"completed":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0","unread":0},"runs":{"type":["object","null"],"additionalProperties":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"default":null,"wanted":"an object or null"},"memory_bytes":{"type":["number","null"],"minimum":0,"wanted":"a number from 0 or null"},"memory_limit_bytes":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"cpu_percent":{"type":["number","null"],"minimum":0,"wanted":"a number from 0 or null"},"resources":{"type":["object"],"additionalProperties":{"type":["number"],"minimum":0,"wanted":"a number from 0"},"wanted":"an object","unread":{}},"last_seen_s":{"type":["number"],"minimum":0,"wanted":"a number from 0","unread":0},"holds_results":{"type":["boolean"],"wanted":"true or false","unread":true},"held_bytes":{"type":["number"],"minimum":0,"wanted":"a number from 0","unread":0},"taken_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"lifetime_left_s":{"type":["number","null"],"default":null,"wanted":"a number or null"},"bound_by_restriction":{"type":["integer"],"minimum":0,"default":0,"wanted":"a whole number from 0"},"bound_by_inputs":{"type":["integer"],"minimum":0,"default":0,"wanted":"a whole number from 0"},"drained":{"type":["boolean"],"default":false,"wanted":"true or false"},"kept_by":{"type":["string","null"],"default":null,"wanted":"a text or null"},"kept_reason":{"type":["string","null"],"default":null,"wanted":"a text or null"}},"wanted":"an object"},"wanted":"a list"},"lease":{"type":["object"],"required":["holder","expires_at"],"properties":{"holder":{"type":["string","null"],"wanted":"a text or null"},"expires_at":{"type":["string","null"],"wanted":"a text or null"},"expires_in_s":{"type":["number","null"],"minimum":0,"wanted":"a number from 0 or null"},"workers_end_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"budget_ends_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"},"scheduler_ends_in_s":{"type":["number","null"],"minimum":0,"default":null,"wanted":"a number from 0 or null"}},"wanted":"an object"}},"wanted":"an object"},
  taskRequest: {"type":["object"],"required":["task"],"properties":{"task":{"type":["string"],"minLength":1,"wanted":"a text that is not empty"}},"wanted":"an object"},
  taskAnswer: {"type":["object"],"required":["found","task"],"properties":{"found":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"task":{"type":["object","null"],"required":["key","function","state","worker","executing","ahead","inputs","missing_inputs","needs","only_on","able_workers","error","failed_key"],"properties":{"key":{"type":["string"],"wanted":"a text"},"function":{"type":["string"],"wanted":"a text"},"state":{"type":["string"],"wanted":"a text"},"worker":{"type":["string","null"],"wanted":"a text or null"},"executing":{"type":["boolean"],"wanted":"true or false"},"ahead":{"type":["integer","null"],"minimum":0,"wanted":"a whole number from 0 or null"},"inputs":{"type":["array"],"items":{"type":["object"],"required":["key","state","worker"],"properties":{"key":{"type":["string"],"wanted":"a text"},"state":{"type":["string"],"wanted":"a text"},"worker":{"type":["string","null"],"wanted":"a text or null"}},"wanted":"an object"},"wanted":"a list"},"missing_inputs":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"needs":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"only_on":{"type":["array"],"items":{"type":["string"],"wanted":"a text"},"wanted":"a list"},"able_workers":{"type":["integer"],"minimum":0,"wanted":"a whole number from 0"},"error":{"type":["string","null"],"wanted":"a text or null"},"failed_key":{"type":["string","null"],"wanted":"a text or null"}},"wanted":"an object or null"}},"wanted":"an object"},
};
