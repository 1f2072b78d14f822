/**
 * A cloud with an account that several clusters share: it runs short, says what was true a while
 * ago, and takes away.
 */

import { CapacityError, QuotaError } from "../../lib/errors.ts";
import type { Attempt, CloudState, Instance, LaunchOutcome, Listing } from "../../lib/model/mod.ts";
import type { Cloud } from "../support/fakes/fake_provider.ts";
import type { Timeline } from "./_timeline.ts";

/** The fate of an instance, drawn at its launch. Milliseconds count from the launch. */
export interface Fate {
  /** Until it is running; infinite: it never boots. */
  readonly bootMs: number;
  /** How long it takes to stop once it is terminated. */
  readonly stopMs: number;
  /** How often it has to be terminated. */
  readonly tells: number;
  /** When listings do not show it. */
  readonly hiddenMs: readonly [from: number, until: number];
  /** How long listings still show it once it is gone. */
  readonly ghostMs: number;
  /** When it is ended before it has run, though the launch was accepted; infinite: never. */
  readonly refusedMs: number;
  readonly zone: string | null;
}

/** How long a listing tells of one that was refused: EC2 shows a terminated instance for an hour. */
const TELLS_OF_REFUSED_MS = 3600_000;

/** An instance as it really is. */
export interface Machine extends Omit<Instance, "state" | "ageS" | "address"> {
  readonly clusterId: string;
  readonly attemptId: string;
  readonly bornMs: number;
  readonly fate: Fate;
  state: CloudState | "gone";
  tells: number;
  goneMs: number;
}

/** What decides how the cloud behaves. */
export interface Climate {
  /** The names for which it has capacity, or the quota that they exceed. */
  granted(attempt: Attempt): "quota" | readonly string[];
  fateOf(attempt: Attempt, name: string): Fate;
  /** Zones that do not answer now. */
  unreachable(): readonly string[];
  /** Whether a listing shows this entry twice. */
  repeats(): boolean;
  launching(clusterId: string, attempt: Attempt): void;
  launched(attempt: Attempt): void;
  telling(clusterId: string, ids: readonly string[], machines: readonly Machine[]): void;
  booted(machine: Machine): void;
  /** It has stopped running. */
  ended(machine: Machine): void;
  /** It is not there any more. */
  gone(machine: Machine): void;
}

/** The account. */
export class SimulatedCloud implements Cloud {
  #machines = new Map<string, Machine>();
  #ghosts: Machine[] = [];
  /** Those that were ended before they ran. */
  readonly refused: Machine[] = [];
  #tokens = new Map<string, readonly string[]>();
  #made = 0;

  constructor(readonly timeline: Timeline, readonly climate: Climate) {}

  /** All that are not gone, of any cluster. */
  get machines(): Machine[] {
    return [...this.#machines.values()];
  }

  instancesOf(clusterId: string): Instance[] {
    return this.machines.filter((machine) => machine.clusterId === clusterId).map((machine) =>
      this.#look(machine)
    );
  }

  listing(clusterId: string): Listing {
    const nowMs = this.timeline.nowMs;
    const unreachable = this.climate.unreachable();
    this.#ghosts = this.#ghosts.filter(({ goneMs, fate }) => nowMs < goneMs + fate.ghostMs);
    const instances: Instance[] = [];
    for (const machine of [...this.#machines.values(), ...this.#ghosts]) {
      if (machine.clusterId !== clusterId || isHidden(machine, nowMs)) continue;
      if (machine.zone !== null && unreachable.includes(machine.zone)) continue;
      instances.push(this.#look(machine));
      if (this.climate.repeats()) instances.push(this.#look(machine));
    }
    const refused = this.refused
      .filter((machine) => machine.clusterId === clusterId && nowMs < machine.goneMs + TELLS_OF_REFUSED_MS)
      .map(({ id, name }) => ({ id, error: new CapacityError(`Cannot launch ${name}: none left`, "Wait.") }));
    return {
      ...{ instances, complete: unreachable.length === 0 },
      ...(unreachable.length > 0 && { silent: unreachable }),
      ...(refused.length > 0 && { refused }),
    };
  }

  launch(clusterId: string, attempt: Attempt): LaunchOutcome {
    const token = `${clusterId} ${attempt.id}`;
    const before = this.#tokens.get(token);
    if (before === undefined && attempt.zone !== null && this.climate.unreachable().includes(attempt.zone)) {
      throw new Error(`zone ${attempt.zone} does not answer`);
    }
    this.climate.launching(clusterId, attempt);
    if (before === undefined) {
      this.#tokens.set(token, this.#make(clusterId, attempt));
      this.climate.launched(attempt);
    }
    const ids = this.#tokens.get(token)!;
    return { instances: this.instancesOf(clusterId).filter(({ id }) => ids.includes(id)) };
  }

  isUsed(clusterId: string, attemptId: string): boolean {
    return this.#tokens.has(`${clusterId} ${attemptId}`);
  }

  #make(clusterId: string, attempt: Attempt): string[] {
    const names = this.climate.granted(attempt);
    if (names === "quota") {
      throw new QuotaError("Cannot launch workers: the quota is reached", "Ask for more.");
    }
    if (names.length === 0) throw new CapacityError("Cannot launch workers: none left", "Wait.");
    return names.map((name) => this.create(clusterId, attempt, name).id);
  }

  /** Creates an instance. */
  create(clusterId: string, attempt: Attempt, name: string): Machine {
    const { pool, type, accelerator, market } = attempt;
    const fate = this.climate.fateOf(attempt, name);
    const machine: Machine = {
      ...{ id: `i-${++this.#made}`, name, attemptId: attempt.id, clusterId, pool, type, accelerator, market },
      ...{ zone: fate.zone, fate, bornMs: this.timeline.nowMs, state: "pending", tells: 0, goneMs: Infinity },
    };
    this.#machines.set(machine.id, machine);
    if (fate.refusedMs < Infinity) this.timeline.in(fate.refusedMs, () => this.#refuse(machine));
    else if (fate.bootMs < Infinity) this.timeline.in(fate.bootMs, () => this.#boot(machine));
    return machine;
  }

  tell(clusterId: string, ids: readonly string[]): void {
    const told = this.machines.filter((machine) => ids.includes(machine.id));
    const stuck = told.find(({ zone }) => zone !== null && this.climate.unreachable().includes(zone));
    if (stuck !== undefined) throw new Error(`zone ${stuck.zone} does not answer`);
    this.climate.telling(clusterId, ids, told);
    for (const machine of told) {
      if (machine.clusterId === clusterId && ++machine.tells >= machine.fate.tells) this.stop(machine);
    }
  }

  /** It is stopping, and is gone after a while. */
  stop(machine: Machine): void {
    if (machine.state === "stopping" || machine.state === "gone") return;
    machine.state = "stopping";
    this.climate.ended(machine);
    this.timeline.in(machine.fate.stopMs, () => this.remove(machine));
  }

  /** It is powered off, and has to be deleted. */
  powerOff(machine: Machine): void {
    if (machine.state === "stopping" || machine.state === "gone") return;
    machine.state = "stopped";
    this.climate.ended(machine);
  }

  /** It is gone at once. */
  remove(machine: Machine): void {
    if (machine.state === "gone") return;
    const wasUp = machine.state !== "stopping" && machine.state !== "stopped";
    machine.state = "gone";
    machine.goneMs = this.timeline.nowMs;
    this.#machines.delete(machine.id);
    if (machine.fate.ghostMs > 0) this.#ghosts.push(machine);
    if (wasUp) this.climate.ended(machine);
    this.climate.gone(machine);
  }

  #refuse(machine: Machine): void {
    if (machine.state !== "pending") return;
    this.remove(machine);
    this.refused.push(machine);
  }

  #boot(machine: Machine): void {
    if (machine.state !== "pending") return;
    machine.state = "running";
    this.climate.booted(machine);
  }

  #look(machine: Machine): Instance {
    const { id, name, attemptId, pool, type, accelerator, zone, market, bornMs } = machine;
    // A gone instance is listed as it was last.
    const state = machine.state === "gone" ? "stopping" : machine.state;
    const ageS = (this.timeline.nowMs - bornMs) / 1000;
    return { id, name, attemptId, pool, type, accelerator, zone, market, state, ageS, address: null };
  }
}

function isHidden({ bornMs, fate: { hiddenMs: [from, until] } }: Machine, nowMs: number): boolean {
  return nowMs >= bornMs + from && nowMs < bornMs + until;
}
