import assert from "node:assert/strict";
import { type Home, homeOf } from "../../../lib/config/home.ts";
import { EXIT } from "../../../lib/cli/exit_code.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { type DaemonSpec, homeIn } from "../../../lib/service/service.ts";
import { HOPELESS, unitName, unitText } from "../../../lib/service/systemd_service.ts";

function homeAt(dir: string): Home {
  return homeOf(
    { ...systemRuntime(null), env: (name) => name === "XCORE_HOME" ? dir : undefined },
    undefined,
  );
}

function spec(dir: string, change: Partial<DaemonSpec> = {}): DaemonSpec {
  return {
    clusterId: "mine-0a1b2c3d",
    home: homeAt(dir),
    command: ["/usr/bin/xcore", "daemon", "run"],
    build: "1-2",
    files: ["/usr/bin/xcore"],
    machineId: null,
    env: { XCORE_HOME: dir },
    ...change,
  };
}

/** The values of one key, in order. */
function values(text: string, key: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`${key}=`)).map((line) =>
    line.slice(key.length + 1)
  );
}

Deno.test("a cluster's unit is named after its identity", () => {
  assert.equal(unitName({ clusterId: "mine-0a1b2c3d" }), "xcore@mine-0a1b2c3d.service");
});

Deno.test("the unit is restarted when it crashes or hangs, and not when that is hopeless", () => {
  const text = unitText(spec("/home/me/.xcore"), "user");
  assert.deepEqual(values(text, "Type"), ["notify"]);
  assert.deepEqual(values(text, "Restart"), ["on-failure"]);
  const longestTickS = 60 + 30 + 60; // between two, handing over, one call of a cloud
  assert.ok(Number(values(text, "WatchdogSec")[0]) > longestTickS);
  assert.deepEqual([...HOPELESS], [EXIT.usage, EXIT.notRunning, EXIT.prerequisite]);
  assert.deepEqual(values(text, "RestartPreventExitStatus"), ["2 3 4"]);
});

Deno.test("the unit is for one machine, however many have the home", () => {
  const machineId = "0123456789abcdef0123456789abcdef";
  assert.deepEqual(values(unitText(spec("/h", { machineId }), "user"), "ConditionHost"), [machineId]);
  assert.deepEqual(values(unitText(spec("/h"), "user"), "ConditionHost"), []);
});

Deno.test("words of a unit are themselves, whatever is in them", () => {
  const odd = `/home/my "home" \\ 50% $HOME`;
  const text = unitText(spec(odd, { command: [`${odd}/xcore`, "daemon", "run"] }), "system");
  assert.deepEqual(values(text, "ExecStart"), [
    `"/home/my \\"home\\" \\\\ 50%% $$HOME/xcore" "daemon" "run"`,
  ]);
  assert.deepEqual(values(text, "Environment"), [`"XCORE_HOME=/home/my \\"home\\" \\\\ 50%% $HOME"`]);
  assert.deepEqual(values(text, "EnvironmentFile"), [`-/home/my "home" \\\\ 50%% $HOME/daemon.env`]);
  assert.deepEqual(values(text, "ReadWritePaths"), [`"/home/my \\"home\\" \\\\ 50%% $HOME"`]);
});

Deno.test("a home with wildcards names one file of credentials", () => {
  assert.deepEqual(values(unitText(spec("/h/[a]*?"), "user"), "EnvironmentFile"), [
    "-/h/\\[a]\\*\\?/daemon.env",
  ]);
});

Deno.test("the machine's unit has a /tmp of its own, unless something it needs is in the machine's", () => {
  const own = (dir: string, change: Partial<DaemonSpec> = {}) =>
    values(unitText(spec(dir, change), "system"), "PrivateTmp");
  assert.deepEqual(own("/root/.xcore"), ["yes"]);
  assert.deepEqual(own("/tmp/home"), []);
  assert.deepEqual(own("/root/.xcore", { files: ["/usr/bin/xcore", "/var/tmp/deno"] }), []);
  assert.deepEqual(own(`/root/${"x".repeat(120)}`), [], "its control socket is in /tmp");
  assert.deepEqual(values(unitText(spec(`/root/${"x".repeat(120)}`), "system"), "ReadWritePaths"), [
    `"/root/${"x".repeat(120)}" "/tmp"`,
  ]);
});

Deno.test("a user's unit asks for nothing that takes root", () => {
  const text = unitText(spec("/home/me/.xcore"), "user");
  for (
    const key of ["CapabilityBoundingSet", "ProtectSystem", "PrivateTmp", "ReadWritePaths", "PrivateDevices"]
  ) {
    assert.deepEqual(values(text, key), [], key);
  }
  assert.deepEqual(values(text, "WantedBy"), ["default.target"]);
  assert.deepEqual(values(unitText(spec("/root/.xcore"), "system"), "WantedBy"), ["multi-user.target"]);
});

Deno.test("a unit says whose it is, and is another one for another build", () => {
  for (const dir of ["/root/.xcore", "/h/my--home", "/h/50% é\n"]) {
    assert.equal(homeIn(unitText(spec(dir), "user")), dir);
  }
  assert.equal(homeIn("[Unit]\nDescription=a stranger's\n"), null);
  assert.notEqual(unitText(spec("/h", { build: "1-3" }), "user"), unitText(spec("/h"), "user"));
});
