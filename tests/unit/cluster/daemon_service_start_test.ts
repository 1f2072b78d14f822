import assert from "node:assert/strict";
import { dirname } from "node:path";
import { type DaemonService, startDaemon, waitForFirstTick } from "../../../lib/cluster/daemon_service.ts";
import { serveControl } from "../../../lib/daemon/control.ts";
import { takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { PrerequisiteError, XcoreError } from "../../../lib/errors.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import type { Service } from "../../../lib/service/service.ts";
import { statusOf } from "../../../lib/status/status_of.ts";
import { failure, type Place, placeWith } from "../config/_home.ts";
import { input } from "../status/_input.ts";

/** A clock on which nothing has to be waited for. */
function hasty({ runtime }: Place): Runtime {
  let nowMs = 0;
  const sleep = async (ms: number) => {
    nowMs += 10 * ms;
    await runtime.clock.sleep(1);
  };
  return { ...runtime, clock: { ...runtime.clock, monotonicMs: () => nowMs, sleep } };
}

/** A service whose daemon is what `start` makes of it. */
function serviceThat(start: () => Promise<void>, isActive: () => boolean): DaemonService {
  const state = () => Promise.resolve({ active: isActive(), pid: null, restarts: 0, failure: null });
  return { service: { start, state } as Partial<Service> as Service, outdated: false };
}

/** Answers on the home's socket as the daemon with this process id. */
function answerAs({ runtime, home }: Place, pid: number, lastTickAt: string | null = null) {
  const status = statusOf(input());
  return serveControl(runtime, home, {
    status: () => Promise.resolve({ ...status, daemon: { ...status.daemon, pid, last_tick_at: lastTickAt } }),
    stop() {},
  });
}

Deno.test("startDaemon() returns the daemon that answers and holds the lock", async () => {
  await using place = await placeWith(null);
  const { home } = place;
  const runtime = hasty(place);
  let close = () => Promise.resolve();
  const daemon = serviceThat(async () => {
    close = await answerAs(place, Deno.pid, "2026-01-01T00:00:00.000Z");
    const lock = (await takeDaemonLock(place.runtime, home))!;
    const closeSocket = close;
    close = async () => {
      await closeSocket();
      lock.release();
    };
  }, () => true);
  const { presence, started } = await startDaemon({ runtime, home }, daemon);
  assert.deepEqual([presence.pid, started], [Deno.pid, true]);
  await waitForFirstTick({ runtime, home }, daemon, presence);
  await close();
});

Deno.test("startDaemon() takes no answer for the daemon's that is of another process than the one with the lock", async () => {
  await using place = await placeWith(null);
  const { home } = place;
  const close = await answerAs(place, Deno.pid + 1);
  let lock = null;
  const daemon = serviceThat(async () => {
    lock = await takeDaemonLock(place.runtime, home);
  }, () => true);
  const error = await failure(startDaemon({ runtime: hasty(place), home }, daemon));
  assert.ok(error instanceof XcoreError, String(error));
  lock!.release();
  await close();
});

Deno.test("startDaemon() starts nothing where the socket's folder is open to others", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  await Deno.mkdir(dirname(home.controlSocket));
  await Deno.chmod(dirname(home.controlSocket), 0o777);
  const daemon = serviceThat(() => assert.fail("it is started"), () => true);
  assert.ok(await failure(startDaemon({ runtime, home }, daemon)) instanceof PrerequisiteError);
});

Deno.test("waitForFirstTick() fails for a daemon that has ended, and waits where its service starts another", async () => {
  await using place = await placeWith(null);
  const scope = { runtime: hasty(place), home: place.home };
  const presence = { pid: Deno.pid, sinceMs: 0 };
  await Deno.mkdir(place.home.logs);
  await Deno.writeTextFile(
    `${place.home.logs}/daemon.out`,
    "\n2026-01-01T00:00:00.000Z WARN ended: Cannot do it: no\nCannot do it: no\nDo other.\n",
  );
  for (
    const daemon of [
      { service: null, outdated: false },
      serviceThat(() => Promise.resolve(), () => false),
    ]
  ) {
    const error = await failure(waitForFirstTick(scope, daemon, presence));
    assert.ok(error instanceof XcoreError);
    assert.ok(error.message.endsWith(": Cannot do it: no"), error.message);
    assert.equal(error.hint, "Do other.");
  }
  await waitForFirstTick(scope, serviceThat(() => Promise.resolve(), () => true), presence);
});
