import assert from "node:assert/strict";
import type { CheckResult } from "../../../lib/platform/check_result.ts";
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
    assert.match(well.checks["Scheduler"]!.message, /^tls:\/\/127\.0\.0\.1:\d+ answers with protocol \d+$/);
    assert.match(well.checks["Certificates"]!.message, /, valid until \d{4}-\d\d-\d\d$/);
    assert.match(
      well.checks["Versions"]!.message,
      /^Python 3\.\d+\.\d+ and distributed \S+, the same as the scheduler$/,
    );
    assert.match(
      well.checks["Daemon"]!.message,
      /^running as a plain process \(\d+\), as XCORE_SERVICE=none/,
    );
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
    assert.equal(ill.checks["Daemon"]!.fix, "Start it with `xcore daemon start`.");
    assert.match(ill.checks["Versions"]!.message, / has tornado 99\.0 \(scheduler: \d/);

    const said = await cluster.xcore("doctor");
    assert.equal(said.code, 4);
    assert.match(said.stdout, /^✗ Daemon: .*\n {2}Start it with `xcore daemon start`\.$/m);
    assert.match(said.stdout, /^\d+ passed, \d+ warnings?, 1 failed$/m);
    assert.match(said.stderr, /^1 check failed \(see above\)\nStart it with `xcore daemon start`\.$/m);
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
