import assert from "node:assert/strict";
import { daemonText } from "../../lib/cli/commands/daemon_commands.ts";

const NOTHING = {
  ...{ running: false, pid: null, unit: null, since: null, uptime_s: null },
  ...{ restarts: null, last_tick_at: null, last_error: null },
};

Deno.test("daemonText() says what is known and no more", () => {
  assert.equal(daemonText(NOTHING, 0), "daemon not running");
  assert.equal(
    daemonText({ ...NOTHING, unit: "xcore@x.service", last_error: "it hung" }, 0),
    "daemon not running\n  unit:       xcore@x.service\n  last error: it hung",
  );
});

Deno.test("daemonText() tells a plain process from a unit", () => {
  const since = "2026-01-01T00:00:00.000Z";
  const last_tick_at = "2026-01-01T00:59:58.000Z";
  const text = daemonText(
    { ...NOTHING, running: true, pid: 7, since, last_tick_at },
    Date.parse(since) + 3_600_000,
  );
  assert.deepEqual(text.split("\n"), [
    "daemon running",
    "  unit:       none, a plain process",
    "  process:    7",
    `  up:         60 min, since ${since}`,
    "  last look:  2 s ago",
  ]);
});
