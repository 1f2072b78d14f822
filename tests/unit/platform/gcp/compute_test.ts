import assert from "node:assert/strict";
import { answerOf } from "../../../../lib/platform/gcp/compute.ts";

Deno.test("answerOf() gives up on a connection that stays silent", async () => {
  const silent = Promise.withResolvers<void>();
  const alive = setTimeout(silent.resolve, 120_000); // as a socket would be
  try {
    await assert.rejects(answerOf(silent.promise, 20), /^Error: no answer within 0\.02 s$/);
  } finally {
    clearTimeout(alive);
  }
});

Deno.test("answerOf() gives the answer that comes in time", async () => {
  assert.equal(await answerOf(Promise.resolve("here")), "here");
});
