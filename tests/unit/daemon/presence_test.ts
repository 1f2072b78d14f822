import assert from "node:assert/strict";
import { clusterFacts } from "../../../lib/daemon/live_status.ts";
import { daemonIdOf, daemonPresence, takeDaemonLock } from "../../../lib/daemon/presence.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { type Place, placeWith } from "../config/_home.ts";

/** The machine, where sleeping takes no time. */
function hasty(place: Place): Runtime {
  return { ...place.runtime, clock: { ...place.runtime.clock, sleep: () => Promise.resolve() } };
}

const UP = { state: "up", url: "tls://127.0.0.1:1", http: null, startedAtMs: null } as const;

Deno.test("one daemon runs at a time, and all processes see which", async () => {
  await using place = await placeWith(null);
  const runtime = hasty(place);
  assert.equal(await daemonPresence(runtime, place.home), null);
  const held = await takeDaemonLock(runtime, place.home);
  const presence = await daemonPresence(runtime, place.home);
  assert.equal(presence?.pid, Deno.pid);
  assert.ok(Math.abs(presence.sinceMs - Date.now()) < 60_000);
  assert.equal(await takeDaemonLock(runtime, place.home), null);
  assert.deepEqual(await daemonPresence(runtime, place.home), presence, "who tried in vain changes nothing");
  held!.release();
  assert.equal(await daemonPresence(runtime, place.home), null);
  (await takeDaemonLock(runtime, place.home))!.release();
});

Deno.test("a lock file that no process holds is no daemon, whatever it contains", async () => {
  await using place = await placeWith(null);
  const text = JSON.stringify({ pid: Deno.pid, sinceMs: Date.now() });
  await Deno.writeTextFile(place.home.daemonLock, text);
  assert.equal(await daemonPresence(place.runtime, place.home), null);
  assert.equal(await Deno.readTextFile(place.home.daemonLock), text, "the check changes nothing");
});

Deno.test("processes that check at once do not take each other for a daemon", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  await Deno.writeTextFile(home.daemonLock, JSON.stringify({ pid: 1, sinceMs: 1 }));
  for (let round = 0; round < 20; round++) {
    const seen = await Promise.all(Array.from({ length: 20 }, () => daemonPresence(runtime, home)));
    assert.deepEqual(seen.filter((presence) => presence !== null), []);
  }
});

Deno.test("a daemon gets its lock while others check it", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  let looking = true;
  const look = async () => {
    while (looking) await daemonPresence(runtime, home);
  };
  const lookers = [look(), look(), look()];
  const held = await takeDaemonLock(runtime, home);
  looking = false;
  await Promise.all(lookers);
  assert.notEqual(held, null);
  held!.release();
});

Deno.test("a killed daemon is gone at once, and its lock is free", async () => {
  await using place = await placeWith(null);
  const script = new URL("./_hold_lock.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--cached-only", script],
    env: { XCORE_HOME: place.home.root },
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? "", /^mine/);
  assert.equal((await daemonPresence(place.runtime, place.home))?.pid, child.pid);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  assert.equal(await daemonPresence(place.runtime, place.home), null);
  (await takeDaemonLock(place.runtime, place.home))!.release();
});

Deno.test("a daemon that has not written its process id yet counts as running", async () => {
  await using place = await placeWith(null);
  const lock = await place.runtime.files.tryLock(place.home.daemonLock, "");
  assert.deepEqual(await daemonPresence(place.runtime, place.home), { pid: 0, sinceMs: 0 });
  lock!.release();
});

Deno.test("a daemon's id is not that of the one before, which has ended, while its own is not written yet", async () => {
  await using place = await placeWith(null);
  const before = new Deno.Command("true").spawn();
  await before.status;
  const note = JSON.stringify({ pid: before.pid, sinceMs: Date.now() });
  const lock = await place.runtime.files.tryLock(place.home.daemonLock, note);
  assert.deepEqual(await daemonPresence(place.runtime, place.home), { pid: 0, sinceMs: 0 });
  lock!.release();
});

Deno.test("a command is at work while its lock is held, and not a moment longer", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  const verb = async () => (await clusterFacts(runtime, home, UP)).verb;
  assert.equal(await verb(), null);
  for (const name of ["start", "shutdown"] as const) {
    // One that has only asked who holds it may hold it for a moment longer.
    const lock = await runtime.files.lock(home.verbLock, name);
    assert.equal(await verb(), name);
    lock.release();
    assert.deepEqual(await Promise.all(Array.from({ length: 50 }, verb)), Array(50).fill(null));
  }
  const lock = await runtime.files.lock(home.verbLock, "else");
  assert.equal(await verb(), null);
  lock.release();
});

Deno.test("a daemon's id is the home's on this machine, and not that of a machine of the same name", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  const id = await daemonIdOf(runtime, home);
  assert.equal(await daemonIdOf(runtime, home), id);
  assert.notEqual(await daemonIdOf(runtime, { ...home, dir: `${home.dir}/copy` }), id);
  const booted = (bootId: string | null) => ({
    hostname: "lab-3",
    files: { ...runtime.files, readTextIfExists: () => Promise.resolve(bootId) },
  });
  const twins = ["1f0a2b3c-0000-4000-8000-000000000000\n", "99aa2b3c-0000-4000-8000-000000000000\n", null];
  assert.deepEqual(
    await Promise.all(twins.map((bootId) => daemonIdOf(booted(bootId), home))),
    [`lab-3#1f0a2b3c:${home.dir}`, `lab-3#99aa2b3c:${home.dir}`, `lab-3:${home.dir}`],
  );
});
