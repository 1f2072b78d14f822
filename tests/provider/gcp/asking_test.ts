import assert from "node:assert/strict";
import { asking } from "../../../lib/platform/gcp/compute.ts";

Deno.test("asking() gives up on a connection that stays silent", async () => {
  const silent = Promise.withResolvers<void>();
  const alive = setTimeout(silent.resolve, 120_000); // as a socket would be
  try {
    await assert.rejects(asking(silent.promise, 20), /^Error: no answer within 0\.02 s$/);
  } finally {
    clearTimeout(alive);
  }
});

Deno.test("asking() gives the answer that comes in time", async () => {
  assert.equal(await asking(Promise.resolve("here")), "here");
});
