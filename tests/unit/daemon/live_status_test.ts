import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { poolsOf } from "../../../lib/config/pools_of.ts";
import { DECISIONS_SHOWN, liveStatus } from "../../../lib/daemon/live_status.ts";
import type { DaemonSetup } from "../../../lib/daemon/daemon_setup.ts";
import { XcoreError } from "../../../lib/errors.ts";
import type { BaseState } from "../../../lib/platform/base.ts";
import type { Instance } from "../../../lib/model/mod.ts";
import { rulesOf } from "../../../lib/plan/rules.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";
import { attempt, tasks } from "../../support/fakes/builders.ts";
import { World } from "../../support/fakes/world.ts";

const UP: BaseState = {
  state: "up",
  url: "tls://127.0.0.1:8786",
  http: { host: "127.0.0.1", port: 8787 },
  startedAtMs: 0,
};

async function watched(world: World) {
  const place = await placeWith(null);
  const config = await parseConfig(LOCAL, "config.yaml");
  const pools = poolsOf(config);
  const setup: DaemonSetup = {
    prices: null,
    ...{
      config,
      pools,
      waitingKeys: [],
      unknown: null,
      madeError: null,
      provider: world.provider,
      madeMs: 0,
    },
    rules: rulesOf(config, pools, world.provider.pace, null),
    leaseTerms: world.leaseTerms,
    base: {
      ...{
        schedulerWithinS: 60,
        images: null,
        suggestConfig: never,
        check: () => neverAny,
        clockAheadMs: never,
        recorded: never,
        prepare: never,
        plan: never,
        resources: never,
        orphans: never,
        deleteOrphans: never,
        allow: never,
      },
      ...{
        startupPhase: never,
        up: never,
        abandon: never,
        down: never,
        repair: never,
        diagnoseAccess: never,
        log: never,
        machine: never,
      },
      describe: () => Promise.resolve(UP),
    },
  };
  const runtime = { ...place.runtime, clock: world.clock };
  const live = liveStatus({ runtime, home: place.home, history: world.history, sinceMs: 5000 });
  return { live, setup, status: () => live.status(setup, UP), ...disposing(place) };
}

const neverAny: AsyncIterable<never> = { [Symbol.asyncIterator]: () => ({ next: never }) };
const never = () => Promise.reject(new Error("a status changes nothing"));
const disposing = (place: AsyncDisposable) => ({ [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() });

Deno.test("the live status has the last tick's state, and the daemon's process", async () => {
  const world = new World();
  world.report = tasks(1);
  await using daemon = await watched(world);
  const { live, status } = daemon;
  assert.equal((await status()).daemon.last_tick_at, null);
  live.ticked(await world.ticks(1), world.provider);
  const { cluster, daemon: { running, pid, since, last_tick_at }, workers, decisions, demand } =
    await status();
  assert.deepEqual([running, pid], [true, Deno.pid]);
  assert.deepEqual([since, last_tick_at], ["1970-01-01T00:00:05.000Z", "1970-01-01T00:00:01.000Z"]);
  assert.deepEqual([cluster.url, cluster.dashboard_url], [UP.url, "https://127.0.0.1:8787/status"]);
  assert.deepEqual(workers.map(({ name, reason }) => [name, reason]), [["worker-0", "1 task to run"]]);
  assert.deepEqual(decisions.map(({ action, reason }) => [action, reason]), [["launch", "1 task to run"]]);
  assert.equal(demand?.target, 1);
});

Deno.test("the live status shows a launch whose answer is awaited as requested", async () => {
  const world = new World();
  world.history.open.set("1", attempt(["worker-0"]));
  await using daemon = await watched(world);
  assert.deepEqual((await daemon.status()).workers.map(({ name, state }) => [name, state]), [
    ["worker-0", "requested"],
  ]);
});

Deno.test("the live status shows the newest decisions, and not all of them", async () => {
  const world = new World();
  await using daemon = await watched(world);
  for (let i = 0; i < 20; i++) {
    world.history.decided.push({ atMs: i, action: "launch", names: ["worker-0"], reason: `${i}` });
  }
  const { decisions } = await daemon.status();
  assert.deepEqual(decisions.map(({ reason }) => reason).slice(0, 2), ["19", "18"]);
  assert.equal(decisions.length, DECISIONS_SHOWN);
});

Deno.test("the live status has what fails beside the ticks, for as long as it does", async () => {
  await using daemon = await watched(new World());
  const { live, status } = daemon;
  live.recordFailure("config_broken", new XcoreError("Cannot use the change", "Fix it."));
  live.recordFailure("scheduler_gone", new XcoreError("Cannot start the scheduler", "Free the port."));
  const codes = async () => (await status()).problems.map(({ code }) => code);
  assert.deepEqual(await codes(), ["scheduler_gone", "config_broken"]);
  live.recordFailure("config_broken", null);
  live.recordFailure("config_broken", null);
  assert.deepEqual(await codes(), ["scheduler_gone"]);
});

Deno.test("there is a live status though the history cannot be read", async () => {
  const world = new World();
  world.report = tasks(1);
  await using daemon = await watched(world);
  world.history.openAttempts = () => Promise.reject(new Error("disk I/O error"));
  world.history.decisions = () => Promise.reject(new Error("disk I/O error"));
  daemon.live.ticked(await world.ticks(1), world.provider);
  const { problems, decisions, workers } = await daemon.status();
  assert.deepEqual([problems.map(({ code }) => code), decisions, workers], [["history_unwritable"], [], []]);
});

/** A daemon whose worker was launched and is gone without having joined. */
async function afterFailedBoot(world: World) {
  world.report = tasks(1);
  let state = await world.ticks(1);
  const [failed] = world.instances as [Instance];
  world.instances = [];
  state = await world.ticks(1, state);
  return { failed, state };
}

Deno.test("the live status has the last words of the last instance that never joined", async () => {
  const world = new World();
  await using daemon = await watched(world);
  const { failed, state } = await afterFailedBoot(world);
  world.provider.bootLog = (...of: unknown[]) =>
    Promise.resolve({ text: `boot of ${of.join(" ")}\nOSError: no disk`, end: "" });
  daemon.live.ticked(state, world.provider);
  await daemon.status(); // the console is read meanwhile
  const [problem] = (await daemon.status()).problems;
  assert.equal(problem?.code, "boot_failed");
  assert.ok(problem.message.startsWith(failed.name) && problem.message.endsWith("OSError: no disk"));
});

Deno.test("a request for the live status asks no platform, however slow that is", async () => {
  const world = new World();
  await using daemon = await watched(world);
  const { state } = await afterFailedBoot(world);
  let calls = 0;
  const asked = () => {
    calls++;
    return new Promise<never>(() => {});
  };
  const provider = Object.assign(Object.create(world.provider), {
    bootLog: asked,
    list: asked,
    machineTypes: asked,
  });
  daemon.setup.base.describe = asked;
  daemon.live.ticked(state, provider);
  for (let i = 0; i < 3; i++) {
    const { problems } = await daemon.live.status({ ...daemon.setup, provider } as DaemonSetup, UP);
    assert.deepEqual(problems.map(({ code }) => code), ["boot_failed"]);
  }
  assert.equal(calls, 1, "the tick has read the console");
});

Deno.test("the console of an instance that never joined is read again until there is output", async () => {
  const world = new World();
  await using daemon = await watched(world);
  const { failed, state } = await afterFailedBoot(world);
  const outputs = [null, { text: "", end: "" }, { text: "OSError: no disk", end: "" }];
  let reads = 0;
  const provider = {
    bootLog: () =>
      Promise.resolve(reads < outputs.length ? outputs[reads++]! : assert.fail("read once more")),
  };
  const messages: string[] = [];
  for (let i = 0; i < 100; i++) {
    daemon.live.ticked(state, provider);
    world.clock.advance(1000);
    messages.push((await daemon.status()).problems[0]!.message);
  }
  assert.equal(reads, outputs.length);
  assert.equal(messages[0], `${failed.name} never joined`);
  assert.ok(messages.at(-1)!.endsWith("OSError: no disk"));
});
