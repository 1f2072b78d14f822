import assert from "node:assert/strict";
import { withCluster } from "./harness.ts";

const ROOT = new URL("../../", import.meta.url);

/** Everything of the library once, on a cluster that runs; prints what it got. */
const script = (library: string) => `
import { cluster, UsageError, XcoreError } from ${JSON.stringify(library)};

await cluster.setMaxWorkers(3);
await cluster.setWorkerType("c5.xlarge");
const wrong = await cluster.setMaxWorkers(-1).then(() => null, (error) => error);
if (!(wrong instanceof XcoreError)) throw wrong;
const half = await cluster.waitForWorkers(0.5).then(() => null, (error) => error);
if (!(half instanceof UsageError)) throw half;
const late = await cluster.waitForWorkers(1, { timeoutS: 0 }).then(() => null, (error) => error);
await cluster.waitForWorkers(0);
await cluster.start();
const { cluster: { state, url }, workers } = await cluster.status();
const log = (await Array.fromAsync(cluster.logs("scheduler", { lines: 1000 }))).join("");
console.log(JSON.stringify({
  log,
  url: await cluster.getUrl(), state, same: url === await cluster.getUrl(), workers: workers.length,
  wrong: wrong.message, hint: wrong.hint, late: late.message,
}));
Deno.exit();
`;

Deno.test("lib/mod.ts works in a script with no configuration, imported by its path and by URL", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    const text = await Deno.readTextFile(new URL(path, ROOT));
    return new Response(text, { headers: { "content-type": "application/typescript" } });
  });
  try {
    await withCluster({}, async (cluster) => {
      const libraries = [new URL("lib/mod.ts", ROOT).href, `http://127.0.0.1:${server.addr.port}/lib/mod.ts`];
      for (const library of libraries) {
        const path = await cluster.write("script.ts", script(library));
        const said = JSON.parse(await cluster.denoOk("run", "-A", "--no-lock", path));

        assert.ok(said.log.includes(said.url), said.log);
        assert.match(said.url, /^tls:\/\/127\.0\.0\.1:\d+$/);
        assert.deepEqual([said.state, said.same, said.workers], ["running", true, 0]);
        assert.match(said.wrong, /max_workers/);
        assert.ok(said.hint.length > 0);
        assert.match(said.late, /0 are running after 0 s/);
        assert.equal((await cluster.ok("config", "get", "max_workers")).trim(), "3");
        assert.equal((await cluster.ok("config", "get", "worker_type")).trim(), "c5.xlarge");
      }
    });
  } finally {
    await server.shutdown();
  }
});

Deno.test("examples/from_deno.ts runs a job, tells of its worker, and takes everything down", async () => {
  await withCluster({ max_idle_time_s: 1 }, async (cluster) => {
    const example = (name: string) => new URL(`examples/${name}`, ROOT).pathname;

    const said = await cluster.denoOk(
      "run",
      "-A",
      "--no-lock",
      example("from_deno.ts"),
      example("first_job.py"),
      "1",
    );

    assert.match(said, /^worker-0: (booting|running)$/m);
    assert.match(said, /^1\s*$/m);
    assert.match(said, /first_job\.py ended with exit code 0$/m);
    assert.deepEqual(cluster.processes(), []);
  });
});
