/**
 * When each fault occurs. Each draws from a random stream of its own, so that removing one does not
 * change the others.
 * @module
 */

import { Random } from "../support/fakes/random.ts";
import type { Chronicle } from "./_chronicle.ts";
import { type Fault, FAULTS, type Scenario, ZONES } from "./_scenario.ts";
import type { Timeline } from "./_timeline.ts";

/** Faults that last for a while, and for how many seconds at most. */
const SPELLS: Partial<Record<Fault, number>> = {
  "quota reached": 120,
  "out of stock": 200,
  "zone unreachable": 600,
  "scheduler unreachable": 180,
  "disk full": 90,
  "sum unreadable": 180,
};

/** The faults, until the storm is over. */
export class Storm {
  /** The zone and the purchase option that a fault concerns now. */
  zone: string = ZONES[0];
  market = "spot";
  #streams: ReadonlyMap<Fault, Random>;
  #now = new Set<Fault>();
  isOver = false;

  constructor(readonly scenario: Scenario, readonly timeline: Timeline, readonly chronicle: Chronicle) {
    this.#streams = new Map(FAULTS.map((fault, i) => [fault, new Random(scenario.seed * 31337 + i * 1009)]));
    for (const fault of Object.keys(SPELLS) as Fault[]) {
      if (scenario.faults.has(fault)) this.#spells(fault, SPELLS[fault]!);
    }
  }

  /** The random stream of a fault, for its details. */
  of(fault: Fault): Random {
    return this.#streams.get(fault)!;
  }

  /** Whether it happens at this occasion; `share` makes it rarer than others. */
  happens(fault: Fault, share = 1): boolean {
    if (this.isOver || !this.scenario.faults.has(fault)) return false;
    if (!this.of(fault).chance(this.scenario.hardness * share)) return false;
    this.note(fault);
    return true;
  }

  /** Whether it lasts now. */
  isOn(fault: Fault): boolean {
    return this.#now.has(fault);
  }

  /** Counts an occurrence. */
  note(fault: Fault): void {
    this.chronicle.count(`fault: ${fault}`);
  }

  /** Schedules a few occurrences during the storm. */
  strike(fault: Fault, most: number, happen: (random: Random) => boolean): void {
    const { faults, stormS } = this.scenario;
    if (!faults.has(fault)) return;
    const random = this.of(fault);
    for (let left = random.whole(1, most); left > 0; left--) {
      this.timeline.in(random.fraction() * stormS * 1000, () => {
        if (!this.isOver && happen(random)) this.note(fault);
      });
    }
  }

  /** Ends all faults. */
  end(): void {
    this.isOver = true;
    this.#now.clear();
  }

  #spells(fault: Fault, longestS: number): void {
    const random = this.of(fault);
    for (let left = random.whole(1, 3); left > 0; left--) {
      const forMs = random.whole(10, longestS) * 1000;
      this.timeline.in(random.fraction() * this.scenario.stormS * 1000, () => {
        if (this.isOver) return;
        if (fault === "zone unreachable") this.zone = random.pick(ZONES);
        if (fault === "out of stock") this.market = random.pick(["spot", "on-demand"]);
        this.#now.add(fault);
        this.chronicle.say("storm", () => `${fault} for ${forMs / 1000} s`);
        this.timeline.in(forMs, () => this.#now.delete(fault));
      });
    }
  }
}
