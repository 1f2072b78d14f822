/** All that a tick works with, in memory. */

import assert from "node:assert/strict";
import type { CostSoFar, Instance, LeaseTerms, SchedulerReport } from "../../../lib/model/mod.ts";
import type { Rules } from "../../../lib/plan/rules.ts";
import type { Deps } from "../../../lib/reconcile/deps.ts";
import { FIRST_STATE, type TickState } from "../../../lib/reconcile/tick_state.ts";
import { tick } from "../../../lib/reconcile/tick.ts";
import { rules } from "./builders.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeCloud, FakeProvider } from "./fake_provider.ts";
import { FakeScheduler } from "./fake_scheduler.ts";
import { MemoryHistory } from "./memory_history.ts";
import { Recorder } from "./recorder.ts";
import { DEFAULT_TERMS } from "../../../lib/protocol/messages.ts";

/** A scheduler, a cloud and a history; daemons come and go. */
export class World {
  readonly recorder = new Recorder();
  readonly clock = new FakeClock();
  readonly cloud = new FakeCloud(this.clock);
  readonly provider = new FakeProvider(this.cloud, this.recorder);
  readonly scheduler = new FakeScheduler(this.recorder);
  readonly history = new MemoryHistory(this.recorder);
  readonly log: string[] = [];
  rules: Rules = rules();
  prices: Deps["prices"] = null;
  daemonId = "daemon-1";
  leaseTerms: LeaseTerms = DEFAULT_TERMS;
  /** What the cluster has cost. */
  spent: CostSoFar | null = null;
  /** What every draw between 0 and 1 is; with this one, waits are as long as they can be. */
  fraction = 0.999;
  #hexes = 0;

  /** What a daemon works with. */
  get deps(): Deps {
    const { provider, scheduler, history, clock, rules, prices, daemonId, leaseTerms } = this;
    return {
      ...{ provider, scheduler, history, clock, rules, prices, daemonId, leaseTerms },
      spent: () => this.recorder.call(() => this.spent, "spent"),
      random: { hex: () => String(++this.#hexes), fraction: () => this.fraction },
      log: { info: (line) => void this.log.push(line), warn: (line) => void this.log.push(`! ${line}`) },
    };
  }

  /** That many ticks, a second before each; fails when one did what no tick may do. */
  async ticks(count: number, from: TickState = FIRST_STATE): Promise<TickState> {
    let state = from;
    for (let i = 0; i < count; i++) {
      this.clock.advance(1000);
      state = await tick(this.deps, state);
      assert.deepEqual(this.recorder.unexpected, []);
    }
    return state;
  }

  get report(): SchedulerReport | null {
    return this.scheduler.says;
  }

  set report(says: SchedulerReport | null) {
    this.scheduler.says = says;
  }

  get instances(): Instance[] {
    return this.cloud.instancesOf(this.provider.clusterId);
  }

  set instances(instances: readonly Instance[]) {
    this.cloud.put(this.provider.clusterId, instances);
  }

  get calls(): string[] {
    return this.recorder.calls;
  }

  /** Calls but those that only look. */
  get deeds(): string[] {
    return this.calls.filter((call) => !/^(list|report|lease|openAttempts|launched|spent)\b/.test(call));
  }
}
