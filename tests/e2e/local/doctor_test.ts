import assert from "node:assert/strict";
import type { CheckResult } from "../../../lib/platform/check_result.ts";
import { signal } from "./_processes.ts";
import { schedulerOf } from "./failures/_parts.ts";
import { assertComplaint } from "./failures/_words.ts";
import { type TestCluster, withCluster, withHome } from "./harness.ts";

/** What `xcore doctor --json` says, by name, and its exit code. */
async function examined(
  cluster: TestCluster,
  env: Record<string, string> = {},
): Promise<{ code: number; checks: Record<string, CheckResult> }> {
  const { code, stdout, stderr } = await cluster.xcoreBeside(["--json", "doctor"], env).ended;
  assert.match(stdout, /^\{/, stderr);
  const { checks } = JSON.parse(stdout) as { checks: CheckResult[] };
  for (const { name, outcome, fix } of checks) assert.equal(fix === null, outcome === "passed", name);
  return { code, checks: Object.fromEntries(checks.map((check) => [check.name, check])) };
}

Deno.test("doctor finds a cluster that runs well, and what has gone wrong with it, each with its fix", async () => {
  await withCluster({}, async (cluster) => {
    const well = await examined(cluster);
    assert.equal(well.code, 0);
    for (const name of ["Scheduler", "Certificates", "Versions", "Daemon"]) {
      assert.equal(well.checks[name]?.outcome, "passed", name);
    }
    assert.ok(well.checks["Scheduler"]!.message.includes((await cluster.ok("url")).trim()));
    assert.ok(well.checks["Daemon"]!.message.includes(String(await cluster.daemonPid())));
    assert.deepEqual(
      Object.values(well.checks).filter(({ outcome }) => outcome !== "passed").map(({ name }) => name),
      [],
    );

    // A package of another version in front of the environment's own, as an upgrade would leave it.
    const upgraded = `${cluster.folder}/upgraded`;
    await Deno.mkdir(`${upgraded}/tornado-99.0.dist-info`, { recursive: true });
    await Deno.writeTextFile(`${upgraded}/tornado-99.0.dist-info/METADATA`, "Name: tornado\nVersion: 99.0\n");
    await cluster.ok("daemon", "stop");
    const ill = await examined(cluster, { PYTHONPATH: upgraded });
    assert.equal(ill.code, 4);
    assert.equal(ill.checks["Daemon"]!.outcome, "failed");
    assert.equal(ill.checks["Versions"]!.outcome, "warning");
    assert.ok(ill.checks["Versions"]!.message.includes("tornado 99.0"));

    const said = await cluster.xcore("doctor");
    const { message, fix } = ill.checks["Daemon"]!;
    assert.ok(said.stdout.includes(`✗ Daemon: ${message}\n  ${fix}\n`), said.stdout);
    assertComplaint(cluster, said, 4, "doctor of a cluster without a daemon");
    assert.equal(said.stdout.split(fix!).length, 2, `what is wrong is told once: ${said.stdout}`);

    const { pid } = schedulerOf(cluster);
    signal(pid, "SIGSTOP");
    const stopped = await cluster.xcore("doctor");
    signal(pid, "SIGCONT");
    assert.match(
      stopped.stdout,
      /^✗ Scheduler: Cannot reach the scheduler: its process \d+ is stopped.*\n {2}Let it go on with `kill -CONT \d+`/m,
    );
    assert.equal(stopped.stdout.split("kill -CONT").length, 2, stopped.stdout);
    assert.doesNotMatch(stopped.stdout, /`xcore doctor`/);
  });
});

Deno.test("doctor of a cluster that was never started finds nothing wrong", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp();
    const { code, checks } = await examined(cluster);
    assert.equal(code, 0);
    assert.equal(checks["Scheduler"]!.message, "not running");
    assert.equal(checks["Certificates"]!.message, "`xcore start` makes them");
    assert.equal(checks["Daemon"], undefined);
  });
});
