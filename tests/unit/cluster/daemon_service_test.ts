import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import {
  daemonCommand,
  prepareService,
  removeService,
  stopDaemon,
} from "../../../lib/cluster/daemon_service.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { readNote } from "../../../lib/service/service.ts";
import { fakeMachine } from "../service/_machine.ts";

type Options = Parameters<typeof fakeMachine>[1];

/** Root on a machine with systemd, where a home can be prepared as often as one likes. */
async function prepared(options: Options = {}) {
  const machine = await fakeMachine(
    (command) => command.includes("UnitPath") ? `UnitPath=${machine.folder}/systemd/system\n` : undefined,
    { ...options, change: { uid: 0, self: ["/usr/bin/xcore"], ...options.change } },
  );
  const said: string[] = [];
  const cluster = {
    runtime: machine.runtime,
    home: machine.home,
    config: { clusterId: "mine-0a1b2c3d" },
  } as unknown as Cluster;
  const prepare = (env: Readonly<Record<string, string>> = {}) => {
    const runtime = { ...machine.runtime, environment: () => ({ ...machine.runtime.environment(), ...env }) };
    return prepareService({ ...cluster, runtime }, (line) => said.push(line));
  };
  return { ...machine, cluster, prepare, said, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
}

Deno.test("prepareService() installs a unit, notes it, and keeps credentials apart", async () => {
  await using machine = await prepared();
  const { service, outdated } = await machine.prepare({ AWS_PROFILE: "p", OMP_NUM_THREADS: "4" });
  assert.equal(outdated, false);
  assert.deepEqual((await readNote(machine.runtime, machine.home))?.unit, "xcore@mine-0a1b2c3d.service");
  const text = await Deno.readTextFile(service!.file);
  assert.match(text, /^ExecStart="\/usr\/bin\/xcore" "daemon" "run"$/m);
  assert.doesNotMatch(text, /AWS_PROFILE|OMP_NUM_THREADS/);
  assert.equal(await Deno.readTextFile(machine.home.daemonEnv), 'AWS_PROFILE="p"\n');
  assert.match(await Deno.readTextFile(machine.home.jobEnv), /^OMP_NUM_THREADS="4"$/m);
  assert.equal((await Deno.stat(machine.home.daemonEnv)).mode! & 0o777, 0o600);
  assert.deepEqual(machine.said, []);

  await removeService(machine.cluster);
  const left = await Array.fromAsync(Deno.readDir(machine.home.dir), ({ name }) => name);
  assert.deepEqual(left, []);
  assert.equal(await machine.runtime.files.exists(service!.file), false);
});

Deno.test("a daemon that runs is outdated by another program or new credentials, not by having none at hand", async () => {
  await using machine = await prepared();
  const { runtime, home } = machine;
  await machine.prepare({ AWS_SESSION_TOKEN: "old" });
  const place = await takeDaemonLock(runtime, home);
  assert.equal((await machine.prepare({ AWS_SESSION_TOKEN: "old" })).outdated, false);
  assert.equal((await machine.prepare()).outdated, false);
  assert.equal(await Deno.readTextFile(home.daemonEnv), 'AWS_SESSION_TOKEN="old"\n');
  assert.equal((await machine.prepare({ AWS_SESSION_TOKEN: "new" })).outdated, true);

  const moved = { ...machine.cluster, runtime: { ...runtime, self: ["/opt/xcore"] } };
  assert.equal((await prepareService(moved, () => {})).outdated, true);
  place!.release();
});

Deno.test("a daemon that runs as a plain process stays one, and no service manager is asked", async () => {
  await using machine = await prepared();
  const place = await takeDaemonLock(machine.runtime, machine.home);
  assert.deepEqual(await machine.prepare(), { service: null, outdated: false });
  assert.deepEqual([machine.commands, machine.said], [[], []]);
  place!.release();
});

Deno.test("where there is no service manager that is said in one line, and an old unit goes", async () => {
  await using machine = await prepared();
  const { service } = await machine.prepare();
  const env = (name: string) => name === "XCORE_SERVICE" ? "none" : machine.runtime.env(name);
  const none = { ...machine.cluster, runtime: { ...machine.runtime, env } };
  const said: string[] = [];
  assert.equal((await prepareService(none, (line) => said.push(line))).service, null);
  assert.equal(said.length, 1);
  assertWording("daemon", "started as a plain process", said[0]!);
  assert.equal(await machine.runtime.files.exists(service!.file), false);
  assert.equal(await readNote(machine.runtime, machine.home), null);
});

Deno.test("the daemon's command names its cluster", async () => {
  await using machine = await prepared();
  const home = homeOf(machine.runtime, "second");
  assert.deepEqual(await daemonCommand({ runtime: machine.runtime, home }), [
    ...["/usr/bin/xcore", "-c", "second", "daemon", "run"],
  ]);
});

Deno.test("prepareService() tells of WSL's end with its last window when the daemon is to be started, and not again", async () => {
  await using machine = await prepared();
  const { files } = machine.runtime;
  const read = (path: string) =>
    path === "/proc/sys/kernel/osrelease"
      ? Promise.resolve("5.15.167.4-microsoft-standard-WSL2\n")
      : files.readTextIfExists(path);
  const exists = (path: string) =>
    path.includes(".dockerenv") || path.includes(".containerenv")
      ? Promise.resolve(false)
      : files.exists(path);
  const runtime = { ...machine.runtime, files: { ...files, readTextIfExists: read, exists } };
  const cluster = { ...machine.cluster, runtime };
  const said: string[] = [];
  await prepareService(cluster, (line) => said.push(line));
  assert.equal(said.filter((line) => line.startsWith("WSL stops this Linux")).length, 1);
  const place = await takeDaemonLock(machine.runtime, machine.home);
  await prepareService(cluster, (line) => said.push(line));
  assert.equal(said.length, 1);
  place?.release();
});

Deno.test("what service.json says is never a path that is removed, nor a unit of another program's that is stopped", async () => {
  await using machine = await prepared();
  const { cluster, home, folder, runtime } = machine;
  const units = `${folder}/systemd/system`;
  const canary = `${folder}/canary`;
  const unit = "xcore@mine-0a1b2c3d.service";
  await Deno.mkdir(`${canary}/tree`, { recursive: true });
  await Deno.mkdir(units, { recursive: true });
  // Each lies where our own would be, and none of them is ours.
  await Deno.writeTextFile(`${units}/foreign.service`, `# home: ${home.dir}\n`);
  await Deno.writeTextFile(
    `${units}/xcore@other.service`,
    "# Written by xcore: by hand.\n# home: /elsewhere\n",
  );
  await Deno.symlink(canary, `${units}/xcore@link.service`);
  await Deno.mkdir(`${units}/xcore@folder.service`);
  const before = await Array.fromAsync(Deno.readDir(units), ({ name }) => name);
  for (
    const note of [
      { manager: "system", unit: "nothing", file: canary },
      { manager: "system", unit, file: canary },
      { manager: "user", unit, file: canary },
      { manager: "launchd", unit: "org.crosscore.xcore.mine-0a1b2c3d", file: canary },
      { manager: "launchd", unit: "com.apple.loginwindow", file: canary },
      { manager: "system", unit: "foreign.service", file: `${units}/foreign.service` },
      { manager: "system", unit: "xcore@other.service", file: `${units}/xcore@other.service` },
      { manager: "system", unit: "xcore@link.service", file: `${units}/xcore@link.service` },
      { manager: "system", unit: "xcore@folder.service", file: `${units}/xcore@folder.service` },
      { manager: "system", unit: "../../canary", file: canary },
      { manager: "system", unit: "--all", file: canary },
    ]
  ) {
    await Deno.writeTextFile(home.service, JSON.stringify({ ...note, home: home.dir }));
    machine.commands.length = 0;
    await stopDaemon({ runtime, home });
    await removeService(cluster);
    const orders = machine.commands.filter((command) => !/ show | print /.test(command));
    assert.deepEqual(orders, [], JSON.stringify(note));
    assert.ok(await runtime.files.exists(`${canary}/tree`), JSON.stringify(note));
    assert.deepEqual(await Array.fromAsync(Deno.readDir(units), ({ name }) => name), before);
  }
});

Deno.test("a unit of ours goes with its note, wherever the note says that it is", async () => {
  await using machine = await prepared();
  const { home, folder, runtime } = machine;
  const { service } = await machine.prepare({ AWS_PROFILE: "p" });
  await Deno.mkdir(`${folder}/canary`);
  const note = JSON.parse(await Deno.readTextFile(home.service));
  await Deno.writeTextFile(home.service, JSON.stringify({ ...note, file: `${folder}/canary` }));
  await removeService(machine.cluster);
  assert.equal(await runtime.files.exists(service!.file), false);
  assert.deepEqual(await runtime.files.list(folder), ["canary", "home", "systemd"]);
  assert.deepEqual(await runtime.files.list(home.dir), []);
});
