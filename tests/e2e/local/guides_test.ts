import assert from "node:assert/strict";
import { withHome } from "./harness.ts";
import { blocksOf, Reader } from "./page.ts";

Deno.test("docs/tutorials/local.md, typed from its first line to its last, and what other pages do on its cluster", () =>
  withHome(async (cluster) => {
    const reader = new Reader(cluster, await blocksOf("docs/tutorials/local.md"));
    const primes = "[168, 303, 430, 550, 669, 783, 900, 1007]\n";

    assert.match(await reader.types("xcore init local"), /^Wrote \S+\/clusters\/laptop\/config\.yaml$/m);
    await cluster.set(); // ports that no other test takes until the start
    await reader.types("xcore start");
    assert.match(await reader.types("xcore status"), /^laptop \(local\): running [^]* no workers running/m);
    assert.equal(await reader.types("xcore run primes.py"), primes);
    assert.match(await reader.types("xcore events"), /worker-0 [^]*launch/);
    assert.match(await reader.types("xcore tasks"), /^primes_below +8 /m);

    const modules = new Reader(cluster, await blocksOf("docs/how-to/own_modules.md"));
    assert.equal(await modules.types("xcore run analysis/job.py"), "42\n");
    modules.hasReadAll();

    const dask = new Reader(cluster, await blocksOf("docs/dask.md"));
    assert.equal(await dask.types("with Cluster() as cluster"), "3\n");
    await dask.types("def on_xcore");
    dask.hasReadAll();

    const scaling = new Reader(cluster, await blocksOf("docs/autoscaling.md"));
    await scaling.types("xcore scale 4");
    scaling.hasReadAll();
    await cluster.ok("scale", "0");

    assert.equal(await reader.types("max_workers 2"), primes);
    assert.equal((await cluster.status()).workers.length, 2);

    const others = new Reader(cluster, await blocksOf("docs/how-to/many_clusters.md"));
    await others.types("xcore -c second init local");
    assert.match(await others.types("xcore list"), /^laptop [^]*^second /m);
    await others.types("xcore -c second shutdown");
    others.hasReadAll();

    assert.match(await reader.types("xcore shutdown"), /^Nothing is left\.$/m);
    assert.deepEqual(cluster.processes(), []);

    const history = new Reader(cluster, await blocksOf("docs/report.md"));
    await history.types("xcore report");
    await history.types("xcore history");
    history.hasReadAll();
    const files = [...Deno.readDirSync(cluster.folder)].map(({ name }) => name);
    for (const name of [/^laptop-\d{4}-.*\.html$/, /^run\.svg$/, /^run\.csv$/]) {
      assert.ok(files.some((file) => name.test(file)), `${name}: ${files}`);
    }

    assert.match(await reader.types("xcore list"), /^laptop +-c laptop +local +down/m);
    await assert.rejects(Deno.stat(cluster.home), Deno.errors.NotFound);
    reader.hasReadAll();
  }, { name: "laptop" }));
