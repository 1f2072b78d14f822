import assert from "node:assert/strict";
import { schedulerLives, schedulerRecorder } from "../../../lib/daemon/scheduler_lives.ts";
import type { InstanceLife } from "../../../lib/platform/base.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { MemoryHistory } from "../../support/fakes/memory_history.ts";

/** A base whose scheduler's machine was launched in second 100. */
class FakeMachine {
  id = "i-1";
  life: InstanceLife = "running";
  isSilent = false;
  isThere = true;

  readonly base = {
    machine: () =>
      Promise.resolve(
        !this.isThere ? null : {
          id: this.id,
          address: "192.0.2.1",
          launchedAtMs: () => this.#answer(100_000),
          life: () => this.#answer(this.life),
        },
      ),
  };

  #answer<T>(value: T): Promise<T> {
    return this.isSilent ? Promise.reject(new Error("no answer")) : Promise.resolve(value);
  }
}

const PRICES = {
  schedulerRate: { machineUsd: 0.02, diskUsd: 0.01 },
  billing: { minimumS: 60, stoppingCosts: false },
};
const CONFIG = { schedulerType: "t3.small" };

function factsOf({ base }: FakeMachine, nowS: number, answers: boolean) {
  return { base, config: CONFIG, prices: PRICES, nowMs: nowS * 1000, answers };
}

Deno.test("schedulerLives() begins at the launch of the scheduler's machine, whenever it is asked", async () => {
  const [life, ...others] = await schedulerLives([], factsOf(new FakeMachine(), 500, true));
  assert.deepEqual(others, []);
  const { lastSeenMs, rates, ...about } = life!;
  assert.deepEqual(about, {
    ...{ id: "i-1", name: "scheduler", kind: "scheduler", pool: null, type: "t3.small", zone: null },
    ...{ market: "on-demand", startedMs: 100_000, endedMs: null },
  });
  assert.deepEqual([lastSeenMs, rates], [500_000, [{ ...PRICES.schedulerRate, fromMs: 100_000 }]]);
});

Deno.test("schedulerLives() of one that does not answer goes by what the cloud says of its machine", async () => {
  const machine = new FakeMachine();
  const known = await schedulerLives([], factsOf(machine, 500, true));
  const asked = async (nowS: number) => (await schedulerLives(known, factsOf(machine, nowS, false)))[0]!;
  assert.deepEqual((await asked(600)).rates.length, 1);
  machine.life = "off";
  assert.deepEqual((await asked(600)).rates[1], { machineUsd: 0, diskUsd: 0.01, fromMs: 600_000 });
  machine.life = "gone";
  assert.equal((await asked(700)).endedMs, 700_000);
  machine.isSilent = true;
  assert.deepEqual(await asked(800), known[0]);
});

Deno.test("schedulerLives() ends the one before at the launch of the next, and the last one when there is none", async () => {
  const machine = new FakeMachine();
  const known = [{ ...(await schedulerLives([], factsOf(machine, 90, true)))[0]!, startedMs: 50_000 }];
  machine.id = "i-2";
  const next = await schedulerLives(known, factsOf(machine, 500, true));
  assert.deepEqual(next.map(({ id, startedMs, endedMs }) => [id, startedMs, endedMs]), [
    ["i-1", 50_000, 100_000],
    ["i-2", 100_000, null],
  ]);
  machine.isThere = false;
  const none = await schedulerLives(known, factsOf(machine, 600, false));
  assert.deepEqual(none.map(({ id, endedMs }) => [id, endedMs]), [["i-1", 600_000]]);
});

Deno.test("schedulerRecorder() writes once a minute, and at once where prices are new", async () => {
  const [clock, history, machine] = [new FakeClock(), new MemoryHistory(), new FakeMachine()];
  const record = schedulerRecorder(history, clock);
  const written = () => history.recorder.calls.length;
  for (let s = 0; s < 60; s++, clock.advance(1000)) await record(factsOf(machine, 500 + s, true));
  assert.equal(written(), 1);
  const dearer = { ...PRICES, schedulerRate: { machineUsd: 0.04, diskUsd: 0.01 } };
  await record({ ...factsOf(machine, 570, true), prices: dearer });
  assert.equal(written(), 2);
  const [life] = await history.lives(0);
  assert.deepEqual(life!.rates.map(({ fromMs, machineUsd }) => [fromMs, machineUsd]), [
    [100_000, 0.02],
    [570_000, 0.04],
  ]);
  await record({ ...factsOf(machine, 580, true), prices: null });
  assert.equal(written(), 2);
});
