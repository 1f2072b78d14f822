import assert from "node:assert/strict";
import { tickNotifier } from "../../../lib/service/systemd.ts";
import { type Answer, fakeMachine } from "./_machine.ts";

/** A daemon that ticks at these seconds; returns what systemd was told, and what the log was. */
async function told(
  seconds: readonly number[],
  env: Readonly<Record<string, string>>,
  answer: (command: string) => Answer = () => undefined,
) {
  await using machine = await fakeMachine(answer, { env });
  let nowMs = 0;
  const clock = { ...machine.runtime.clock, monotonicMs: () => nowMs };
  const warnings: string[] = [];
  const tick = tickNotifier({ ...machine.runtime, clock }, (line) => warnings.push(line));
  const heard: string[] = [];
  for (const second of seconds) {
    nowMs = second * 1000;
    tick();
    await new Promise((resolve) => setTimeout(resolve)); // whatever it tells is told
    heard.push(...machine.commands.splice(0).map((command) => `${second} ${command}`));
  }
  return { heard, warnings };
}

const UNIT = { NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "120000000" };

Deno.test("the first tick says that the daemon is ready, later ones feed the watchdog now and then", async () => {
  const { heard, warnings } = await told([1, 2, 19, 21, 22, 60, 61], UNIT);
  assert.deepEqual(heard, [
    "1 systemd-notify READY=1",
    "21 systemd-notify WATCHDOG=1",
    "60 systemd-notify WATCHDOG=1",
  ]);
  assert.deepEqual(warnings, []);
});

Deno.test("a watchdog that is quicker is fed more often", async () => {
  const { heard } = await told([0, 1, 2, 3], { ...UNIT, WATCHDOG_USEC: "6000000" });
  assert.equal(heard.length, 4);
});

Deno.test("what could not be told is told at the next tick, and complained of once", async () => {
  let tries = 0;
  const { heard, warnings } = await told(
    [1, 2, 3, 4],
    UNIT,
    () => ++tries < 3 ? { code: 1, stderr: "no\n" } : undefined,
  );
  assert.deepEqual(heard, [
    "1 systemd-notify READY=1",
    "2 systemd-notify READY=1",
    "3 systemd-notify READY=1",
  ]);
  assert.deepEqual(warnings, ["Cannot notify systemd of READY=1: no"]);
});

Deno.test("a daemon that is a plain process notifies no service manager", async () => {
  assert.deepEqual((await told([1, 2], {})).heard, []);
});
