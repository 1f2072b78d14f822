/** A Dask scheduler with xcore's preload: clients, tasks, workers, results, the lease. @module */

import type {
  BudgetTerms,
  LeaseClaim,
  LeaseOutcome,
  RetireOutcome,
  RunnableGroup,
  SchedulerReport,
  WorkerRequest,
} from "../../lib/model/mod.ts";
import { daskWorker, report } from "../support/fakes/builders.ts";
import type { Scenario } from "./_scenario.ts";
import type { Timeline } from "./_timeline.ts";

/** A client. */
export interface Client {
  readonly name: string;
  /** It wants its results until it leaves. */
  readonly holdsResults: boolean;
  connected: boolean;
}

/** A task, or (with no duration) data that a client sends. */
export interface Task {
  readonly key: string;
  readonly client: Client;
  readonly needs: Readonly<Record<string, number>>;
  /** Null: data, which cannot be computed again. */
  readonly takesMs: number | null;
  readonly inputs: readonly Task[];
  /** Tasks that have it as an input. */
  readonly dependents: Task[];
  state: "waiting" | "queued" | "processing" | "memory" | "erred" | "forgotten";
  /** The client still wants it. */
  wanted: boolean;
  readonly holders: Set<Worker>;
  /** Counts its runs, so that an aborted one does not finish. */
  run: number;
  /** Its result cannot leave the process that holds it: it cannot be pickled. */
  isBound: boolean;
}

/** A worker that is registered. */
export interface Worker {
  readonly name: string;
  /** Its instance, or null for a manually started worker. */
  readonly instanceId: string | null;
  readonly slots: number;
  readonly resources: Readonly<Record<string, number>>;
  readonly address: string;
  readonly joinedMs: number;
  status: "running" | "paused" | "closing_gracefully";
  /** It hangs. */
  hung: boolean;
  completed: number;
  /** It has closed after a retirement. */
  hasRetired?: boolean;
  /** It retires once it executes nothing. */
  isDrained?: boolean;
  /** Dask has paused it, or will once it is no longer told to close. */
  lacksMemory?: boolean;
  /** When its cloud reclaims its instance, once there is a spot notice. */
  takenMs?: number;
  readonly processing: Task[];
  /** Those in its threads. */
  readonly executing: Set<Task>;
  readonly results: Set<Task>;
}

/** How many tasks a worker gets beyond those that it can run. */
const PREFETCHED = 2;

/**
 * Of the preload (retirement.py, kept_workers.py): how long a hand-over may take, until one that was
 * given up is tried again, and the time before the end of its instance at which a worker retires
 * whatever it executes.
 */
const HAND_OVER_MS = 20_000;
const RETRY_AFTER_MS = 60_000;

/** Of the preload (budget.py): how long one without a task is kept for its results. */
const RESULTS_FOR_MS = 60_000;

/** How long the preload lets a caller wait for a retirement's outcome. */
const ANSWER_MS = 4000;

/** The scheduler of the cluster. */
export class SimulatedDask {
  readonly workers = new Map<string, Worker>();
  clients: Client[] = [];
  tasks: Task[] = [];
  /** Clients that wait to send their input. */
  readonly scatters: { readonly client: Client; readonly sent: (worker: Worker) => void }[] = [];
  /** Clients in Dask's `wait_for_workers`, which says nothing of their number to the preload. */
  readonly waits: { readonly workers: number; readonly sinceMs: number }[] = [];
  /** What `xcore scale` asks for, by pool. */
  #requests = new Map<string, { readonly workers: number; readonly endsMs: number }>();
  /** Results that were lost with the only worker that held them, by key. */
  readonly lost: string[] = [];
  #id = 1;
  #lease: { holder: string; endsMs: number } | null = null;
  /** Called with the workers that retired. */
  onRetired: (worker: Worker) => void = () => {};
  /** Whether the result that a task has just made is bound to its worker. */
  bindsResult: () => boolean = () => false;
  /** Workers of which a retirement has shown that they cannot retire. */
  #known = new Set<Worker>();
  /** Workers that hand their results over. */
  #retiring = new Set<Worker>();
  /** When a retirement may be tried again that was given up. */
  #retryMs = new Map<Worker, number>();
  /** How long a hand-over takes that the scheduler begins by itself. */
  handOverMs: () => number = () => 200;
  /** Called with a worker that begins a task. */
  onBegun: (worker: Worker) => void = () => {};
  /** What a daemon has said is left of the budget, of that moment; null: there is no limit. */
  #budget: { readonly terms: BudgetTerms; leftUsd: number; readMs: number } | null = null;
  /** When each worker has executed nothing since the budget was used up. */
  #idleMs = new Map<Worker, number>();
  /** When idle workers end unless the lease is claimed before; never, before the first claim. */
  idleEndMs = Infinity;

  constructor(
    readonly timeline: Timeline,
    readonly prefetches: boolean,
    readonly foretells: Scenario["foretells"] = "nothing",
    /** Whether its preload holds to a budget; one of an older xcore does not know of any. */
    readonly holdsBudget = true,
  ) {}

  // ---- clients

  submit(task: Task): void {
    this.tasks.push(task);
    for (const input of task.inputs) input.dependents.push(task);
    this.#update(task);
    this.dispatch();
  }

  /** A client sends data to a worker, or to the first one that joins. */
  scatter(client: Client, sent: (worker: Worker) => void): void {
    this.scatters.push({ client, sent });
    this.dispatch();
  }

  leave(client: Client): void {
    client.connected = false;
    this.clients = this.clients.filter((other) => other !== client);
    for (const task of this.tasks.filter((each) => each.client === client)) this.#drop(task);
    this.dispatch();
  }

  /** The client has its result and releases it. */
  release(task: Task): void {
    task.wanted = false;
    if (!isNeeded(task)) this.#drop(task);
  }

  // ---- workers

  /** False when its name is taken. */
  register(worker: Worker): boolean {
    if (this.workers.has(worker.name)) return false;
    this.workers.set(worker.name, worker);
    if (this.isOverBudget && worker.instanceId !== null) this.#close(worker);
    this.dispatch();
    return true;
  }

  /**
   * Removes a worker: its tasks go back, and results that it alone held are lost. Returns the lost
   * ones that are needed.
   */
  lose(worker: Worker): Task[] {
    if (this.workers.get(worker.name) !== worker) return [];
    this.workers.delete(worker.name);
    this.#giveBack(worker);
    const lost = [...worker.results].filter((task) => {
      task.holders.delete(worker);
      return task.holders.size === 0 && task.state === "memory";
    });
    const needed = lost.filter((task) => isNeeded(task));
    for (const task of lost) {
      if (!needed.includes(task)) this.#drop(task);
      else if (task.takesMs === null) this.#err(task);
      else this.#update(task);
    }
    for (const task of this.tasks) if (task.state === "queued") this.#update(task);
    this.dispatch();
    return needed;
  }

  /** Gives tasks to workers that have room. */
  dispatch(): void {
    for (const worker of [...this.workers.values()]) this.#retireDrained(worker);
    const running = [...this.workers.values()].filter(({ status }) => status === "running");
    if (running.length === 0) return;
    for (const { client, sent } of this.scatters.splice(0)) {
      if (client.connected) sent(running[0]!);
    }
    for (const task of this.tasks) {
      if (task.state !== "queued") continue;
      const fit = running.filter((worker) => this.#hasRoom(worker) && fits(worker, task));
      if (fit.length === 0) continue;
      const worker = fit.reduce((a, b) => b.processing.length < a.processing.length ? b : a);
      task.state = "processing";
      worker.processing.push(task);
      this.#fill(worker);
    }
    this.#steal(running);
  }

  /** Dask starts no task on a worker that lacks memory; what it executes goes on. */
  pause(worker: Worker, lacksMemory: boolean): void {
    worker.lacksMemory = lacksMemory;
    if (worker.status !== "closing_gracefully") this.#awake(worker);
    this.dispatch();
  }

  /** It is told to close no longer. */
  #awake(worker: Worker): void {
    if (worker.takenMs !== undefined || (this.isOverBudget && worker.instanceId !== null)) return;
    worker.status = worker.lacksMemory ? "paused" : "running";
    this.#fill(worker);
  }

  /**
   * Its cloud reclaims its instance then: it gets no more tasks, and retires before that, in the
   * last moment with those that it executes.
   */
  announce(worker: Worker, takenMs: number): void {
    if (worker.hung) return; // it says so with a heartbeat
    worker.takenMs = takenMs;
    const beat = () => {
      if (this.workers.get(worker.name) !== worker || worker.hung) return;
      if (worker.status !== "closing_gracefully") this.#close(worker);
      const hasHeir = [...this.workers.values()].some(({ status }) => status === "running");
      const isDue = this.timeline.nowMs > takenMs - HAND_OVER_MS || worker.executing.size === 0;
      if (hasHeir && isDue && !this.#retiring.has(worker)) this.#start([worker], this.handOverMs());
      this.dispatch();
      this.timeline.in(1000, beat);
    };
    beat();
  }

  /** It gets no more tasks, and those that it does not execute go elsewhere. */
  #close(worker: Worker): void {
    worker.status = "closing_gracefully";
    const waiting = worker.processing.filter((task) => !worker.executing.has(task));
    worker.processing.splice(0, Infinity, ...worker.executing);
    for (const task of waiting) this.#update(task);
  }

  /** Its tasks begin anew elsewhere. */
  #giveBack(worker: Worker): void {
    worker.executing.clear();
    for (const task of worker.processing.splice(0)) {
      task.run++;
      this.#update(task);
    }
  }

  /** Needed results that only this worker holds. */
  soleResults(worker: Worker): Task[] {
    return [...worker.results].filter((task) => task.holders.size === 1 && isNeeded(task));
  }

  /** The scheduler's process ends, and its memory is lost. */
  restart(): void {
    this.#id++;
    this.#lease = null;
    this.#budget = null;
    for (const task of this.tasks) {
      task.state = "forgotten";
      task.holders.clear();
      task.run++;
    }
    this.tasks = [];
    this.workers.clear();
    this.scatters.splice(0);
    this.#requests.clear();
  }

  // ---- the preload's routes

  /** Asks for workers in place of what was asked for the pool before; 0 takes that back. */
  ask(pool: string, workers: number, forS: number): void {
    this.#requests.delete(pool);
    if (workers > 0) this.#requests.set(pool, { workers, endsMs: this.timeline.nowMs + forS * 1000 });
  }

  /** What is asked for now. */
  requests(): WorkerRequest[] {
    const { nowMs } = this.timeline;
    return [...this.#requests].filter(([, { endsMs }]) => endsMs > nowMs)
      .map(([pool, { workers, endsMs }]) => ({ pool, workers, leftS: (endsMs - nowMs) / 1000 }));
  }

  /** Clients that do not have the workers that they wait for yet. */
  waiting(): typeof this.waits {
    const running = [...this.workers.values()].filter(({ status }) => status === "running").length;
    const served = this.waits.filter(({ workers }) => workers <= running);
    for (const wait of served) this.waits.splice(this.waits.indexOf(wait), 1);
    return this.waits;
  }

  /** Tasks that wait for one alone that is executed, as if each had only begun. */
  #soon(): SchedulerReport["soon"] {
    if (this.foretells === "nothing") return [];
    return [...this.workers.values()].flatMap(({ executing }) => [...executing]).flatMap((task) => {
      const alone = task.dependents.filter(({ state, inputs }) =>
        state === "waiting" && inputs.every((input) => input === task || input.state === "memory")
      );
      if (alone.length < 2 || task.takesMs === null) return [];
      const wrong = this.foretells === "rightly" ? 1 : task.key.length % 3 - 1;
      return [{ resources: alone[0]!.needs, count: alone.length, inS: wrong * task.takesMs / 1000 }];
    });
  }

  report(): SchedulerReport {
    const counts = { released: 0, waiting: 0, queued: 0, noWorker: 0, processing: 0, memory: 0, erred: 0 };
    const groups = new Map<string, { resources: RunnableGroup["resources"]; count: number }>();
    // What a paused worker executes needs no other.
    const onPaused = new Set(
      [...this.workers.values()].flatMap(({ status, executing }) =>
        status === "paused" ? [...executing] : []
      ),
    );
    for (const task of this.tasks) {
      const { state, needs } = task;
      if (state !== "forgotten") counts[state]++;
      if (state !== "queued" && state !== "processing" || onPaused.has(task)) continue;
      const key = JSON.stringify(needs);
      const group = groups.get(key) ?? { resources: needs, count: 0 };
      groups.set(key, { ...group, count: group.count + 1 });
    }
    return report({
      schedulerId: `Scheduler-${this.#id}`,
      tasks: counts,
      runnable: [...groups.values()],
      soon: this.#soon(),
      pendingScatters: this.scatters.filter(({ client }) => client.connected).length,
      requests: this.requests(),
      waitingClients: this.waiting().map(({ sinceMs }) => (this.timeline.nowMs - sinceMs) / 1000),
      clients: this.clients.map(({ name }) => name),
      workers: [...this.workers.values()].map((worker) =>
        daskWorker(worker.name, {
          address: worker.address,
          status: worker.status,
          nthreads: worker.slots,
          processing: worker.processing.length,
          executing: worker.executing.size,
          completed: worker.completed,
          resources: worker.resources,
          holdsResults: this.soleResults(worker).length > 0,
          drained: worker.isDrained === true,
          keptBy: this.#isKnownToStay(worker) ? "result" : this.#isSlow(worker) ? "slow" : null,
          takenInS: worker.takenMs === undefined
            ? null
            : Math.max(0, worker.takenMs - this.timeline.nowMs) / 1000,
          heldBytes: worker.results.size,
        })
      ),
      lease: {
        holder: this.#holder,
        expiresAt: null,
        workersEndInS: null,
        budgetEndsInS: null,
        schedulerEndsInS: null,
      },
    });
  }

  /**
   * Retires as the preload does: busy workers stay; if no other worker can take results, the holder
   * with most of them stays. Who hands over for longer than a caller waits counts as busy.
   */
  retire(names: readonly string[], handOverMs: number, reply: (outcome: RetireOutcome) => void): void {
    const going: Worker[] = [];
    const asked: Worker[] = [];
    const outcome = {
      retired: [] as string[],
      busy: [] as string[],
      kept: [] as string[],
      unknown: [] as string[],
      reasons: {},
    };
    for (const name of names) {
      const worker = this.workers.get(name);
      if (worker === undefined) outcome.unknown.push(name);
      else if (this.#retiring.has(worker)) asked.push(worker);
      else if (worker.processing.length > 0 && !isStuck(worker)) outcome.busy.push(name);
      else if (this.#isKnownToStay(worker) || this.#isSlow(worker)) outcome.kept.push(name);
      else going.push(worker);
    }
    const stays = this.#start(going, handOverMs);
    if (stays !== undefined) outcome.kept.push(stays.name);
    asked.push(...going);
    if (asked.length === 0) return reply(outcome);
    const sinceMs = this.timeline.nowMs;
    const answer = () => {
      const pending = asked.filter((worker) => this.#retiring.has(worker));
      if (pending.length > 0 && this.timeline.nowMs < sinceMs + ANSWER_MS) {
        return this.timeline.in(100, answer);
      }
      for (const worker of asked) {
        const as = pending.includes(worker)
          ? outcome.busy
          : worker.hasRetired
          ? outcome.retired
          : this.workers.get(worker.name) === worker
          ? outcome.kept
          : outcome.unknown;
        as.push(worker.name);
      }
      reply(outcome);
    };
    this.timeline.in(Math.min(handOverMs, ANSWER_MS), answer);
  }

  /**
   * Begins their hand-over; one may have to stay, which is then no longer among them. What would
   * take longer than the preload allows is given up.
   */
  #start(going: Worker[], handOverMs: number): Worker | undefined {
    for (const worker of going) {
      for (const task of [...worker.results]) if (!isNeeded(task)) this.#drop(task);
    }
    const stays = this.#lastResort(going);
    if (stays !== undefined) going.splice(going.indexOf(stays), 1);
    for (const worker of going) {
      worker.status = "closing_gracefully";
      this.#retiring.add(worker);
    }
    const isStuck = handOverMs > 3 * HAND_OVER_MS;
    if (going.length > 0) {
      this.timeline.in(isStuck ? HAND_OVER_MS : handOverMs, () => this.#closeAll([...going], isStuck));
    }
    return stays;
  }

  /** A hand-over is over: those that could move all results close, the others take tasks again. */
  #closeAll(going: readonly Worker[], isStuck: boolean): void {
    for (const worker of going) {
      this.#retiring.delete(worker);
      if (this.workers.get(worker.name) !== worker) continue;
      if (isStuck && this.soleResults(worker).length > 0) {
        this.#retryMs.set(worker, this.timeline.nowMs + RETRY_AFTER_MS);
        this.#awake(worker);
      } else if (this.#handOver(worker, going)) {
        this.#giveBack(worker);
        worker.hasRetired = true;
        this.workers.delete(worker.name);
        this.onRetired(worker);
      } else {
        if (this.#hasBound(worker)) this.#known.add(worker);
        this.#awake(worker);
      }
    }
    this.dispatch();
  }

  /** Holds a needed result that cannot be moved. */
  #hasBound(worker: Worker): boolean {
    return this.soleResults(worker).some(({ isBound }) => isBound);
  }

  #isKnownToStay(worker: Worker): boolean {
    return this.#known.has(worker) && this.#hasBound(worker);
  }

  /** Its last hand-over was given up a short while ago. */
  #isSlow(worker: Worker): boolean {
    return this.timeline.nowMs < (this.#retryMs.get(worker) ?? -Infinity);
  }

  /** The workers that stay for a result that cannot be moved. */
  get bound(): Worker[] {
    return [...this.workers.values()].filter((worker) =>
      worker.instanceId !== null && this.#hasBound(worker)
    );
  }

  /** Gives workers no more tasks until they retire, or tasks again. */
  drain(names: readonly string[], drain: boolean): void {
    for (const name of names) {
      const worker = this.workers.get(name);
      if (worker === undefined || this.#retiring.has(worker)) continue;
      worker.isDrained = drain;
      if (!drain) this.#awake(worker);
      else this.#close(worker);
    }
    this.dispatch();
  }

  /** One that must stay takes tasks again. */
  #retireDrained(worker: Worker): void {
    if (!worker.isDrained || worker.processing.length > 0 || this.isOverBudget) return;
    worker.isDrained = false;
    this.#awake(worker);
    this.retire([worker.name], 200, () => {});
  }

  cancelHeldBy(names: readonly string[]): number {
    const idle = [...this.workers.values()].filter(({ processing }) => processing.length === 0);
    const held = idle.filter(({ name }) => names.includes(name))
      .flatMap((worker) => this.soleResults(worker));
    for (const task of held) this.#cancel(task);
    this.dispatch();
    return held.length;
  }

  lease({ daemonId, ttlS, terms, budget }: LeaseClaim): LeaseOutcome {
    if (this.#holder !== null && this.#holder !== daemonId) return { granted: false, holder: this.#holder };
    this.#lease = { holder: daemonId, endsMs: this.timeline.nowMs + ttlS * 1000 };
    this.idleEndMs = this.#lease.endsMs + terms.daemonGraceS * 1000;
    if (budget !== undefined && this.holdsBudget) this.#holdTo(budget);
    return { granted: true, holder: daemonId };
  }

  // ---- the preload's end of the budget (budget.py)

  /** What is left of it; null: there is no limit. */
  get budgetLeftUsd(): number | null {
    return this.#budget?.leftUsd ?? null;
  }

  get isOverBudget(): boolean {
    return this.#budget !== null && this.#budget.leftUsd <= 0;
  }

  #holdTo(terms: BudgetTerms | null): void {
    const isNew = this.#budget === null && terms !== null;
    const wasOver = this.isOverBudget;
    this.#budget = terms === null ? null : { terms, leftUsd: terms.leftUsd, readMs: this.timeline.nowMs };
    if (wasOver && !this.isOverBudget) this.#takeTasksAgain();
    if (isNew) this.timeline.in(1000, () => this.#beat());
  }

  #takeTasksAgain(): void {
    for (const worker of [...this.#idleMs.keys()]) {
      if (this.workers.get(worker.name) !== worker || this.#retiring.has(worker)) continue;
      worker.isDrained = false;
      this.#awake(worker);
    }
    this.#idleMs.clear();
    this.dispatch();
  }

  #beat(): void {
    const budget = this.#budget;
    if (budget === null) return;
    const { terms, readMs } = budget;
    const priced = [...this.workers.values()].filter(({ instanceId }) => instanceId !== null);
    const { scheduler: own = 0, ...byName } = terms.hourlyUsd;
    const dearest = Math.max(0, ...Object.values(byName));
    const hourlyUsd = priced.reduce((sum, { name }) => sum + (byName[name] ?? dearest), own);
    budget.leftUsd -= hourlyUsd * (this.timeline.nowMs - readMs) / 3600_000;
    budget.readMs = this.timeline.nowMs;
    if (this.isOverBudget) this.#endForBudget(priced, terms.atOnce);
    this.timeline.in(1000, () => this.#beat());
  }

  #endForBudget(workers: readonly Worker[], atOnce: boolean): void {
    for (const worker of workers) {
      if (worker.status !== "closing_gracefully") this.#close(worker);
      const sinceMs = Math.min(this.#idleMs.get(worker) ?? Infinity, this.timeline.nowMs);
      this.#idleMs.set(worker, worker.executing.size > 0 ? Infinity : sinceMs);
      const idleMs = this.timeline.nowMs - sinceMs;
      const isDue = worker.executing.size === 0 &&
        (this.soleResults(worker).length === 0 || idleMs >= RESULTS_FOR_MS);
      if (worker.hung || (!atOnce && !isDue)) continue;
      worker.hasRetired = true;
      this.#retiring.delete(worker);
      this.lose(worker);
      this.onRetired(worker);
    }
    this.dispatch();
  }

  // ---- within

  get #holder(): string | null {
    return this.#lease !== null && this.#lease.endsMs > this.timeline.nowMs ? this.#lease.holder : null;
  }

  #hasRoom({ processing, slots }: Worker): boolean {
    return processing.length < slots + (this.prefetches ? PREFETCHED : 0);
  }

  #fill(worker: Worker): void {
    if (worker.status === "paused") return;
    for (const task of worker.processing) {
      if (worker.executing.size >= worker.slots) return;
      if (!worker.executing.has(task)) this.#execute(worker, task);
    }
  }

  #execute(worker: Worker, task: Task): void {
    if (task.takesMs !== null) this.onBegun(worker);
    worker.executing.add(task);
    const run = ++task.run;
    this.timeline.in(task.takesMs ?? 0, () => {
      if (task.run !== run || task.state !== "processing" || worker.hung) return;
      this.#finish(worker, task);
    });
  }

  #finish(worker: Worker, task: Task): void {
    worker.processing.splice(worker.processing.indexOf(task), 1);
    worker.executing.delete(task);
    this.#fill(worker);
    worker.completed++;
    this.keep(worker, task);
    task.isBound = task.dependents.length === 0 && task.client.holdsResults && this.bindsResult();
    for (const input of task.inputs) if (input.state === "memory") this.keep(worker, input);
    for (const input of task.inputs) if (!isNeeded(input)) this.#drop(input);
    if (!task.client.holdsResults) this.release(task);
    for (const each of this.tasks) if (each.state === "waiting") this.#update(each);
    this.dispatch();
  }

  /** A result is on a worker. */
  keep(worker: Worker, task: Task): void {
    task.state = "memory";
    task.holders.add(worker);
    worker.results.add(task);
  }

  /** Updates the state of a task that does not run. */
  #update(task: Task): void {
    if (task.state === "forgotten" || task.state === "erred") return;
    for (const input of task.inputs) this.#revive(input);
    if (task.inputs.some(({ state }) => state === "erred" || state === "forgotten")) return this.#err(task);
    task.state = task.inputs.every(({ state }) => state === "memory") ? "queued" : "waiting";
  }

  /** A released result is computed again when it is needed again. */
  #revive(task: Task): void {
    if (task.state !== "forgotten" || task.takesMs === null || !task.client.connected) return;
    task.state = "waiting";
    this.tasks.push(task);
    this.#update(task);
  }

  #err(task: Task): void {
    task.state = "erred";
    for (const each of task.dependents) {
      if (each.state === "waiting" || each.state === "queued") this.#err(each);
    }
  }

  /**
   * Releases a result or a task that is no longer needed, also one that a worker runs or has
   * queued.
   */
  #drop(task: Task): void {
    task.run++;
    for (const worker of this.workers.values()) {
      const at = worker.processing.indexOf(task);
      if (at < 0) continue;
      worker.processing.splice(at, 1);
      worker.executing.delete(task);
      this.#fill(worker);
    }
    for (const holder of task.holders) holder.results.delete(task);
    task.holders.clear();
    task.state = "forgotten";
    const at = this.tasks.indexOf(task);
    if (at >= 0) this.tasks.splice(at, 1);
  }

  #cancel(task: Task): void {
    for (const each of task.dependents) if (isUnfinished(each)) this.#cancel(each);
    task.wanted = false;
    this.#drop(task);
  }

  #lastResort(going: readonly Worker[]): Worker | undefined {
    const others = [...this.workers.values()].filter((worker) =>
      worker.status === "running" && !going.includes(worker)
    );
    if (others.length > 0) return undefined;
    return going.filter((worker) => worker.results.size > 0)
      .toSorted((a, b) => b.results.size - a.results.size)[0];
  }

  /** Moves what only this worker holds to one that stays; false when there is none. */
  #handOver(worker: Worker, going: readonly Worker[]): boolean {
    const heir = [...this.workers.values()].find((other) =>
      other.status === "running" && !going.includes(other)
    );
    for (const task of this.soleResults(worker)) {
      if (heir === undefined) return false;
      if (!task.isBound) this.keep(heir, task);
    }
    if (this.#hasBound(worker)) return false;
    for (const task of worker.results) task.holders.delete(worker);
    return true;
  }

  /** An idle worker takes tasks from one that has more than it can run, or that is paused. */
  #steal(running: readonly Worker[]): void {
    for (const thief of running) {
      if (thief.processing.length >= thief.slots) continue;
      const waiting = (victim: Worker) =>
        victim.status === "paused" || victim.processing.length > victim.slots
          ? victim.processing.findLast((task) => !victim.executing.has(task) && fits(thief, task))
          : undefined;
      const victim = [...this.workers.values()].find((each) => waiting(each) !== undefined);
      if (victim === undefined) continue;
      const task = waiting(victim)!;
      victim.processing.splice(victim.processing.indexOf(task), 1);
      thief.processing.push(task);
      this.#fill(thief);
    }
  }
}

/** Whether a connected client or an unfinished task needs it. */
function isNeeded(task: Task): boolean {
  return task.wanted && task.client.connected || task.dependents.some(isUnfinished);
}

/** Paused, with tasks that it does not start. */
function isStuck({ status, processing, executing }: Worker): boolean {
  return status === "paused" && processing.length > 0 && executing.size === 0;
}

function isUnfinished({ state }: Task): boolean {
  return state === "waiting" || state === "queued" || state === "processing";
}

function fits({ resources }: Worker, { needs }: Task): boolean {
  return Object.entries(needs).every(([name, amount]) => (resources[name] ?? 0) >= amount);
}
