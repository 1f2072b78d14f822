import { assertWording } from "../../support/wording.ts";
import { daemonText } from "../../../lib/cli/commands/daemon_commands.ts";

const NOTHING = {
  ...{ running: false, pid: null, unit: null, since: null, uptime_s: null },
  ...{ restarts: null, last_tick_at: null, last_error: null },
};

Deno.test("daemonText() says what is known and no more", () => {
  assertWording("daemon", "not running", daemonText(NOTHING, 0));
  const failed = { ...NOTHING, unit: "xcore@x.service", last_error: "it hung" };
  assertWording("daemon", "not running, with an error", daemonText(failed, 0));
});

Deno.test("daemonText() tells a plain process from a unit", () => {
  const since = "2026-01-01T00:00:00.000Z";
  const last_tick_at = "2026-01-01T00:59:58.000Z";
  const report = { ...NOTHING, running: true, pid: 7, since, last_tick_at };
  assertWording("daemon", "a plain process", daemonText(report, Date.parse(since) + 3_600_000));
});
