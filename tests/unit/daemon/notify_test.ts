import assert from "node:assert/strict";
import {
  eventFinder,
  type Happened,
  notifications,
  notify,
  type NotifyEvent,
} from "../../../lib/daemon/notify.ts";
import type { XcoreError } from "../../../lib/errors.ts";
import { type Decision, problem } from "../../../lib/model/mod.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { FakeClock } from "../../support/fakes/fake_clock.ts";
import { type Place, placeWith } from "../config/_home.ts";

const CLUSTER = { name: "lab", id: "lab-0a1b2c3d", provider: "aws" };

const EVENT: NotifyEvent = {
  event: "worker_lost",
  at: "2026-11-30T03:12:00.000Z",
  cluster: CLUSTER,
  message: `1 worker lost: "quoted", $HOME and 'more'`,
  hint: null,
};

/** What runs in this home for an event; its clock may run fast. */
async function ran(command: string, runtime?: (place: Place) => Runtime) {
  await using place = await placeWith(null);
  const result = await notify(runtime?.(place) ?? place.runtime, place.home, command, EVENT);
  const left = [...Deno.readDirSync(place.home.run)].map(({ name }) => name);
  return { ...result, left };
}

Deno.test("notify() gives the event to the command as one line of JSON, and leaves no file", async () => {
  const { output, failure, left } = await ran("cat; exit 0");
  assert.deepEqual(JSON.parse(output), EVENT);
  assert.deepEqual([failure, left], [null, []]);
});

Deno.test("notify() tells how a command failed, and what it printed on either output", async () => {
  const { output, failure } = await ran("echo one; echo two >&2; exit 7");
  assert.match(failure!, /\b7\b/);
  assert.equal(output, "one two");
  assert.match((await ran("no-such-command-of-anyone")).failure!, /\b127\b/);
});

Deno.test("notify() keeps a little of a command that floods, and reads the rest", async () => {
  const { output, failure } = await ran("yes 0123456789 | head -c 20000000; echo end");
  assert.equal(failure, null);
  assert.ok(output.length > 1000 && output.length <= 4000, String(output.length));
});

Deno.test("notify() kills a command that hangs with all that it has started, after its time", async () => {
  await using place = await placeWith(null);
  const pids = `${place.home.dir}/pids`;
  // Its half minute is over as soon as both processes have said who they are.
  const clock = {
    ...place.runtime.clock,
    async sleep(ms: number, signal?: AbortSignal) {
      if (ms !== 30_000) return await place.runtime.clock.sleep(ms, signal);
      while ((await Deno.readTextFile(pids).catch(() => "")).split("\n").length < 3) {
        await place.runtime.clock.sleep(20);
      }
    },
  };
  const command =
    `trap '' TERM; echo $$ >>"${pids}"; sh -c 'trap "" TERM; echo $$ >>"${pids}"; sleep 600' & wait`;
  const { failure } = await notify({ ...place.runtime, clock }, place.home, command, EVENT);
  assert.match(failure!, /30 s/);
  for (const pid of (await Deno.readTextFile(pids)).trim().split("\n").map(Number)) {
    while (place.runtime.isAlive(pid)) await place.runtime.clock.sleep(20);
  }
});

function died(name: string, atMs: number): Decision {
  return { atMs, action: "died", names: [name], reason: `${name}: its connection was lost` };
}

/** A finder that is asked each minute. */
function finding(before: readonly Decision[] = []) {
  const clock = new FakeClock();
  const find = eventFinder(clock);
  find({ problems: [], decisions: before, idleS: null });
  return (seen: Partial<Parameters<typeof find>[0]>) => {
    clock.advance(60_000);
    return find({ problems: [], decisions: before, idleS: null, ...seen });
  };
}

const names = (found: readonly Happened[]) => found.map(({ event }) => event);

Deno.test("each worker that is lost is told once, those of one check together", () => {
  const old = died("worker-9", 1);
  const find = finding([old]);
  assert.deepEqual(find({ decisions: [old] }), []);
  const both = [died("worker-1", 3), died("worker-0", 2), old];
  const [one, ...others] = find({ decisions: both });
  assert.deepEqual([one!.event, others], ["worker_lost", []]);
  assert.match(one!.message, /worker-1.*worker-0/);
  assert.deepEqual(find({ decisions: both }), []);
  assert.equal(find({ decisions: [died("worker-0", 4), ...both] }).length, 1);
});

Deno.test("a hundred lost workers are one short message", () => {
  const [one] = finding()({ decisions: Array.from({ length: 100 }, (_, i) => died(`worker-${i}`, i)) });
  assert.ok(one!.message.length < 500);
  assert.match(one!.message, /^100 workers .* 95 more$/);
});

Deno.test("what keeps from launching is told once it lasts, and again only after it was over", () => {
  const find = finding();
  const problems = [problem("launch_failed", "no capacity")];
  assert.deepEqual(find({ problems }), []);
  assert.deepEqual(names(find({ problems })), ["launch_impossible"]);
  assert.deepEqual(find({ problems: [problem("launch_failed", "in other words")] }), []);
  assert.deepEqual([find({}), find({ problems })], [[], []]);
  assert.deepEqual(names(find({ problems })), ["launch_impossible"]);
});

Deno.test("a cluster that is idle for an hour is told once, until it was in use", () => {
  const find = finding();
  assert.deepEqual(find({ idleS: 3599 }), []);
  assert.deepEqual(names(find({ idleS: 3600 })), ["cluster_idle"]);
  assert.deepEqual(find({ idleS: 9999 }), []);
  assert.deepEqual(find({ idleS: null }), []);
  assert.deepEqual(names(find({ idleS: 3601 })), ["cluster_idle"]);
});

Deno.test("budgets are told, and problems of no concern are not", () => {
  const find = finding();
  const of = (code: string) => problem(code as never, "spent", "raise it");
  assert.deepEqual(names(find({ problems: [of("budget_low"), of("budget_reached"), of("cluster_old")] })), [
    "budget_low",
    "budget_reached",
  ]);
});

const IDLE: Happened = { event: "cluster_idle", cause: "cluster_idle", message: "idle", hint: null };

/** Notifications whose command is what a test makes of it. */
function telling(place: Place, outcome: () => Promise<string | null> = () => Promise.resolve(null)) {
  const told: string[] = [];
  const failures: (XcoreError | null)[] = [];
  const log: string[] = [];
  const { runtime, home } = place;
  const notified = notifications({
    ...{ runtime, home, cluster: CLUSTER },
    log: { info: (line) => log.push(line), warn: (line) => log.push(`! ${line}`) },
    recordFailure: (error) => failures.push(error),
    async run(_runtime, _home, _command, { message }) {
      const failure = await outcome();
      told.push(message);
      return { output: "", failure };
    },
  });
  return { notified, told, failures, log };
}

Deno.test("a cause is told once an hour, over a restart of the daemon too", async () => {
  await using place = await placeWith(null);
  await Deno.mkdir(place.home.run);
  const first = telling(place);
  first.notified.tell("x", [IDLE, IDLE]);
  await first.notified.idle();
  assert.equal(first.told.length, 1);
  const second = telling(place);
  second.notified.tell("x", [IDLE]);
  await second.notified.idle();
  assert.deepEqual(second.told, []);
  const nowMs = () => Date.now() + 3_600_000;
  const later = telling({
    ...place,
    runtime: { ...place.runtime, clock: { ...place.runtime.clock, nowMs } },
  });
  later.notified.tell("x", [IDLE]);
  await later.notified.idle();
  assert.equal(later.told.length, 1);
});

Deno.test("tell() does not wait for the command, which gets one event after the other, and no endless queue", async () => {
  await using place = await placeWith(null);
  const gate = Promise.withResolvers<null>();
  const { notified, told, log } = telling(place, () => gate.promise);
  const events = Array.from({ length: 30 }, (_, i) => ({ ...IDLE, cause: `${i}`, message: `${i}` }));
  notified.tell("x", events);
  assert.deepEqual(told, []);
  gate.resolve(null);
  await notified.idle();
  assert.deepEqual(told, events.slice(0, 20).map(({ message }) => message));
  assert.equal(log.filter((line) => line.startsWith("! ")).length, 10);
});

Deno.test("a command that fails is a problem until it works, or there is none", async () => {
  await using place = await placeWith(null);
  let failure: string | null = "it ended with exit code 1";
  const { notified, failures } = telling(place, () => Promise.resolve(failure));
  notified.tell("x", [IDLE]);
  await notified.idle();
  assert.match(failures.at(-1)!.message, /exit code 1/);
  failure = null;
  notified.tell("x", [{ ...IDLE, cause: "another" }]);
  await notified.idle();
  assert.equal(failures.at(-1), null);
  notified.tell(null, [IDLE]);
  assert.equal(failures.at(-1), null);
});
