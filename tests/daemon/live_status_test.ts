import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import { poolsOf } from "../../lib/config/pools.ts";
import { DECISIONS_SHOWN, liveStatus } from "../../lib/daemon/live_status.ts";
import type { Working } from "../../lib/daemon/working.ts";
import { XcoreError } from "../../lib/errors.ts";
import type { Instance } from "../../lib/model/mod.ts";
import type { BaseState } from "../../lib/platform/base.ts";
import { rulesOf } from "../../lib/reconcile/rules_of.ts";
import { placeWith } from "../config/_home.ts";
import { LOCAL } from "../config/_texts.ts";
import { attempt, tasks } from "../fakes/builders.ts";
import { World } from "../fakes/world.ts";

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
  const working: Working = {
    ...{ config, pools, waitingKeys: [], unknown: null, provider: world.provider },
    rules: rulesOf(config, pools, world.provider.pace),
    leaseTerms: world.leaseTerms,
    base: {
      ...{
        schedulerWithinS: 60,
        images: null,
        suggestConfig: never,
        check: () => neverAny,
        clockAheadMs: never,
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
  const live = liveStatus({ runtime, home: place.home, journal: world.journal, sinceMs: 5000 });
  return { live, working, status: () => live.status(working, UP), ...disposing(place) };
}

const neverAny: AsyncIterable<never> = { [Symbol.asyncIterator]: () => ({ next: never }) };
const never = () => Promise.reject(new Error("a status changes nothing"));
const disposing = (place: AsyncDisposable) => ({ [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() });

Deno.test("the live status has the last tick's state, and who the daemon is", async () => {
  const world = new World();
  world.report = tasks(1);
  await using daemon = await watched(world);
  const { live, status } = daemon;
  assert.equal((await status()).daemon.last_tick_at, null);
  live.ticked(await world.ticks(1));
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
  world.journal.open.set("1", attempt(["worker-0"]));
  await using daemon = await watched(world);
  assert.deepEqual((await daemon.status()).workers.map(({ name, state }) => [name, state]), [
    ["worker-0", "requested"],
  ]);
});

Deno.test("the live status shows the newest decisions, and not all of them", async () => {
  const world = new World();
  await using daemon = await watched(world);
  for (let i = 0; i < 20; i++) {
    world.journal.decided.push({ atMs: i, action: "launch", names: ["worker-0"], reason: `${i}` });
  }
  const { decisions } = await daemon.status();
  assert.deepEqual(decisions.map(({ reason }) => reason).slice(0, 2), ["19", "18"]);
  assert.equal(decisions.length, DECISIONS_SHOWN);
});

Deno.test("the live status has what fails beside the ticks, for as long as it does", async () => {
  await using daemon = await watched(new World());
  const { live, status } = daemon;
  live.noteFailure("config", new XcoreError("Cannot follow the change", "Mend it."));
  live.noteFailure("mend", new XcoreError("Cannot start the scheduler", "Free the port."));
  const codes = async () => (await status()).problems.map(({ code }) => code);
  assert.deepEqual(await codes(), ["config_broken", "scheduler_gone"]);
  live.noteFailure("config", null);
  live.noteFailure("config", null);
  assert.deepEqual(await codes(), ["scheduler_gone"]);
});

Deno.test("there is a live status though the history cannot be read", async () => {
  const world = new World();
  world.report = tasks(1);
  await using daemon = await watched(world);
  world.journal.openAttempts = () => Promise.reject(new Error("disk I/O error"));
  world.journal.decisions = () => Promise.reject(new Error("disk I/O error"));
  daemon.live.ticked(await world.ticks(1));
  const { problems, decisions, workers } = await daemon.status();
  assert.deepEqual([problems.map(({ code }) => code), decisions, workers], [["history_unwritable"], [], []]);
});

Deno.test("the live status has the last words of the last instance that never joined", async () => {
  const world = new World();
  world.report = tasks(1);
  await using daemon = await watched(world);
  let state = await world.ticks(1);
  const [lost] = world.instances as [Instance];
  world.instances = [];
  state = await world.ticks(1, state);
  world.provider.bootLog = (...of: unknown[]) =>
    Promise.resolve({ text: `boot of ${of.join(" ")}\nOSError: no disk`, end: "" });
  daemon.live.ticked(state);
  const [problem] = (await daemon.status()).problems;
  assert.equal(problem?.message, `${lost.name} never joined; ${lost.name} said: OSError: no disk`);
  world.provider.bootLog = () => Promise.reject(new Error("away"));
  assert.equal((await daemon.status()).problems[0]?.message, `${lost.name} never joined`);
});
