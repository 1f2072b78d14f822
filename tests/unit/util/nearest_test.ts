import assert from "node:assert/strict";
import { KEYS } from "../../../lib/config/settings.ts";
import { nearest, nearestFew } from "../../../lib/util/nearest.ts";
import { forSeeds } from "../../support/fakes/random.ts";

const COMMANDS = ["status", "start", "restart", "shutdown", "daemon", "init", "config", "url", "python"];

const CASES: readonly [word: string, candidates: readonly string[], found: string | null][] = [
  ["max_worker", KEYS, "max_workers"],
  ["max_workrs", KEYS, "max_workers"],
  ["mxa_workers", KEYS, "max_workers"],
  ["max-workers", KEYS, "max_workers"],
  ["maxWorkers", KEYS, "max_workers"],
  ["MAX_WORKERS", KEYS, "max_workers"],
  ["min_worker", KEYS, "min_workers"],
  ["region", KEYS, "region_name"],
  ["zone", KEYS, "zones"],
  ["tag", KEYS, "tags"],
  ["sheduler_type", KEYS, "scheduler_type"],
  ["poll_interval", KEYS, "poll_interval_s"],
  ["stauts", COMMANDS, "status"],
  ["satrt", COMMANDS, "start"],
  ["stat", COMMANDS, "start"],
  ["shut", COMMANDS, "shutdown"],
  ["deamon", COMMANDS, "daemon"],
  ["ulr", COMMANDS, "url"],
  ["terraform_config", KEYS, null],
  ["x", COMMANDS, null],
  ["", COMMANDS, null],
  ["___", COMMANDS, null],
  ["status", [], null],
  ["a".repeat(100_000), KEYS, null],
];

for (const [word, candidates, found] of CASES) {
  Deno.test(`nearest() takes ${JSON.stringify(word.slice(0, 20))} for ${found ?? "nothing"}`, () => {
    assert.equal(nearest(word, candidates), found);
  });
}

Deno.test("nearest() finds every key behind any one slip", async () => {
  await forSeeds(500, (random) => {
    const key = random.pick(KEYS.filter((name) => name.length >= 6));
    const at = random.whole(0, key.length - 2);
    const slipped = random.pick([
      key.slice(0, at) + key.slice(at + 1),
      key.slice(0, at) + "q" + key.slice(at),
      key.slice(0, at) + "q" + key.slice(at + 1),
      key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2),
    ]);
    const found = nearest(slipped, KEYS);
    assert.equal(found, key, slipped);
  });
});

Deno.test("nearest() takes a key for itself", () => {
  for (const key of KEYS) assert.equal(nearest(key, KEYS), key);
});

Deno.test("nearestFew() has the nearest first, then those that begin alike, and nothing that is too far away", () => {
  const types = ["c4.xlarge", "c5.large", "c5.xlarge", "m5.2xlarge", "t3.small"];
  assert.deepEqual(nearestFew("c5.xlage", types, 9), ["c5.xlarge", "c5.large", "c4.xlarge"]);
  assert.deepEqual(nearestFew("c5.xlage", types, 1), ["c5.xlarge"]);
  assert.deepEqual(nearestFew("quantum", types, 9), []);
});
