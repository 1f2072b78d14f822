import assert from "node:assert/strict";
import { daemonReport, lastWarning } from "../../../lib/cluster/daemon_report.ts";
import { takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { writeNote } from "../../../lib/service/service.ts";
import { fakeMachine } from "../service/_machine.ts";

Deno.test("lastWarning() is the newest, with its time", () => {
  assert.equal(lastWarning("2026-01-01T00:00:00.000Z INFO all is well\n"), null);
  assert.equal(
    lastWarning([
      "2026-01-01T00:00:00.000Z WARN first",
      "2026-01-01T00:00:01.000Z ERROR second: WARN",
      "    at a line of its stack WARN",
      "2026-01-01T00:00:02.000Z INFO no longer: second",
    ].join("\n")),
    "2026-01-01T00:00:01.000Z: second: WARN",
  );
});

Deno.test("daemonReport() of a plain process knows no unit and no restarts", async () => {
  await using machine = await fakeMachine();
  const { runtime, home } = machine;
  const place = await takeDaemonLock(runtime, home);
  const report = await daemonReport({ runtime, home });
  place!.release();
  const { since, uptime_s, ...rest } = report;
  assert.ok(since !== null && uptime_s !== null && uptime_s < 60);
  assert.deepEqual(rest, {
    running: true,
    pid: Deno.pid,
    unit: null,
    restarts: null,
    last_tick_at: null,
    last_error: null,
  });
  assert.deepEqual(machine.commands, []);
});

Deno.test("daemonReport() says that a service manager has given up", async () => {
  await using machine = await fakeMachine(() =>
    "ActiveState=failed\nResult=exit-code\nMainPID=0\nNRestarts=0\nExecMainCode=1\nExecMainStatus=3\n"
  );
  const { runtime, home } = machine;
  await writeNote(runtime, home, { manager: "system", unit: "xcore@x.service" });
  const { running, unit, last_error } = await daemonReport({ runtime, home });
  assert.deepEqual([running, unit, last_error], [false, "xcore@x.service", "it ended with exit code 3"]);
});
