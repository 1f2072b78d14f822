import assert from "node:assert/strict";
import { NotFoundError, outcome, valueOf, XcoreError } from "../../lib/errors.ts";

Deno.test("outcome() is the value, or the error as one with a hint", async () => {
  const error = new NotFoundError("Cannot find it: it is gone", "Look elsewhere.");
  const results = await Promise.all([
    outcome("ask", Promise.resolve(3)),
    outcome("ask", Promise.reject(error)),
    outcome("ask", Promise.reject(new Error("no route"))),
  ]);
  assert.deepEqual(results.slice(0, 2), [{ value: 3 }, { error }]);
  assert.deepEqual(results.map(valueOf), [3, null, null]);
  assert.ok("error" in results[2]! && results[2].error instanceof XcoreError);
});
