import assert from "node:assert/strict";
import { noSuchName } from "../../../lib/cluster/cluster.ts";
import { NotFoundError, NotRunningError } from "../../../lib/errors.ts";
import { instance } from "../../support/fakes/builders.ts";

function clusterOf(names: readonly string[], state: "down" | "up") {
  const instances = names.map((name) => instance(name));
  const base = { describe: () => Promise.resolve({ state, url: null, http: null, startedAtMs: null }) };
  return {
    provider: { list: () => Promise.resolve({ instances, complete: true }) },
    base,
  } as unknown as Parameters<
    typeof noSuchName
  >[0];
}

Deno.test("noSuchName() names the nearest and what there is, in the order of numbers", async () => {
  const cluster = clusterOf(["worker-10", "worker-2", "worker-2"], "up");
  const error = await noSuchName(cluster, "log in to wroker-2", "wroker-2", ["scheduler"]);
  assert.ok(error instanceof NotFoundError);
  assert.equal(error.message, "Cannot log in to wroker-2: there is no wroker-2");
  assert.equal(error.hint, "Did you mean worker-2? There are: worker-2, worker-10, scheduler.");
});

Deno.test("noSuchName() names no more than fit into a line", async () => {
  const names = Array.from({ length: 100 }, (_, i) => `worker-${i}`);
  const { hint } = await noSuchName(clusterOf(names, "up"), "look", "moon", ["scheduler", "daemon"]);
  assert.match(hint, /^There are: worker-0, .*, worker-7, …, scheduler, daemon\.$/);
});

Deno.test("noSuchName() says that no cluster runs where none does", async () => {
  const error = await noSuchName(clusterOf([], "down"), "look", "worker-0", []);
  assert.ok(error instanceof NotRunningError);
  assert.match(error.hint, /xcore start/);
});
