import assert from "node:assert/strict";
import { isOlder } from "../../lib/platform/version.ts";

Deno.test("isOlder() compares part by part, as numbers, and no further than it is asked", () => {
  const older = (version: string, ...than: number[]) => isOlder(version, than);
  assert.ok(older("0.12.31", 1, 1));
  assert.ok(older("1.0.9", 1, 1));
  assert.ok(older("1.6.5", 1, 6, 6));
  assert.ok(!older("1.6.6", 1, 6, 6));
  assert.ok(!older("1.11.4", 1, 6, 6));
  assert.ok(!older("2.0", 1, 6, 6));
  assert.ok(!older("1.1.0-beta1", 1, 1));
});
