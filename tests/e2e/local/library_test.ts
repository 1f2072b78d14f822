import assert from "node:assert/strict";
import { dirname } from "node:path";
import { withCluster, withHome } from "./harness.ts";

const ROOT = new URL("../../../", import.meta.url);
const EXAMPLE = "examples/from_deno.ts";

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
const none = await cluster.scale(1, { pool: "gpu" }).then(() => null, (error) => error);
if (!(none instanceof UsageError)) throw none;
await cluster.start();
const scaled = await cluster.scale(0);
const { cluster: { state, url }, workers } = await cluster.status();
const log = (await Array.fromAsync(cluster.logs("scheduler", { lines: 1000 }))).join("");
console.log(JSON.stringify({
  log,
  url: await cluster.getUrl(), state, same: url === await cluster.getUrl(), workers: workers.length,
  scaled, wrong: wrong.message, hint: wrong.hint, late: late.message,
}));
Deno.exit();
`;

Deno.test("lib/mod.ts works in a script with no configuration, imported by its path and by URL", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname.slice(1);
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const type = path.endsWith(".json") ? "application/json" : "application/typescript";
    return new Response(text, { headers: { "content-type": type } });
  });
  try {
    await withCluster({}, async (cluster) => {
      const origin = `http://127.0.0.1:${server.addr.port}/`;
      const libraries = [new URL("lib/mod.ts", ROOT).href, `${origin}lib/mod.ts`];
      for (const library of libraries) {
        const path = await cluster.write("script.ts", script(library));
        // Deno keeps modules by their address: of an earlier run, if that was given the same port.
        const said = JSON.parse(
          await cluster.denoOk("run", "-A", "--no-lock", `--reload=${origin}`, path),
        );

        assert.ok(said.log.includes(said.url), said.log);
        assert.match(said.url, /^tls:\/\/127\.0\.0\.1:\d+$/);
        assert.deepEqual([said.state, said.same, said.workers], ["running", true, 0]);
        assert.deepEqual(said.scaled, {
          ...{ pool: "default", workers: 0, forS: 0, maxWorkers: 3, replaced: 0, daemonRuns: true },
        });
        assert.match(said.wrong, /max_workers/);
        assert.ok(said.hint.length > 0);
        assert.match(said.late, /for 1 worker: only 0 running after 0 s/);
        assert.equal((await cluster.ok("config", "get", "max_workers")).trim(), "3");
        assert.equal((await cluster.ok("config", "get", "worker_type")).trim(), "c5.xlarge");
      }
    });
  } finally {
    await server.shutdown();
  }
});

Deno.test(`${EXAMPLE}, as it says to run it, starts a cluster for a job and takes everything down`, async () => {
  const [command = ""] = /deno run .*$/m.exec(await Deno.readTextFile(new URL(EXAMPLE, ROOT))) ?? [];
  await withHome(async (cluster) => {
    await cluster.setUp();

    const said = await cluster.bashOk(
      `cd ${ROOT.pathname}; PATH=${dirname(cluster.binary)}:$PATH; ${command}`,
    );

    assert.match(said, /^worker-0: (booting|running)$/m);
    assert.match(said, /^10\s*$/m, "the job's result");
    assert.match(said, /first_job\.py ended with exit code 0$/m);
    assert.deepEqual(cluster.processes(), []);
  });
});

Deno.test(`${EXAMPLE} leaves a cluster alone that ran before, also when its job fails`, async () => {
  await withCluster({}, async (cluster) => {
    const pid = await cluster.daemonPid();
    const failing = await cluster.write("failing.py", "raise SystemExit(7)");
    const run = `deno run -A --no-lock ${new URL(EXAMPLE, ROOT).pathname} ${failing} || echo exit code $?`;

    const said = await cluster.bashOk(`PATH=${dirname(cluster.binary)}:$PATH; ${run}`);

    assert.match(said, /failing\.py ended with exit code 7\nexit code 7$/m);
    assert.equal(await cluster.daemonPid(), pid);
    assert.equal((await cluster.ok("config", "get", "max_workers")).trim(), "1");
    assert.equal((await cluster.status()).cluster.state, "running");
  });
});
