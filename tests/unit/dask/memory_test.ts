import assert from "node:assert/strict";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { certificatesFor, runtime } from "./_certificates.ts";

// A daemon asks once a second for weeks. Growing by 50 kB a call, as connections that fail in node:https do, 800
// calls are 40 MB and more; the bound below is far from that and far from what was measured, 2 MB.
const CALLS = 800;
const MOST_MB = 20;

/** MB that the process has grown by over `CALLS` calls that fail. */
async function growth(port: number, tls: Parameters<typeof schedulerClient>[0]["tls"]): Promise<number> {
  const client = schedulerClient({ host: "127.0.0.1", port, tls, clusterId: "xcore-0a1b2c3d", runtime });
  const fail = () => client.report().then(() => assert.fail("it was taken"), () => {});
  for (let i = 0; i < 200; i++) await fail();
  const before = Deno.memoryUsage().rss;
  for (let i = 0; i < CALLS; i++) await fail();
  client.close();
  return (Deno.memoryUsage().rss - before) / 1e6;
}

Deno.test("the scheduler client does not grow while the scheduler is away", async () => {
  await using made = await certificatesFor("xcore-0a1b2c3d");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const grown = await growth(port, made.tls);
  assert.ok(grown < MOST_MB, `grown by ${grown} MB`);
});

Deno.test("the scheduler client does not grow while a stranger is in the scheduler's place", async () => {
  await using made = await certificatesFor("xcore-0a1b2c3d");
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  const grown = await growth(server.addr.port, made.tls);
  assert.ok(grown < MOST_MB, `grown by ${grown} MB`);
});
