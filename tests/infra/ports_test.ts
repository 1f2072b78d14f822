import assert from "node:assert/strict";
import { ConflictError } from "../../lib/errors.ts";
import { parseListener, portOwner } from "../../lib/infra/_port_owner.ts";
import { freePortPair } from "../../lib/infra/ports.ts";
import { portIsFree } from "../../lib/provider/local/ports.ts";
import { machine } from "../provider/_local_cluster.ts";

Deno.test("freePortPair() gives neighbours, and skips pairs of which one is in use", () => {
  const { schedulerPort, dashboardPort } = freePortPair(20_000 + 2 * (Deno.pid % 5000));
  assert.equal(dashboardPort, schedulerPort + 1);
  for (const taken of [schedulerPort, dashboardPort]) {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port: taken });
    const next = freePortPair(schedulerPort);
    assert.ok(next.schedulerPort > dashboardPort);
    assert.equal((next.schedulerPort - schedulerPort) % 2, 0);
  }
});

Deno.test("freePortPair() says when there is none left", () => {
  assert.throws(() => freePortPair(65_535), ConflictError);
});

Deno.test("a port is not free when something listens on it or on all addresses", () => {
  for (const hostname of ["127.0.0.1", "0.0.0.0"]) {
    const listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    assert.equal(portIsFree(port), false);
    listener.close();
    assert.equal(portIsFree(port), true);
  }
});

Deno.test("parseListener() finds who listens, and nobody who is only connected", () => {
  const table =
    `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2252 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 20 4 30 10 -1
   1: 0100007F:2252 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 100 0 0 10 0
`;
  assert.equal(parseListener(table, 8786), "222");
  assert.equal(parseListener(table, 8787), null);
  assert.equal(parseListener("", 8786), null);
});

Deno.test("portOwner() names the process that listens, and nobody where nobody does", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const owner = await portOwner(machine, port);
  assert.equal(owner?.pid, Deno.pid);
  assert.match(owner.command, /deno/);
  listener.close();
  assert.equal(await portOwner(machine, port), null);
});
