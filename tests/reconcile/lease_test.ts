import assert from "node:assert/strict";
import { parseConfig } from "../../lib/config/parse.ts";
import { leaseTermsOf } from "../../lib/config/lease_terms.ts";
import { World } from "../fakes/world.ts";

Deno.test("leaseTermsOf() gives the config's times in seconds", async () => {
  const text = "provider: local\ncluster_id: xcore-0a1b2c3d\ndaemon_grace_s: 60\norphan_timeout_h: 0.5\n";
  const config = await parseConfig(text, "config.yaml");
  assert.deepEqual(leaseTermsOf(config), { daemonGraceS: 60, orphanTimeoutS: 1800 });
});

Deno.test("tick() hands the scheduler the terms with each renewal of the lease", async () => {
  const world = new World();
  const state = await world.ticks(1);
  assert.deepEqual(world.scheduler.terms, world.leaseTerms);
  world.leaseTerms = { daemonGraceS: 5, orphanTimeoutS: 10 };
  await world.ticks(1, state);
  assert.deepEqual(world.scheduler.terms, { daemonGraceS: 5, orphanTimeoutS: 10 });
});
