/** What goes on at a scheduler whose workers are a cloud's instances: they join, run tasks and hold results. */

import type { DaskWorker, Instance, RunnableGroup } from "../../lib/model/mod.ts";
import { daskWorker, report } from "./builders.ts";
import type { World } from "./world.ts";

/** A task that has not been finished. */
interface Task {
  readonly needs: Readonly<Record<string, number>>;
  readonly takesS: number;
  /** On which instance, and for how long yet; or null. */
  runs: { readonly id: string; leftS: number } | null;
}

export class FakeDask {
  /** Seconds from an instance's launch until its worker joins. */
  joinsAfterS = 5;
  tasks: Task[] = [];
  /** Names of workers that were ended while a task ran on them. */
  readonly lostAtWork: string[] = [];
  finished = 0;
  #workers = new Map<string, DaskWorker>();
  #retired = new Set<string>();

  constructor(
    readonly world: World,
    readonly resourcesOf: (pool: string) => Readonly<Record<string, number>>,
  ) {}

  submit(count: number, needs: Task["needs"], takesS: number): void {
    for (let i = 0; i < count; i++) this.tasks.push({ needs, takesS, runs: null });
  }

  /** A second goes by. */
  second(): void {
    this.#takeLeave();
    this.#meet();
    for (const task of this.tasks) if (task.runs !== null) task.runs.leftS--;
    this.#finish();
    this.#hand();
    this.world.report = report({ runnable: this.#groups(), workers: [...this.#workers.values()] });
  }

  /** Whom the daemon has retired in the last second, and whose instance is gone. */
  #takeLeave(): void {
    const says = new Set((this.world.report?.workers ?? []).map(({ name }) => name));
    const instances = this.world.instances;
    for (const [id, { name }] of this.#workers) {
      const there = instances.some((instance) => instance.id === id && instance.state === "running");
      if (this.world.report !== null && !says.has(name)) this.#retired.add(id);
      if (there && !this.#retired.has(id)) continue;
      this.#workers.delete(id);
      for (const task of this.tasks) {
        if (task.runs?.id !== id) continue;
        task.runs = null;
        this.lostAtWork.push(name);
      }
    }
  }

  #meet(): void {
    for (const { id, name, ageS, state, pool } of this.world.instances) {
      if (state !== "running" || ageS < this.joinsAfterS || this.#retired.has(id)) continue;
      if (this.#workers.has(id)) continue;
      this.#workers.set(id, daskWorker(name, { resources: this.resourcesOf(pool) }));
    }
  }

  #finish(): void {
    for (const task of this.tasks.filter(({ runs }) => runs !== null && runs.leftS <= 0)) {
      const worker = this.#workers.get(task.runs!.id)!;
      this.#workers.set(task.runs!.id, {
        ...worker,
        completed: worker.completed + 1,
        processing: 0,
        executing: 0,
      });
      this.tasks = this.tasks.filter((other) => other !== task);
      this.finished++;
    }
  }

  #hand(): void {
    for (const task of this.tasks.filter(({ runs }) => runs === null)) {
      const free = [...this.#workers].find(([, { processing, resources }]) =>
        processing === 0 &&
        Object.entries(task.needs).every(([name, amount]) => (resources[name] ?? 0) >= amount)
      );
      if (free === undefined) continue;
      const [id, worker] = free;
      this.#workers.set(id, { ...worker, processing: 1, executing: 1 });
      task.runs = { id, leftS: task.takesS };
    }
  }

  #groups(): RunnableGroup[] {
    const groups = Map.groupBy(this.tasks, ({ needs }) => JSON.stringify(needs));
    return [...groups].map(([needs, tasks]) => ({ resources: JSON.parse(needs), count: tasks.length }));
  }
}

/** What a spot market does. */
export function takeAway(world: World, instance: Instance): void {
  world.instances = world.instances.filter(({ id }) => id !== instance.id);
}
