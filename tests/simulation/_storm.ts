/**
 * When what goes wrong. Each fault draws from a stream of its own: without one, the others stay as
 * they were.
 * @module
 */

import { Random } from "../fakes/random.ts";
import type { Chronicle } from "./_chronicle.ts";
import { type Fault, FAULTS, type Scenario, ZONES } from "./_scenario.ts";
import type { Timeline } from "./_timeline.ts";

/** Faults that last for a while, and for how many seconds at most. */
const SPELLS: Partial<Record<Fault, number>> = {
  "quota reached": 120,
  "out of stock": 200,
  "zone unreachable": 120,
  "scheduler unreachable": 180,
  "disk full": 90,
};

/** What goes wrong, until it is over. */
export class Storm {
  /** Which zone and market are meant now, where that matters. */
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

  /** The stream of a fault, for what it needs to know beside whether it happens. */
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

  /** Whether its spell is on now. */
  isOn(fault: Fault): boolean {
    return this.#now.has(fault);
  }

  /** It made itself felt. */
  note(fault: Fault): void {
    this.chronicle.count(`fault: ${fault}`);
  }

  /** Arranges that it happens some times while the storm lasts. */
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

  /** From now on nothing goes wrong. */
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
