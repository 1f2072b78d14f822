/** A cloud in memory: instances boot and stop as its clock goes, and names can be out of stock. */

import { CapacityError } from "../../../lib/errors.ts";
import {
  type Attempt,
  type Instance,
  type LaunchOutcome,
  type Listing,
  NO_MACHINE_TYPES,
} from "../../../lib/model/mod.ts";
import type { Pace, Provider } from "../../../lib/platform/provider.ts";
import type { Clock } from "../../../lib/runtime.ts";
import { instance } from "./builders.ts";
import { Recorder } from "./recorder.ts";

interface Made {
  readonly clusterId: string;
  readonly instance: Instance;
  readonly bornMs: number;
  toldMs: number | null;
}

/** What is behind a {@linkcode FakeProvider}; what is made in it stays when a provider is gone. */
export interface Cloud {
  /** The instances of a cluster that are not gone, all of them and as they are. */
  instancesOf(clusterId: string): Instance[];
  /** What a caller is told of them. */
  listing(clusterId: string): Listing;
  launch(clusterId: string, attempt: Attempt): LaunchOutcome;
  /** Whether that attempt was carried out: then it is not a second time. */
  isUsed(clusterId: string, attemptId: string): boolean;
  /** Tells instances to end. */
  tell(clusterId: string, ids: readonly string[]): void;
}

/** A cloud that does as it is told. */
export class FakeCloud implements Cloud {
  bootS = 0;
  stopS = 0;
  /** Names for which there is no capacity. */
  refused: readonly string[] = [];
  #made: Made[] = [];
  #tokens = new Map<string, readonly string[]>();
  #count = new Map<string, number>();

  constructor(readonly clock: Clock) {}

  instancesOf(clusterId: string): Instance[] {
    const nowMs = this.clock.monotonicMs();
    this.#made = this.#made.filter(({ toldMs }) => toldMs === null || nowMs - toldMs < this.stopS * 1000);
    return this.#made.filter((made) => made.clusterId === clusterId).map((made) => this.#look(made, nowMs));
  }

  listing(clusterId: string): Listing {
    return { instances: this.instancesOf(clusterId), complete: true };
  }

  /** As if these were all that there is of the cluster. */
  put(clusterId: string, instances: readonly Instance[]): void {
    const bornMs = this.clock.monotonicMs();
    this.#made = [
      ...this.#made.filter((made) => made.clusterId !== clusterId),
      ...instances.map((instance) => ({ clusterId, instance, bornMs, toldMs: null })),
    ];
  }

  /** One instance a name that is in stock; the same token again makes nothing. */
  launch(clusterId: string, attempt: Attempt): LaunchOutcome {
    const token = `${clusterId} ${attempt.id}`;
    if (!this.#tokens.has(token)) {
      const names = attempt.names.filter((name) => !this.refused.includes(name));
      if (names.length === 0) throw new CapacityError("Cannot launch workers: none left", "Wait.");
      this.#tokens.set(token, names.map((name) => this.#make(clusterId, attempt, name)));
    }
    const ids = this.#tokens.get(token) ?? [];
    return { instances: this.instancesOf(clusterId).filter(({ id }) => ids.includes(id)) };
  }

  isUsed(clusterId: string, attemptId: string): boolean {
    return this.#tokens.has(`${clusterId} ${attemptId}`);
  }

  tell(clusterId: string, ids: readonly string[]): void {
    const toldMs = this.clock.monotonicMs();
    for (const made of this.#made) {
      if (made.clusterId === clusterId && ids.includes(made.instance.id)) made.toldMs ??= toldMs;
    }
  }

  #make(clusterId: string, attempt: Attempt, name: string): string {
    const count = (this.#count.get(name) ?? 0) + 1;
    this.#count.set(name, count);
    const { id: attemptId, pool, type, accelerator, zone, market } = attempt;
    const id = count === 1 ? `i-${name}` : `i-${name}.${count}`;
    const made = instance(name, { id, attemptId, pool, type, accelerator, zone, market });
    this.#made.push({ clusterId, instance: made, bornMs: this.clock.monotonicMs(), toldMs: null });
    return id;
  }

  #look({ instance, bornMs, toldMs }: Made, nowMs: number): Instance {
    const ageS = instance.ageS + (nowMs - bornMs) / 1000;
    const booted = ageS >= this.bootS ? instance.state : "pending";
    return { ...instance, ageS, state: toldMs === null ? booted : "stopping" };
  }
}

/** One cluster's view of a cloud. */
export class FakeProvider implements Provider {
  readonly name = "local";
  readonly logEveryS = 1;
  pace: Pace = { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: 5 };

  constructor(
    readonly cloud: Cloud,
    readonly recorder = new Recorder(),
    readonly clusterId = "xcore-00000000",
  ) {}

  async *check(): ReturnType<Provider["check"]> {
    yield await Promise.resolve({ name: "Cloud", outcome: "passed", message: "it is there", fix: null });
  }

  machineTypes(): ReturnType<Provider["machineTypes"]> {
    return Promise.resolve(NO_MACHINE_TYPES);
  }

  list(): Promise<Listing> {
    return this.recorder.call(() => this.cloud.listing(this.clusterId), "list");
  }

  launch(attempt: Attempt): Promise<LaunchOutcome> {
    const launch = () => {
      const twin = this.cloud.instancesOf(this.clusterId)
        .find(({ name, attemptId }) => attempt.names.includes(name) && attemptId !== attempt.id);
      const isNew = !this.cloud.isUsed(this.clusterId, attempt.id);
      if (isNew && twin !== undefined) this.recorder.refuse(`a second instance named ${twin.name}`);
      return this.cloud.launch(this.clusterId, attempt);
    };
    return this.recorder.call(launch, "launch", attempt.id, ...attempt.names);
  }

  terminate(ids: readonly string[]): Promise<void> {
    return this.recorder.call(() => this.cloud.tell(this.clusterId, ids), "terminate", ...ids);
  }

  /** They print nothing. */
  bootLog(name: string, attemptId: string | null): ReturnType<Provider["bootLog"]> {
    const isThere = this.cloud.instancesOf(this.clusterId).some((instance) =>
      instance.name === name && (attemptId === null || instance.attemptId === attemptId)
    );
    return Promise.resolve(isThere ? { text: "", end: "" } : null);
  }
}
