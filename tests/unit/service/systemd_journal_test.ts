import assert from "node:assert/strict";
import { parseJournal, readJournal } from "../../../lib/service/systemd.ts";
import type { ServiceNote } from "../../../lib/service/service.ts";
import { type Answer, fakeMachine } from "./_machine.ts";

const NOTE: ServiceNote = { manager: "user", unit: "xcore@x.service" };

function entry(MESSAGE: unknown, cursor: string, SYSLOG_IDENTIFIER = "xcore"): string {
  return JSON.stringify({
    MESSAGE,
    SYSLOG_IDENTIFIER,
    __CURSOR: cursor,
    __REALTIME_TIMESTAMP: "1767225600000000",
  });
}

Deno.test("parseJournal() leaves the daemon's lines as they are, and dates the others", () => {
  const bytes = [...new TextEncoder().encode("odd: \x1b")];
  assert.deepEqual(
    parseJournal([
      entry("2026-01-01T00:00:00.000Z INFO watching", "a"),
      entry("Main process exited, code=killed, status=11/SEGV", "b", "systemd"),
      entry(bytes, "c"),
      entry(null, "d"),
      "-- No entries --",
    ].join("\n")),
    {
      text: "2026-01-01T00:00:00.000Z INFO watching\n" +
        "2026-01-01T00:00:00.000Z systemd: Main process exited, code=killed, status=11/SEGV\n" +
        "2026-01-01T00:00:00.000Z xcore: odd: \x1b\n" +
        "2026-01-01T00:00:00.000Z xcore: \n",
      cursor: "d",
    },
  );
});

async function read(answer: Answer, after?: string) {
  await using machine = await fakeMachine(() => answer);
  const part = await readJournal(machine.runtime, NOTE, after === undefined ? { lines: 5 } : { after });
  return { part, command: machine.commands[0] ?? "" };
}

Deno.test("readJournal() goes on where it was, also when nothing is new", async () => {
  const first = await read(`${entry("hello", "a")}\n`);
  assert.match(first.command, /--user-unit=xcore@x\.service .*--lines=5$/);
  const later = await read("", "a");
  assert.match(later.command, /--after-cursor=a$/);
  assert.deepEqual(later.part, { text: "", cursor: "a" });
});

Deno.test("readJournal() says why there is nothing to read", async () => {
  assert.equal(
    (await read({ code: 1, stderr: "No journal files were opened due to insufficient permissions.\n" })).part,
    "No journal files were opened due to insufficient permissions.",
  );
  assert.equal(
    (await read({ stderr: "No journal files were found.\n" })).part,
    "No journal files were found.",
  );
  assert.equal((await read("-- No entries --\n")).part, "it has no lines of the daemon");
});
