import assert from "node:assert/strict";
import { TestCluster } from "./harness.ts";
import { ROOT } from "../runner/programs.ts";
import { blocksOf, Reader } from "./page.ts";

Deno.test("the README's commands, typed one after the other, run a job and leave nothing", async () => {
  const cluster = await TestCluster.make();
  try {
    const tour = await blocksOf("README.md", ["## 1. ", "## 4. "]);
    const reader = new Reader(cluster, tour, { folder: ROOT, installed: false });
    await reader.types("deno task compile");
    await reader.types("xcore init local");
    assert.match(await reader.types("xcore start"), /^The cluster is running: tls:\/\/127\.0\.0\.1:\d+$/m);
    await reader.types("xcore python");
    assert.match(await reader.types("client.submit(sleeper, 10)"), /^10\s*$/m, "the job's result");
    assert.match(await reader.types("xcore shutdown"), /^Nothing is left\.$/m);
    reader.hasReadAll();
    assert.deepEqual(cluster.processes(), []);
  } finally {
    assert.equal(await cluster.cleanup(), null);
  }
});
