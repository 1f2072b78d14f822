/** The clients, each with its kind of work. @module */

import type { Pool } from "../../lib/model/mod.ts";
import { tasksAtOnce } from "../../lib/plan/demand.ts";
import type { Random } from "../support/fakes/random.ts";
import type { Chronicle } from "./_chronicle.ts";
import type { Client, SimulatedDask, Task } from "./_dask.ts";
import type { ClientPlan, Scenario } from "./_scenario.ts";

/** All clients. */
export class Clients {
  #tasks = 0;
  readonly all: Client[] = [];
  /** Tasks whose results clients wait for. */
  #open = new Set<Task>();

  constructor(
    readonly scenario: Scenario,
    readonly dask: SimulatedDask,
    readonly random: Random,
    readonly chronicle: Chronicle,
  ) {
    if (scenario.settings.pools.length > 1) chronicle.count("workload: several pools");
    for (const [i, plan] of scenario.clients.entries()) {
      const { timeline } = dask;
      timeline.in(plan.fromS * 1000, () => this.#arrive(`client-${i}`, plan));
    }
  }

  /** Unfinished tasks that these pools can run; a task that no pool can run has to wait. */
  waiting(pools: readonly Pool[]): Task[] {
    const canRun = (task: Task): boolean =>
      pools.some((pool) => tasksAtOnce(pool, task.needs) > 0) &&
      task.inputs.every((input) => isDone(input) || canRun(input));
    return this.dask.tasks.filter((task) => !isDone(task) && canRun(task));
  }

  /** True while a client keeps results. */
  get hold(): boolean {
    return [...this.dask.workers.values()].some((worker) =>
      worker.instanceId !== null && this.dask.soleResults(worker).length > 0
    );
  }

  /**
   * Seconds that the unfinished tasks take one after the other. Results may move to a worker that
   * hangs: once Dask gives it up, all of them may have to be computed again.
   */
  get workLeftS(): number {
    const isSafe = [...this.dask.workers.values()].every(({ hung }) => !hung);
    const left = new Set<Task>();
    const add = (task: Task) => {
      if (left.has(task) || task.state === "erred" || isSafe && isDone(task)) return;
      left.add(task);
      task.inputs.forEach(add);
    };
    this.dask.tasks.forEach(add);
    return [...left].reduce((sum, { takesMs }) => sum + (takesMs ?? 0) / 1000, 0);
  }

  /** All clients disconnect. */
  leave(): void {
    for (const client of this.all) this.dask.leave(client);
  }

  /** A client disconnects early. */
  leaveOne(random: Random): boolean {
    const here = this.all.filter(({ connected }) => connected);
    if (here.length === 0) return false;
    const client = random.pick(here);
    this.chronicle.say(client.name, () => "leaves");
    this.dask.leave(client);
    return true;
  }

  /**
   * The scheduler has restarted: clients that still wait submit again, and those that held results
   * have lost them.
   */
  resubmit(unfinished: readonly Task[]): void {
    const again = new Map<Task, Task>();
    for (const task of unfinished) {
      if (!task.client.connected || task.takesMs === null) continue;
      if (task.inputs.some((input) => input.takesMs === null)) continue;
      again.set(
        task,
        this.#task(task.client, task.takesMs, task.needs, task.inputs.map((each) => again.get(each) ?? each)),
      );
    }
  }

  #arrive(name: string, plan: ClientPlan): void {
    const client: Client = { name, holdsResults: plan.holdsResults, connected: true };
    this.all.push(client);
    this.dask.clients.push(client);
    this.chronicle.count(`workload: ${plan.workload}`);
    if (plan.holdsResults) this.chronicle.count("workload: holds results");
    this.chronicle.say(
      name,
      () => `arrives: ${plan.workload}${plan.holdsResults ? ", keeps its results" : ""}`,
    );
    const needs = this.#needs();
    const { random } = this;
    switch (plan.workload) {
      case "burst":
        for (let left = random.whole(1, 20); left > 0; left--) {
          this.#task(client, random.whole(1, 20) * 1000, needs);
        }
        return;
      case "poisson":
        return this.#drip(client, random.whole(3, 40) * 1000);
      case "long tail":
        for (let left = random.whole(2, 10); left > 0; left--) {
          this.#task(client, random.whole(200, 3000), needs);
        }
        this.#task(client, random.whole(60, 250) * 1000, needs);
        return;
      case "fan-in":
        return this.#fanIn(client, needs);
      case "scatter":
        return this.#scatter(client, needs);
    }
  }

  /** Tasks one by one, at random times. */
  #drip(client: Client, meanMs: number): void {
    const { dask, random, scenario } = this;
    dask.timeline.in(-Math.log(1 - random.fraction()) * meanMs, () => {
      if (!client.connected || dask.timeline.nowMs > scenario.stormS * 1000) return;
      this.#task(client, random.whole(500, 15_000), this.#needs());
      this.#drip(client, meanMs);
    });
  }

  #fanIn(client: Client, needs: Task["needs"]): void {
    const { random } = this;
    let layer: Task[] = [];
    for (let width = random.whole(3, 8); width > 0; width = width === 1 ? 0 : Math.ceil(width / 2)) {
      const inputs = layer;
      layer = Array.from(
        { length: width },
        () => this.#task(client, random.whole(500, 10_000), needs, inputs),
      );
      for (const input of inputs) input.wanted = client.holdsResults;
    }
  }

  #scatter(client: Client, needs: Task["needs"]): void {
    const { dask, random, chronicle } = this;
    dask.scatter(client, (worker) => {
      const data = this.#make(client, null, {}, []);
      dask.tasks.push(data);
      dask.keep(worker, data);
      chronicle.say(client.name, () => `has sent its input to ${worker.name}`);
      dask.timeline.in(100, () => {
        if (!client.connected || data.state !== "memory") return;
        for (let left = random.whole(1, 5); left > 0; left--) {
          this.#task(client, random.whole(500, 8000), needs, [data]);
        }
      });
    });
  }

  #needs(): Task["needs"] {
    const hasGpus = this.scenario.settings.pools.length > 1;
    return hasGpus && this.random.chance(0.4) ? { GPU: 1 } : {};
  }

  #task(client: Client, takesMs: number, needs: Task["needs"], inputs: readonly Task[] = []): Task {
    const task = this.#make(client, takesMs, needs, inputs);
    this.dask.submit(task);
    return task;
  }

  #make(client: Client, takesMs: number | null, needs: Task["needs"], inputs: readonly Task[]): Task {
    const key = `task-${this.#tasks++}`;
    return {
      ...{ key, client, needs, takesMs, inputs, dependents: [], holders: new Set(), run: 0, isBound: false },
      ...{ state: "waiting", wanted: true },
    };
  }
}

function isDone({ state }: Task): boolean {
  return state === "memory" || state === "erred";
}
