/** What systemd may refuse, each in its own clear line; and what works anyway. @module */

import assert from "node:assert/strict";
import { Account } from "./account.ts";
import { JOB } from "./_jobs.ts";
import { Machine } from "./machine.ts";

Deno.test("where systemd refuses", async (t) => {
  await using machine = await Machine.boot();
  await machine.enter(["systemctl", "mask", "--now", "polkit.service"]); // nobody who could grant a right

  const bob = await Account.on(machine, "bob");
  await bob.setUp();

  await t.step(
    "no right to linger: a plain process, which a logout does not end, and who to ask",
    async () => {
      const { stderr } = await bob.login("xcore start");
      assert.match(
        stderr,
        /^The daemon runs as a plain process \(systemd would stop it .*: Could not enable linger: .*\).* `loginctl enable-linger bob`\.$/m,
      );
      const report = await bob.daemon();
      assert.equal(report.running, true);
      assert.equal(report.unit, null);
      assert.match(await bob.ok("xcore daemon status"), /unit: +none \(a plain process\)/);
      assert.equal((await bob.python(JOB)).stdout, "42\n");
      await bob.ok("xcore shutdown --yes");
      assert.deepEqual(await bob.processes(), []);
    },
  );

  await t.step("no user bus: a plain process, and how to come by one", async () => {
    const root = await Account.on(machine, "root");
    const { stderr } = await root.login(
      `systemctl stop user@$(id -u bob) # it stays for some seconds after a logout
      runuser -u bob -- env -u XDG_RUNTIME_DIR HOME=/home/bob xcore start`,
    );
    assert.match(
      stderr,
      /^The daemon runs as a plain process \(systemd for users cannot be reached: Failed to connect.* log in by ssh or on a console/m,
    );
    assert.equal((await bob.daemon()).unit, null);
    await bob.ok("xcore shutdown --yes");
  });

  await t.step("lingering granted: the next start hands the daemon over", async () => {
    await bob.linger();
    const { stderr } = await bob.login("xcore start");
    assert.doesNotMatch(stderr, /plain process/);
    assert.match((await bob.daemon()).unit ?? "", /^xcore@/);
  });

  await t.step("su without a session finds the way to a systemd that lingers", async () => {
    const root = await Account.on(machine, "root");
    const said = await root.ok(
      "runuser -u bob -- env -u XDG_RUNTIME_DIR HOME=/home/bob xcore daemon status --json",
    );
    assert.equal(JSON.parse(said).restarts, 0);
  });

  await t.step("no journal: the daemon's own file, and why", async () => {
    await machine.enter([
      "sh",
      "-c",
      "systemctl stop systemd-journald.socket systemd-journald-dev-log.socket " +
      "systemd-journald-audit.socket systemd-journald.service; rm -rf /var/log/journal /run/log/journal",
    ]);
    const { code, stdout, stderr } = await bob.login("xcore daemon log");
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^systemd's journal cannot be read \(.+\); showing .*daemon\.log$/m,
    );
    assert.match(stdout, /INFO watching/);
  });

  await t.step("the unit of a copied home is left to the original", async () => {
    await bob.ok("cp -r .xcore copy && rm -rf copy/socket");
    const { code, stderr } = await bob.login("xcore daemon start", { XCORE_HOME: `${bob.folder}/copy` });
    assert.equal(code, 1);
    assert.match(stderr, /xcore@\S+ belongs to \/home\/bob\/\.xcore/);
    assert.equal((await bob.daemon()).running, true);
    await bob.ok("rm -r copy");
  });

  await t.step("XCORE_SERVICE=none: a plain process, because it was asked for", async () => {
    await bob.ok("xcore shutdown --yes");
    const { stderr } = await bob.login("xcore start", { XCORE_SERVICE: "none" });
    assert.match(stderr, /plain process \(XCORE_SERVICE=none\)/m);
    assert.equal((await bob.daemon()).unit, null);
    await bob.ok("xcore shutdown --yes");
    assert.deepEqual(await bob.processes(), []);
  });
});
