import assert from "node:assert/strict";
import { signal } from "../_processes.ts";
import { type TestCluster, withHome } from "../harness.ts";
import { schedulerOf } from "./_parts.ts";
import { assertComplaint, assertProblem, has } from "./_words.ts";

Deno.test("start on a port that is taken says by whom, and starts on another", async () => {
  await withHome(async (cluster) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    await cluster.setUp();
    for (const key of ["scheduler_port", "dashboard_port"]) {
      const [scheduler, dashboard] = await portsOf(cluster);
      await cluster.ok("config", "set", key, String(port));
      const free = key === "scheduler_port" ? dashboard : scheduler;
      const facts = { port, free, pid: Deno.pid, ...await ownCommand() };
      assertComplaint(cluster, await cluster.xcore("start"), 1, `start on a taken ${key}`, facts);
      assert.deepEqual(cluster.processes(), []);
      await cluster.ok("config", "set", "scheduler_port", `${scheduler}`, "dashboard_port", `${dashboard}`);
    }
    await cluster.ok("config", "set", "scheduler_port", String(port));
    const examined = await cluster.xcore("doctor");
    assert.match(
      examined.stdout,
      new RegExp(`^✗ Ports: ${port} is used by .*\\n {2}.*\`xcore start --new-ports\``, "m"),
    );

    await cluster.ok("start", "--new-ports");
    assert.equal((await cluster.status()).cluster.state, "running");
    const chosen = await portsOf(cluster);
    assert.ok(!chosen.includes(port), chosen.join());
    await cluster.ok("start", "--new-ports");
    assert.deepEqual(await portsOf(cluster), chosen, "a scheduler that runs keeps its ports");
  });
});

Deno.test("a scheduler that died and whose port is taken meanwhile is started again when the port is free, or at new ports", async () => {
  await withHome(async (cluster) => {
    await cluster.setUp({ poll_interval_s: 0.2 });
    await cluster.ok("start");
    const port = Number(await cluster.ok("config", "get", "scheduler_port"));
    const daemon = await cluster.daemonPid();
    const takePort = async () => {
      const { pid } = schedulerOf(cluster);
      signal(daemon, "SIGSTOP");
      signal(pid, "SIGKILL");
      const listener = await listenWhenFree(port);
      signal(daemon, "SIGCONT");
      return { listener, pid };
    };
    const { listener: taken, pid } = await takePort();
    try {
      const gone = await cluster.until("it is said", (status) => has(status, "scheduler_gone"));
      const facts = { port, free: port + 1, pid: Deno.pid, ...await ownCommand() };
      assertProblem(cluster, gone, "scheduler_gone", "a scheduler whose port is taken", facts);
      assert.equal(gone.cluster.state, "degraded");
    } finally {
      taken.close();
    }
    const { cluster: { url } } = await cluster.until(
      "it is back",
      ({ cluster: { state } }) => state === "running",
    );
    assert.equal(url, `tls://127.0.0.1:${port}`);
    assert.notEqual(schedulerOf(cluster).pid, pid);

    const { listener } = await takePort();
    try {
      await cluster.until("it is gone again", (status) => has(status, "scheduler_gone"));
      await cluster.ok("start", "--new-ports");
      const elsewhere = await cluster.until(
        "it is at new ports",
        ({ cluster: { state }, problems }) => state === "running" && problems.length === 0,
      );
      assert.notEqual(elsewhere.cluster.url, url);
    } finally {
      listener.close();
    }
  });
});

async function portsOf(cluster: TestCluster): Promise<[scheduler: number, dashboard: number]> {
  return [
    Number(await cluster.ok("config", "get", "scheduler_port")),
    Number(await cluster.ok("config", "get", "dashboard_port")),
  ];
}

/** This test's own command, as messages show it. */
async function ownCommand(): Promise<{ readonly command: string }> {
  const args = ["-o", "command=", "-p", String(Deno.pid)];
  const { stdout } = await new Deno.Command("ps", { args }).output();
  return { command: new TextDecoder().decode(stdout).replaceAll(/\s+/g, " ").trim().slice(0, 80) };
}

/** Takes the port as soon as the process that had it is over. */
async function listenWhenFree(port: number): Promise<Deno.Listener> {
  const untilMs = performance.now() + 60_000;
  for (;;) {
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
