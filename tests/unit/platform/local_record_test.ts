import assert from "node:assert/strict";
import { parseRecord } from "../../../lib/platform/local/pid_files.ts";

const RECORD = {
  cluster_id: "mine-0a1b2c3d",
  name: "scheduler",
  attempt: "a1",
  pid: 4711,
  start_time: "12",
  launched_at_ms: 1_700_000_000_000,
};

Deno.test("parseRecord() takes no record with a time that no clock has, nor with a process that no signal may reach", () => {
  assert.notEqual(parseRecord(JSON.stringify(RECORD)), null);
  for (const launched_at_ms of [1e300, -1, 8.64e15 + 1, "1", null]) {
    assert.equal(parseRecord(JSON.stringify({ ...RECORD, launched_at_ms })), null);
  }
  for (const pid of [0, 1, -1, -4711, 1.5, "4711", 2 ** 40]) {
    assert.equal(parseRecord(JSON.stringify({ ...RECORD, pid })), null);
  }
});
