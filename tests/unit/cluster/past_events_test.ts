import assert from "node:assert/strict";
import { join } from "node:path";
import { eventText } from "../../../lib/cli/decision_text.ts";
import { eventsOf, followEvents, type PastEvent, pastEvents } from "../../../lib/cluster/past_events.ts";
import { homeOf } from "../../../lib/config/home.ts";
import type { Decision, Life } from "../../../lib/model/mod.ts";
import { openHistory } from "../../../lib/status/history.ts";
import { machine } from "../../support/machine.ts";

const LAUNCH: Decision = {
  atMs: 1_000,
  action: "launch",
  names: ["worker-0", "worker-1"],
  reason: "2 tasks to run",
};
const RETIRE: Decision = { atMs: 90_000, action: "retire", names: ["worker-0"], reason: "no task for 60 s" };
const LIFE: Life = {
  ...{
    id: "i-0",
    name: "worker-0",
    kind: "worker",
    pool: "default",
    type: "t3.small",
    zone: "us-east-1a",
    market: "spot",
  },
  ...{ startedMs: 2_000, endedMs: 122_000, lastSeenMs: 122_000, rates: [] },
};

const told = (events: readonly PastEvent[]) => events.map(({ what, names }) => `${what} ${names.join()}`);

Deno.test("eventsOf() puts decisions and lives into one order, and leaves out what is older than it goes back", () => {
  assert.deepEqual(told(eventsOf([RETIRE, LAUNCH], [LIFE])), [
    "launch worker-0,worker-1",
    "began worker-0",
    "retire worker-0",
    "gone worker-0",
  ]);
  assert.deepEqual(told(eventsOf([RETIRE], [{ ...LIFE, endedMs: null }], 90_000)), ["retire worker-0"]);
});

Deno.test("eventText() says in a line when, what, whom and why", () => {
  const lines = eventsOf([RETIRE, LAUNCH], [LIFE]).map((event) =>
    eventText(event).slice("2026-11-30 03:12:07".length)
  );
  assert.deepEqual(lines, [
    "  launched worker-0, worker-1: 2 tasks to run",
    "  worker-0 began: t3.small in us-east-1a, spot",
    "  retired worker-0: no task for 60 s",
    "  worker-0 is gone, after 2 min",
  ]);
  const many = { ...LAUNCH, names: Array.from({ length: 100 }, (_, i) => `worker-${i}`) };
  assert.match(eventText(eventsOf([many], [])[0]!), /launched worker-0, .*worker-4 and 95 more: /);
});

Deno.test("followEvents() tells the newest, and then each further one once", async () => {
  await using here = await machine();
  here.vars["XCORE_HOME"] = join(here.dir, "home");
  const { runtime } = here;
  const scope = {
    runtime: { ...runtime, clock: { ...runtime.clock, sleep: () => Promise.resolve() } },
    home: homeOf(runtime, null),
  };
  assert.deepEqual(await pastEvents(scope, 5), [], "no history yet");
  await runtime.files.mkdir(scope.home.dir);
  const history = openHistory(scope.home.history);
  await history.record([LAUNCH, { ...LAUNCH, atMs: 1_500, names: ["worker-2"] }]);
  assert.deepEqual(told(await pastEvents(scope, 1)), ["launch worker-2"]);
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const event of followEvents(scope, 1, stop.signal)) {
    seen.push(...told([event]));
    if (seen.length === 1) await history.record([RETIRE]);
    if (seen.length === 2) stop.abort();
  }
  history.close();
  assert.deepEqual(seen, ["launch worker-2", "retire worker-0"]);
});
