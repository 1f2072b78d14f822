/**
 * What runs on instances: a worker starts, joins, hangs, loses its scheduler, and powers its
 * instance off.
 * @module
 */

import type { Random } from "../support/fakes/random.ts";
import type { Machine, SimulatedCloud } from "./_cloud.ts";
import type { Chronicle } from "./_chronicle.ts";
import type { SimulatedDask, Task, Worker } from "./_dask.ts";
import { BOOT_TIMEOUTS_S, type CloudKind } from "./_scenario.ts";
import type { Storm } from "./_storm.ts";

/** Dask removes a worker without a heartbeat for so long (distributed.scheduler.worker-ttl). */
export const WORKER_TTL_S = 300;

/** An instance whose worker is not registered for so long powers itself off. */
const SWITCH_S = 600;

/** How often a worker tries to connect to its scheduler, or waits for its name to be free. */
const TRY_EVERY_MS = 5000;

/** What a launch order says about the worker on an instance. */
export interface Order {
  readonly slots: number;
  readonly resources: Readonly<Record<string, number>>;
}

interface Guest {
  readonly machine: Machine;
  readonly order: Order;
  worker: Worker | null;
  /** Its worker has retired, or will never join. */
  over: boolean;
  unregisteredSinceMs: number;
  /** When its cloud reclaims the instance, once there is a spot notice. */
  takenMs?: number;
}

/** The workers on a cluster's instances. */
export class Guests {
  #guests = new Map<string, Guest>();
  #ports = 40_000;
  cloud!: SimulatedCloud;

  constructor(
    readonly kind: CloudKind,
    readonly dask: SimulatedDask,
    readonly storm: Storm,
    readonly random: Random,
    readonly chronicle: Chronicle,
    readonly orderOf: (attemptId: string) => Order,
    readonly isSchedulerUp: () => boolean,
    /** Called with needed results that were lost with a worker. */
    readonly onLoss: (lost: readonly Task[], machine: Machine) => void,
  ) {
    dask.onRetired = (worker) => this.#retired(worker);
  }

  /** The registered worker on an instance, or null. */
  workerOn(instanceId: string): Worker | null {
    const worker = this.#guests.get(instanceId)?.worker ?? null;
    return worker !== null && this.dask.workers.get(worker.name) === worker ? worker : null;
  }

  booted(machine: Machine): void {
    const { timeline } = this.dask;
    const guest: Guest = {
      ...{ machine, order: this.orderOf(machine.attemptId), worker: null },
      ...{ over: false, unregisteredSinceMs: timeline.nowMs },
    };
    this.#guests.set(machine.id, guest);
    this.#watchSwitch(guest);
    if (this.storm.happens("never joins", 1.5)) return;
    timeline.in(this.#lateMs(machine) + this.random.whole(500, 5000), () => this.#join(guest));
  }

  /** A late worker joins at about the time of its boot timeout. */
  #lateMs({ bornMs }: Machine): number {
    if (!this.storm.happens("boots late", 2)) return 0;
    const random = this.storm.of("boots late");
    const joinsMs = random.pick(BOOT_TIMEOUTS_S) * 1000 + random.whole(-3000, 12_000);
    return Math.max(0, bornMs + joinsMs - this.dask.timeline.nowMs);
  }

  /** Its instance has stopped running. */
  ended(machine: Machine): void {
    const guest = this.#guests.get(machine.id);
    if (guest === undefined) return;
    this.#guests.delete(machine.id);
    guest.over = true;
    if (guest.worker !== null) this.#part(guest, guest.worker);
  }

  /** The worker's connection breaks; it reconnects on its own. */
  blink(instanceId: string): boolean {
    const [guest, worker] = [this.#guests.get(instanceId), this.workerOn(instanceId)];
    if (guest === undefined || worker === null || worker.hung) return false;
    this.#part(guest, worker);
    this.dask.timeline.in(this.random.whole(500, 8000), () => this.#join(guest));
    return true;
  }

  /** The worker hangs, and after a while Dask removes it. */
  hang(instanceId: string): boolean {
    const [guest, worker] = [this.#guests.get(instanceId), this.workerOn(instanceId)];
    if (guest === undefined || worker === null) return false;
    worker.hung = true;
    guest.over = true;
    this.dask.timeline.in(WORKER_TTL_S * 1000, () => this.#part(guest, worker));
    return true;
  }

  /** The cloud announces that it reclaims the instance. */
  announce(instanceId: string, takenMs: number): void {
    const guest = this.#guests.get(instanceId);
    if (guest === undefined) return;
    guest.takenMs = takenMs;
    const worker = this.workerOn(instanceId);
    if (worker !== null) this.dask.announce(worker, takenMs);
  }

  /** The scheduler is gone. On `local` its workers end; on an instance the worker restarts. */
  schedulerLost(): void {
    for (const guest of this.#guests.values()) {
      if (guest.worker === null) continue;
      guest.worker = null;
      guest.unregisteredSinceMs = this.dask.timeline.nowMs;
      if (guest.over) continue;
      if (this.kind === "local") this.dask.timeline.in(500, () => this.cloud.remove(guest.machine));
      else {
        this.#watchSwitch(guest);
        this.dask.timeline.in(this.random.whole(2000, 8000), () => this.#join(guest));
      }
    }
  }

  /**
   * No daemon holds the lease any more: idle workers end, and results that no other worker can take
   * are lost.
   */
  endIdle(): void {
    const idle = [...this.dask.workers.values()].filter(({ instanceId, processing, status, hung }) =>
      instanceId !== null && processing.length === 0 && status === "running" && !hung
    ).map(({ name }) => name);
    if (idle.length === 0) return;
    this.chronicle.count("workers end by themselves");
    if (this.dask.requests().length > 0) this.chronicle.count("request: keeps no worker without a daemon");
    this.chronicle.say("dask", () => `no daemon: ${idle.join(", ")} leave`);
    this.dask.retire(idle, 100, ({ kept }) => {
      if (kept.length === 0) return;
      this.dask.cancelHeldBy(kept);
      this.dask.retire(kept, 100, () => {});
    });
  }

  #join(guest: Guest): void {
    const { machine, order } = guest;
    if (guest.over || guest.worker !== null || machine.state !== "running") return;
    const worker: Worker = {
      ...{ name: machine.name, instanceId: machine.id, slots: order.slots, resources: order.resources },
      ...{
        address: `tls://127.0.0.1:${this.#ports++}`,
        joinedMs: this.dask.timeline.nowMs,
        status: "running",
      },
      ...{ hung: false, completed: 0, processing: [], executing: new Set(), results: new Set() },
    };
    if (!this.isSchedulerUp() || !this.dask.register(worker)) {
      return this.dask.timeline.in(TRY_EVERY_MS, () => this.#join(guest));
    }
    guest.worker = worker;
    this.chronicle.say("dask", () => `${worker.name} (${machine.id}) joined`);
    if (guest.takenMs !== undefined) this.dask.announce(worker, guest.takenMs);
    if (this.storm.happens("joins twice", 2)) {
      this.dask.timeline.in(this.random.whole(100, 3000), () => this.blink(machine.id));
    }
  }

  #part(guest: Guest, worker: Worker): void {
    if (guest.worker !== worker) return;
    guest.worker = null;
    guest.unregisteredSinceMs = this.dask.timeline.nowMs;
    this.#watchSwitch(guest);
    this.chronicle.say(
      "dask",
      () => `${worker.name} (${guest.machine.id}) is lost, with ${worker.processing.length} tasks`,
    );
    this.onLoss(this.dask.lose(worker), guest.machine);
  }

  /** Its worker has closed: the instance ends, or powers itself off and has to be deleted. */
  #retired(worker: Worker): void {
    const guest = this.#guests.get(worker.instanceId ?? "");
    if (guest === undefined || guest.worker !== worker) return;
    guest.worker = null;
    guest.over = true;
    if (worker.lacksMemory) this.chronicle.count("paused worker retires");
    this.chronicle.say("dask", () => `${worker.name} (${guest.machine.id}) has closed`);
    this.dask.timeline.in(this.random.whole(200, 5000), () => this.#powerOff(guest));
  }

  #watchSwitch(guest: Guest): void {
    if (this.kind === "local") return;
    const since = guest.unregisteredSinceMs;
    this.dask.timeline.in(SWITCH_S * 1000, () => {
      if (guest.worker === null && guest.unregisteredSinceMs === since) this.#powerOff(guest);
    });
  }

  #powerOff({ machine }: Guest): void {
    if (this.kind === "gce") this.cloud.powerOff(machine);
    else this.cloud.stop(machine);
  }
}
