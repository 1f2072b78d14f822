import assert from "node:assert/strict";
import { signal } from "./_processes.ts";
import { type TestCluster, until, withHome } from "./harness.ts";

/** A job with a module of its own, a file that it leaves, and a restart. */
const PROJECT = `
import os, pathlib
from distributed import Client
from crosscore import cluster

def write(text):
    import beside_the_script
    pathlib.Path("result.txt").write_text(beside_the_script.doubled(text))
    return os.getpid()

client = Client(cluster.get_url())
before = client.submit(write, "ab").result()
client.restart(timeout=60)
after = client.submit(write, "cd", pure=False).result()
print(before != after)
`;

const EATS_MEMORY = `
from distributed import Client
from distributed.scheduler import KilledWorker
from crosscore import cluster

def fill():
    import time
    parts = []
    while True:
        parts.append(b"x" * 8_000_000)
        time.sleep(0.02)

try:
    Client(cluster.get_url()).submit(fill, key="fill-1").result()
except KilledWorker as error:
    print(error)
`;

Deno.test("a job finds its modules, keeps its files, restarts its workers, and is told of a worker that ends", async (t) => {
  await withHome(async (cluster) => {
    await cluster.setUp({ worker_memory: "0.5 GiB", poll_interval_s: 0.2 });
    await cluster.ok("start");
    await t.step("its folder is the workers', and client.restart() returns", async () => {
      await cluster.write("beside_the_script.py", "def doubled(text):\n    return text * 2\n");
      assert.equal(await cluster.pythonOk(await cluster.write("project.py", PROJECT)), "True\n");
      assert.equal(await Deno.readTextFile(`${cluster.folder}/result.txt`), "cdcd");
      const { workers, decisions } = await cluster.status();
      assert.equal(workers.length, 1);
      assert.deepEqual(decisions.map(({ action }) => action), ["launch"]);
    });

    await t.step("xcore dashboard shows it, until Ctrl-C", () => readDashboard(cluster));

    await t.step("a task that uses up its worker's memory fails, and status and log say why", async () => {
      assert.match(
        await cluster.pythonOk("-c", EATS_MEMORY),
        /fill-1.*\(worker-0: see `xcore logs worker-0`/,
      );
      const { decisions } = await cluster.until(
        "it is recorded",
        ({ decisions }) => decisions.some(({ action }) => action === "died"),
      );
      const died = decisions.filter(({ action }) => action === "died");
      assert.equal(died.length, 1);
      assert.match(died[0]!.reason, /^worker-0: out of memory \(0\.\d of 0\.5 GiB\) while it ran fill-1$/);
      assert.match(await cluster.ok("logs", "worker-0"), /ended: out of memory/);
      const { checks } = JSON.parse((await cluster.xcore("doctor", "--json")).stdout);
      const [told] = checks.filter(({ name }: { name: string }) => name === "Workers");
      assert.match(told.message, /^worker-0: out of memory .* while it ran fill-1, \d+ s ago$/);
      assert.match(told.fix, /`xcore logs worker-0`/);
      assert.match(await cluster.ok("tasks", "--failed"), /^fill +0 .* 1 +KilledWorker: .*worker-0/m);
    });

    await t.step("its log is there once the name runs again", async () => {
      await cluster.until("its name is free", ({ workers }) => workers.length === 0);
      await cluster.pythonOk(await cluster.write("project.py", PROJECT));
      assert.match(await cluster.ok("logs", "worker-0", "--previous"), /ended: out of memory/);
      assert.doesNotMatch(await cluster.ok("logs", "worker-0"), /ended: out of memory/);
      assert.equal((await cluster.xcore("logs", "worker-7", "--previous")).code, 1);
      assert.equal((await cluster.xcore("logs", "daemon", "--previous")).code, 2);
    });
  }, { env: { DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES: "0" } });
});

/** Keeps the page that a browser is opened with. */
const BROWSER = `#!/bin/sh
cp "$1" "$HOME/opened.part"
mv "$HOME/opened.part" "$HOME/opened.html"
`;

/** Opens Dask's dashboard as a browser does: the address, the page, and the websocket that it lives by. */
async function readDashboard(cluster: TestCluster): Promise<void> {
  const programs = `${cluster.folder}/programs`;
  await Deno.mkdir(programs);
  for (const name of ["open", "wslview", "xdg-open"]) {
    await Deno.writeTextFile(`${programs}/${name}`, BROWSER, { mode: 0o755 });
  }
  const env = { PATH: `${programs}:${Deno.env.get("PATH")}`, DISPLAY: ":0" };
  const running = cluster.xcoreBeside(["dashboard"], env);
  const opened = await until(
    "a browser is opened",
    () => Deno.readTextFile(`${cluster.folder}/opened.html`).catch(() => ""),
    (text) => text !== "",
  );
  const url = new URL(running.printed().trim());
  assert.ok(opened.includes(`0;url=${url}`), opened);
  const entered = await fetch(url);
  await entered.body?.cancel();
  const cookie = entered.headers.getSetCookie()[0]!.split(";")[0]!;

  const page = await (await fetch(`${url.origin}/status`, { headers: { cookie } })).text();
  assert.match(page, /<title>Dask/);
  const [, script = ""] = /src="(static\/js\/bokeh\.min\.js[^"]*)"/.exec(page) ?? [];
  const { status, body } = await fetch(`${url.origin}/${script}`, { headers: { cookie } });
  await body?.cancel();
  assert.equal(status, 200, script);

  const [, token = ""] = /"token":"([^"]+)"/.exec(page) ?? [];
  const socket = new WebSocket(`ws://${url.host}/status/ws`, {
    protocols: ["bokeh", token],
    headers: { cookie, origin: url.origin },
  });
  const said = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("the websocket is refused"));
  });
  assert.equal(JSON.parse(said).msgtype, "ACK");

  assert.equal((await fetch(`${url.origin}/xcore/status`, { headers: { cookie } })).status, 404);
  const plain = await fetch(
    `http://127.0.0.1:${(await cluster.ok("config", "get", "dashboard_port")).trim()}/status`,
  )
    .then(({ status }) => status, () => "nothing");
  assert.equal(plain, "nothing");
  const closed = new Promise((resolve) => socket.onclose = resolve);
  signal(running.pid, "SIGINT");
  const { code, stdout } = await running.ended;
  assert.deepEqual([code, stdout], [0, `${url}\n`]);
  await closed;
  assert.deepEqual(
    await Array.fromAsync(Deno.readDir(cluster.home)).then((all) =>
      all.filter(({ name }) => name.endsWith(".html"))
    ),
    [],
  );
}
