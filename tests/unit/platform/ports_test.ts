import assert from "node:assert/strict";
import { homeOf } from "../../../lib/config/home.ts";
import { ConflictError } from "../../../lib/errors.ts";
import {
  freePortPair,
  parseListener,
  portIsFree,
  portOwner,
  portsOfOthers,
} from "../../../lib/platform/local/ports.ts";
import { needing, programs } from "../../support/needs.ts";
import { machine } from "../../contract/local/_local_cluster.ts";

const NOTHING = new Set<number>();

Deno.test("freePortPair() gives neighbours, and skips pairs of which one is in use", () => {
  const { schedulerPort, dashboardPort } = freePortPair(NOTHING, 20_000 + 2 * (Deno.pid % 5000));
  assert.equal(dashboardPort, schedulerPort + 1);
  for (const taken of [schedulerPort, dashboardPort]) {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port: taken });
    const next = freePortPair(NOTHING, schedulerPort);
    assert.ok(next.schedulerPort > dashboardPort);
    assert.equal((next.schedulerPort - schedulerPort) % 2, 0);
  }
});

Deno.test("freePortPair() skips what is taken though nothing listens there", () => {
  const { schedulerPort, dashboardPort } = freePortPair();
  assert.ok(freePortPair(new Set([dashboardPort])).schedulerPort > dashboardPort);
  assert.ok(freePortPair(new Set([schedulerPort])).schedulerPort > dashboardPort);
});

Deno.test("portsOfOthers() has the ports in all configs of the root but this one, broken ones too", async () => {
  const root = await Deno.makeTempDir();
  const runtime = { ...machine, env: (name: string) => name === "XCORE_HOME" ? root : undefined };
  const write = async (folder: string, text: string) => {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/config.yaml`, text);
  };
  await write(root, "provider: local\nscheduler_port: 9000 # mine\ndashboard_port: 9001\n");
  await write(`${root}/clusters/a`, "scheduler_port: 9002\n[: broken\n# dashboard_port: 1\n");
  await write(`${root}/clusters/b`, "scheduler_port: 9004\n");
  await Deno.mkdir(`${root}/clusters/c/config.yaml`, { recursive: true });
  assert.deepEqual([...await portsOfOthers(runtime, homeOf(runtime, "b"))], [9000, 9001, 9002]);
  assert.deepEqual([...await portsOfOthers(runtime, homeOf(runtime))], [9002, 9004]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("freePortPair() says when there is none left", () => {
  assert.throws(() => freePortPair(NOTHING, 65_535), ConflictError);
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

Deno.test("parseListener() finds the process that listens, and none that is only connected", () => {
  const table =
    `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2252 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 20 4 30 10 -1
   1: 0100007F:2252 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 100 0 0 10 0
`;
  assert.equal(parseListener(table, 8786), "222");
  assert.equal(parseListener(table, 8787), null);
  assert.equal(parseListener("", 8786), null);
});

Deno.test(
  needing(
    programs("ps"),
    "portOwner() names the process that listens, and null where none does",
    async () => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = listener.addr as Deno.NetAddr;
      const owner = await portOwner(machine, port);
      assert.equal(owner?.pid, Deno.pid);
      assert.match(owner.command, /deno/);
      listener.close();
      assert.equal(await portOwner(machine, port), null);
    },
  ),
);
