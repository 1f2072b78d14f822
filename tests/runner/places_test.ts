import assert from "node:assert/strict";
import { Places } from "./places.ts";

Deno.test("Places has no more under way than it has places, and begins them in order", async () => {
  const places = new Places(2);
  const under = new Set<number>();
  const begun: number[] = [];
  let most = 0;
  await Promise.all([0, 1, 2, 3, 4].map((i) =>
    places.run(async (place) => {
      begun.push(i);
      assert.ok(!under.has(place) && place < 2);
      most = Math.max(most, under.add(place).size);
      await new Promise((resolve) => setTimeout(resolve, i === 0 ? 20 : 1));
      under.delete(place);
    })
  ));
  assert.deepEqual([begun, most], [[0, 1, 2, 3, 4], 2]);
});

Deno.test("Places begins the longest of those that wait", async () => {
  const places = new Places(1);
  const begun: number[] = [];
  await Promise.all([1, 20, 5, 30, 5].map((seconds) =>
    places.run(() => {
      begun.push(seconds);
      return Promise.resolve();
    }, seconds)
  ));
  assert.deepEqual(begun, [1, 30, 20, 5, 5]);
});

Deno.test("Places gives the place of one that failed to the next", async () => {
  const places = new Places(1);
  await assert.rejects(places.run(() => Promise.reject(new Error("oh no"))), /oh no/);
  assert.equal(await places.run(() => Promise.resolve(7)), 7);
});
