import assert from "node:assert/strict";
import { AuthError, ThrottledError } from "../../../lib/errors.ts";
import { cloudSession } from "../../../lib/platform/session.ts";

/** A cloud that takes the keys which were there when it was connected, if they are `valid`. */
class Cloud {
  keys = "old";
  valid = "old";
  /** What each call was made with. */
  readonly calls: string[] = [];
  readonly session = cloudSession({
    connect: () => Promise.resolve(this.keys),
    meaningOf: (error) => error,
    health: "https://health.example",
  });

  look(): Promise<string> {
    return this.session.ask("look", (keys) => {
      this.calls.push(keys);
      if (keys !== this.valid) throw new AuthError("Cannot look: expired", "Log in again.");
      return Promise.resolve("seen");
    });
  }
}

Deno.test("a session whose credentials are refused reads newer ones at once", async () => {
  const cloud = new Cloud();
  assert.equal(await cloud.look(), "seen");
  Object.assign(cloud, { keys: "new", valid: "new" });
  assert.equal(await cloud.look(), "seen");
  assert.deepEqual(cloud.calls, ["old", "old", "new"]);
});

Deno.test("a session whose newest credentials are refused says so, and does not press", async () => {
  const cloud = new Cloud();
  cloud.valid = "none";
  for (let i = 0; i < 3; i++) await assert.rejects(cloud.look(), AuthError);
  assert.equal(cloud.calls.length, 3);
  cloud.valid = "old";
  assert.equal(await cloud.look(), "seen");
});

Deno.test("a session makes no other refusal's call again", async () => {
  const { session } = new Cloud();
  let calls = 0;
  const call = () => {
    calls++;
    throw new ThrottledError("Cannot look: asked too often", "Wait.");
  };
  for (let i = 0; i < 2; i++) await assert.rejects(session.change("look", call), ThrottledError);
  assert.equal(calls, 2);
});
