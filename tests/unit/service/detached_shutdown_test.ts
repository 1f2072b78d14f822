import assert from "node:assert/strict";
import type { DetachedOptions, Runtime } from "../../../lib/runtime.ts";
import { detachedShutdown, shutdownCommand } from "../../../lib/service/detached_shutdown.ts";
import { type Manager, writeNote } from "../../../lib/service/service.ts";
import { fakeMachine } from "./_machine.ts";

const IDLE = { reason: "idle for 2 h", onlyIfIdle: true };
const SELF = ["/opt/xcore/xcore"];

/** What is started for a daemon under this manager: a process beside it, or a unit. */
async function started(manager: Manager | null, env: Record<string, string> = {}) {
  const spawned: { command: readonly string[]; options: DetachedOptions }[] = [];
  const change: Partial<Runtime> = {
    self: SELF,
    spawnDetached: (command, options) => spawned.push({ command, options }),
  };
  await using machine = await fakeMachine(
    (command) => command.includes("MainPID") ? "MainPID=42\n" : undefined,
    { env, change },
  );
  const { runtime, home } = machine;
  const unit = manager === "launchd" ? "org.crosscore.xcore.mine-0a1b2c3d" : "xcore@mine-0a1b2c3d.service";
  if (manager !== null) await writeNote(runtime, home, { manager, unit, file: "" } as never);
  await detachedShutdown(runtime, home, "mine-0a1b2c3d", IDLE);
  const ran = machine.commands.filter((command) => command.startsWith("systemd-run"));
  return { spawned, ran, home, log: await Deno.readTextFile(home.shutdownLog) };
}

Deno.test("shutdownCommand() names the home and the cluster, whatever the environment names", () => {
  const words = shutdownCommand(SELF, { root: "/h", cluster: "gpu" }, IDLE);
  assert.deepEqual(words.slice(0, 4), ["/usr/bin/env", "-u", "XCORE_CLUSTER", "XCORE_HOME=/h"]);
  assert.deepEqual(words.slice(4), [
    ...SELF,
    ...["-c", "gpu", "shutdown", "--unattended", "idle for 2 h", "--if-idle"],
  ]);
  const forced = shutdownCommand(SELF, { root: "/h", cluster: null }, { ...IDLE, onlyIfIdle: false });
  assert.deepEqual(forced.slice(5), ["shutdown", "--unattended", "idle for 2 h"]);
});

Deno.test("detachedShutdown() starts a process of its own where the daemon is a plain one", async () => {
  const { spawned: [one], ran, home, log } = await started(null);
  assert.deepEqual(ran, []);
  assert.deepEqual(one!.command, shutdownCommand(SELF, home, IDLE));
  assert.equal(one!.options.logPath, home.shutdownLog);
  assert.ok(log.includes(IDLE.reason));
});

Deno.test("detachedShutdown() starts a unit beside the daemon's under systemd", async () => {
  for (const manager of ["user", "system"] as const) {
    const { spawned, ran: [command = ""], home } = await started(manager);
    assert.deepEqual(spawned, []);
    assert.equal(command.startsWith("systemd-run --user "), manager === "user");
    assert.ok(command.includes(" --unit=xcore-mine-0a1b2c3d-shutdown "));
    assert.ok(command.includes(`EnvironmentFile=-${home.jobEnv} `), command);
    assert.ok(command.endsWith(`-- ${shutdownCommand(SELF, home, IDLE).join(" ")}`), command);
  }
});

Deno.test("detachedShutdown() gives the environment of the start to its process under launchd", async () => {
  const { spawned: [one], home } = await started("launchd");
  assert.ok(one!.command.includes(home.jobEnv));
  assert.deepEqual(one!.command.slice(4), shutdownCommand(SELF, home, IDLE));
});

Deno.test("detachedShutdown() starts this very program, whatever XCORE_BIN was a path from", async () => {
  const { spawned: [one] } = await started(null, { XCORE_BIN: "./dist/xcore" });
  assert.equal(one!.command[4], SELF[0]);
});
