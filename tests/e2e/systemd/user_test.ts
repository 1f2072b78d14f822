/** A user's daemon, a user unit with lingering: logout, and power cuts at the worst moments. @module */

import assert from "node:assert/strict";
import { until } from "../local/harness.ts";
import { testPython } from "../../support/test_python.ts";
import { Account } from "./account.ts";
import { JOB, SLOW_JOB } from "./_jobs.ts";
import { Machine } from "./machine.ts";

/** A name that is hard to get right in a unit. */
const HOME = `/home/ann/my "home" [a] 50% $x é`;

/** A stand-in for Python that holds workers back for as long as there is a file `closed`. */
const GATE = `#!/bin/sh
case "$1" in */worker.py)
  echo $$ >> "$HOME/arrived"
  while [ -e "$HOME/closed" ]; do sleep 0.1; done
esac
exec ${testPython()} "$@"
`;

Deno.test("a user's daemon under systemd", async (t) => {
  await using machine = await Machine.boot();
  const ann = await Account.on(machine, "ann", { XCORE_HOME: HOME });
  await ann.linger();
  await ann.setUp("max_idle_time_s 2 max_workers 2");

  await t.step("it outlives the login that started it, and the job goes on", async () => {
    await ann.ok("xcore start");
    const { unit } = await ann.daemon();
    assert.match(unit ?? "", /^xcore@xcore-[0-9a-f]{8}\.service$/);
    assert.equal((await ann.systemctl("is-enabled", unit!)).stdout.trim(), "enabled");
    const job = ann.python(SLOW_JOB);
    await until("the task runs", () => ann.status(), ({ workers }) => workers[0]?.executing === 1);
    // Every look is a login that has ended: none of them may have taken anything along.
    const before = await ann.daemon();
    await ann.ok("true");
    assert.equal((await ann.daemon()).pid, before.pid);
    await ann.ok("touch task-may-end");
    const { code, stdout, stderr } = await job;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "ran 1 times\n");
  });

  await t.step("stopping the unit leaves scheduler and workers alone", async () => {
    await ann.ok("rm task-may-end begun");
    const job = ann.python(SLOW_JOB);
    const { workers: [busy] } = await until(
      "the task runs",
      () => ann.status(),
      ({ workers }) => workers[0]?.executing === 1,
    );
    await ann.ok("xcore daemon stop && sleep 1 && xcore daemon start");
    const { workers: [after] } = await until(
      "it is seen again",
      () => ann.status(),
      ({ workers }) => workers[0]?.state === "running",
    );
    assert.equal(after?.id, busy?.id);
    await ann.ok("touch task-may-end");
    assert.equal((await job).stdout, "ran 1 times\n");
  });

  await t.step("a power cut in the middle of a launch: after the boot the launch is made good", async () => {
    await ann.ok(
      `printf '%s' "$GATE" > gate; chmod 755 gate; : > closed; : > arrived
      xcore config set python $HOME/gate && xcore restart --yes`,
      { GATE },
    );
    const lost = ann.python(JOB);
    await until("a worker is being started", () => ann.ok("cat arrived"), (text) => text !== "");
    await machine.powerCut();
    await lost;

    await machine.start();
    await ann.untilDaemon("the daemon is back", ({ last_tick_at }) => last_tick_at !== null);
    await until("the scheduler is back", () => ann.status(), ({ demand }) => demand !== null);
    await until(
      "the launch is made again",
      () => ann.ok("xcore daemon log -n 1000"),
      (log) => / launch worker-0 again/.test(log),
    );
    await ann.ok("rm closed");
    assert.equal((await ann.python(JOB)).stdout, "42\n");
    const { workers } = await ann.status();
    assert.equal(new Set(workers.map(({ name }) => name)).size, workers.length);
    assert.ok(workers.length <= 2);
    await until("all have left", () => ann.status(), ({ workers }) => workers.length === 0);
  });

  await t.step(
    "a power cut in the middle of a shutdown: nothing comes back, and it can be gone on with",
    async () => {
      await ann.ok("rm -f task-may-end begun");
      const job = ann.python(SLOW_JOB);
      await until("the task runs", () => ann.status(), ({ workers }) => workers[0]?.executing === 1);
      await ann.ok("pkill -STOP -f run/worker.py"); // it will take its time to end
      const run = machine.path(`${HOME}/run`); // a login for each look would take too long
      const shutdown = ann.login("xcore shutdown --yes");
      await until(
        "workers are being ended",
        () => Array.fromAsync(Deno.readDir(run), ({ name }) => name),
        (names) => names.some((name) => name.endsWith(".ending")),
      );
      await machine.powerCut();
      await Promise.all([job, shutdown]);

      await machine.start();
      await ann.systemctl("is-system-running", "--wait");
      assert.equal((await ann.daemon()).running, false);
      assert.deepEqual(await ann.processes(), []);
      assert.match(await ann.ok("xcore shutdown --yes"), /Nothing is left/);
      await ann.ok("xcore start");
      assert.equal((await ann.python(JOB)).stdout, "42\n");
      await ann.ok("xcore shutdown --yes");
      assert.deepEqual(await ann.processes(), []);
      const { stdout } = await ann.systemctl("list-units", "--all", "--no-legend", "--plain", "xcore*");
      assert.equal(stdout, "");
    },
  );

  await t.step("the daemon shuts an idle cluster down, by a unit beside its own", async () => {
    await ann.ok("xcore start && xcore config set shutdown_when_idle_h 0.001");
    const { cluster: { shut_down } } = await until(
      "the daemon has shut the cluster down",
      () => ann.status(),
      ({ cluster: { state, shut_down } }) => state === "down" && shut_down?.finished === true,
    );
    assert.equal(shut_down!.by, "daemon");
    assert.match(await ann.ok("xcore logs shutdown"), /Nothing is left/);
    await until(
      "no unit is there any more",
      () => ann.systemctl("list-units", "--all", "--no-legend", "--plain", "xcore*"),
      ({ stdout }) => stdout === "",
    );
    assert.deepEqual(await ann.processes(), []);
  });
});
