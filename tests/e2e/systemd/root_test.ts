/** Root's daemon, a system unit: installed, crashed in all ways, given up, rebooted, moved, removed. @module */

import assert from "node:assert/strict";
import { until } from "../local/harness.ts";
import { Account } from "./account.ts";
import { JOB, SLOW_JOB } from "./_jobs.ts";
import { Machine } from "./machine.ts";

const SECRET = 'a"b$c\\d `e`';

Deno.test("root's daemon under systemd", async (t) => {
  await using machine = await Machine.boot();
  const root = await Account.on(machine, "root");
  await root.setUp();
  const { cluster } = await root.status();
  const unit = `xcore@${cluster.id}.service`;

  const crash = (signal: string) => root.systemctl("kill", "--kill-whom=main", `--signal=${signal}`, unit);

  await t.step("start installs a unit that starts at boot, with no secret in it", async () => {
    // A watchdog that is quicker than a person would want it, and crashes that count however long the test takes.
    await root.ok(`mkdir -p /etc/systemd/system/${unit}.d
      printf '[Unit]\\nStartLimitIntervalSec=3600\\n[Service]\\nWatchdogSec=15\\n' > /etc/systemd/system/${unit}.d/quick.conf`);
    await root.ok("xcore start", { AWS_SECRET_ACCESS_KEY: SECRET });
    const report = await root.daemon();
    assert.equal(report.unit, unit);
    assert.equal((await root.status()).daemon.unit, unit);
    assert.equal((await root.systemctl("is-enabled", unit)).stdout.trim(), "enabled");

    const environment = await Deno.readTextFile(machine.path(`/proc/${report.pid}/environ`));
    assert.ok(environment.split("\0").includes(`AWS_SECRET_ACCESS_KEY=${SECRET}`));
    const shown = await root.systemctl("show", unit);
    const text = await Deno.readTextFile(machine.path(`/etc/systemd/system/${unit}`));
    assert.ok(!shown.stdout.includes(SECRET) && !text.includes(SECRET));
    assert.equal((await Deno.stat(root.path(".xcore/daemon.env"))).mode! & 0o777, 0o600);
  });

  await t.step("systemd finds nothing wrong with the unit, and rates it below 4.0", async () => {
    const verified = await machine.enter(["systemd-analyze", "verify", `/etc/systemd/system/${unit}`]);
    assert.deepEqual(verified, { code: 0, stdout: "", stderr: "" });
    const { stdout } = await machine.enter(["systemd-analyze", "security", "--no-pager", unit]);
    const [, exposure = "none"] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    assert.ok(Number(exposure) < 4, `exposure ${exposure}\n${stdout}`);
  });

  await t.step(
    "a daemon that crashes or hangs is started again, and its job goes on undisturbed",
    async () => {
      const job = root.python(SLOW_JOB);
      const busy = await until(
        "the task runs",
        () => root.status(),
        ({ workers }) => workers[0]?.executing === 1,
      );
      let restarts = 0;
      // V8 takes a first SIGSEGV that it did not cause for one of WebAssembly's, and lets go of the signal.
      await crash("SEGV");
      await root.daemon();
      for (const signal of ["SEGV", "KILL", "STOP"]) {
        await crash(signal);
        restarts++;
        await root.untilDaemon(
          `it is started again after SIG${signal}`,
          (report) => report.restarts === restarts && report.last_tick_at !== null,
        );
      }
      const log = await root.ok("xcore daemon log -n 1000");
      assert.match(log, /systemd: .*status=11\/SEGV/);
      assert.match(log, /systemd: .*Watchdog timeout/);
      assert.match(log, /INFO watching/);

      const after = await root.status();
      assert.deepEqual(
        after.workers.map(({ id }) => id),
        busy.workers.map(({ id }) => id),
      );
      await root.ok("touch task-may-end");
      const { code, stdout, stderr } = await job;
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "ran 1 times\n");
    },
  );

  await t.step("after five crashes systemd gives up, which is said, until a person starts it", async () => {
    await crash("KILL");
    await root.untilDaemon(
      "it is started a fifth time",
      (report) => report.restarts === 4 && report.last_tick_at !== null,
    );
    await crash("KILL");
    const given = await root.untilDaemon(
      "systemd gives up",
      ({ last_error }) => /gave up/.test(last_error ?? ""),
    );
    assert.equal(given.running, false);
    const { problems } = await root.status();
    assert.match(
      problems.find(({ code }) => code === "daemon_not_running")?.message ?? "",
      /not running: it ended 5 times within minutes and systemd gave up; the last time it was killed by signal 9/,
    );
    await root.ok("xcore daemon start");
    assert.equal((await root.daemon()).restarts, 0);
  });

  await t.step("a daemon that is stopped is not started again until a person does", async () => {
    await root.ok("xcore daemon stop");
    assert.equal((await root.systemctl("is-active", unit)).stdout.trim(), "inactive");
    await root.ok("xcore daemon start");
  });

  await t.step("start finds that the program was moved or upgraded, and writes the unit again", async () => {
    const before = await root.daemon();
    assert.match(await root.ok("xcore start 2>&1"), /Nothing was changed/);
    await root.ok(
      `mkdir -p /opt/1 /opt/bin && cp $(which xcore) /opt/1/xcore && ln -s ../1/xcore /opt/bin/xcore
      bundle=$(dirname $(which xcore))/xcore.bundle # a launcher's
      [ ! -e $bundle ] || cp -r $bundle /opt/1/
      xcore daemon stop && PATH=/opt/bin:$PATH xcore daemon start`,
    );
    const unitText = await Deno.readTextFile(machine.path(`/etc/systemd/system/${unit}`));
    assert.match(unitText, /^ExecStart="\/opt\/bin\/xcore" /m);

    await root.ok(
      `cp -pr /opt/1 /opt/2 && ln -sfn ../2/xcore /opt/bin/xcore
      if [ -e /opt/2/xcore.bundle ]; then echo "# build: 2" >>/opt/2/xcore; else touch /opt/2/xcore; fi`,
    );
    assert.match(
      await root.ok("/opt/bin/xcore start 2>&1", { PATH: "/opt/bin:/usr/bin:/bin" }),
      /^Restarted the daemon: the program/m,
    );
    const after = await root.daemon();
    assert.notEqual(after.pid, before.pid);
    await root.ok("rm -r /opt/1");
    await root.ok("xcore daemon stop && systemctl start " + unit); // what a boot would do
    assert.ok((await root.daemon()).running);
  });

  await t.step("after a reboot the daemon is back with its scheduler, and jobs run", async () => {
    await machine.halt();
    await machine.start();
    await root.untilDaemon("the daemon is back", ({ last_tick_at }) => last_tick_at !== null);
    await until("the scheduler is back", () => root.status(), ({ demand }) => demand !== null);
    const { code, stdout, stderr } = await root.python(JOB);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "42\n");
  });

  await t.step("shutdown leaves no unit, no process and no secret", async () => {
    assert.match(await root.ok("xcore shutdown --yes"), /Nothing is left/);
    const { stdout } = await root.systemctl("list-units", "--all", "--no-legend", "--plain", "xcore*");
    assert.equal(stdout, "");
    assert.equal((await root.systemctl("is-enabled", unit)).code, 1);
    assert.deepEqual(await root.processes(), []);
    for (const name of ["daemon.env", "job.env", "service.json"]) {
      assert.equal((await root.login(`test -e .xcore/${name}`)).code, 1, name);
    }
  });

  await t.step("uninstall leaves no home, nor a unit that a shutdown has lost sight of", async () => {
    await root.ok("xcore start");
    const refused = await root.login("xcore uninstall --yes");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /still exists \(its daemon/);
    await root.ok("rm .xcore/service.json && xcore shutdown --yes");
    assert.equal((await root.systemctl("is-enabled", unit)).stdout.trim(), "enabled");
    const file = `/etc/systemd/system/${unit}`;
    const said = await root.ok("xcore uninstall --yes 2>&1");
    assert.ok(said.includes(`Removed ${root.folder}/.xcore\nRemoved ${file}\n`), said);
    assert.equal((await root.login(`test -e .xcore || test -e ${file}`)).code, 1);
    assert.equal((await root.systemctl("is-enabled", unit)).code, 1);
    assert.deepEqual(await root.processes(), []);
  });
});
