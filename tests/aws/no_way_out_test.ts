import assert from "node:assert/strict";
import { isEnclosed } from "../cloud/enclosed.ts";

Deno.test("a test of this folder can reach no cloud but the emulated one", async () => {
  assert.ok(isEnclosed());
  await assert.rejects(Deno.connect({ hostname: "192.0.2.1", port: 80 }), /unreachable/i);
});
