/**
 * Each call on files of a command fails once, in each way that the system has; then the process dies
 * at each. The old file is whole, the error says what failed, and the same command then succeeds.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { linesOf } from "../../lib/cli/exit_code.ts";
import { init } from "../../lib/cluster/init.ts";
import { setSettings } from "../../lib/cluster/set_settings.ts";
import { isKnownHost } from "../../lib/cluster/ssh.ts";
import { uninstall } from "../../lib/cluster/uninstall.ts";
import { type Home, homeOf } from "../../lib/config/home.ts";
import { initialConfig } from "../../lib/config/initial_config.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { isV0Config, parseConfig } from "../../lib/config/parse_config.ts";
import { checkCertificates, makeCertificates } from "../../lib/dask/make_certificates.ts";
import type { Machine } from "../../lib/platform/base.ts";
import { layTemplates } from "../../lib/platform/terraform/state_file.ts";
import { writePythonPackage } from "../../lib/python/write_python_package.ts";
import type { RunResult, Runtime } from "../../lib/runtime.ts";
import { systemRuntime } from "../../lib/system_runtime.ts";
import { Random } from "../support/fakes/random.ts";
import { oldFile } from "../unit/config/_old_files.ts";
import { testPython } from "../support/test_python.ts";
import { UsageError, XcoreError } from "../../lib/errors.ts";
import { breakFiles, canFail, CODES, type Fault } from "./break_files.ts";

/** What a command is given. */
interface Scene {
  readonly runtime: Runtime;
  readonly home: Home;
}

/** A command, the home it begins with, and what must hold of the home after any end of it. */
interface Command {
  readonly name: string;
  /** Makes the home as it is before. */
  prepare(scene: Scene): Promise<void>;
  run(scene: Scene): Promise<unknown>;
  /** After a failure, or death: what was there is whole. */
  holds(scene: Scene): Promise<void>;
  /** After success. */
  done(scene: Scene): Promise<void>;
}

const CLUSTER_ID = "xcore-0a1b2c3d";
const CONFIG = initialConfig({ provider: "local", clusterName: "xcore", clusterId: CLUSTER_ID });
const silently = () => {};

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const KNOWN = `i-1 ${KEY}\n`;
const MACHINE: Machine = { id: "i-2", address: "192.0.2.2" };
const CONSOLE = {
  text: `-----BEGIN SSH HOST KEY KEYS-----\n${KEY} root@ip\n-----END SSH HOST KEY KEYS-----\n`,
  end: "",
};

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

const COMMANDS: readonly Command[] = [
  {
    name: "init local",
    prepare: () => Promise.resolve(),
    async run(scene) {
      const { configPath, checks } = await init(scene, { provider: "local", python: testPython() }, silently);
      const failed = checks.find(({ outcome }) => outcome === "failed");
      // The table of checks shows it, and no config is written.
      if (configPath === null) throw new XcoreError(failed!.message, failed!.fix!);
    },
    async holds({ home }) {
      if (await exists(home.config)) await parseConfig(await Deno.readTextFile(home.config), home.config);
    },
    done: async ({ runtime, home }) => void await loadConfig(runtime, home),
  },
  {
    name: "config set",
    prepare: ({ home }) => Deno.writeTextFile(home.config, CONFIG),
    run: (scene) => setSettings(scene, [["max_workers", "7"], ["tags.project", "thesis"]]),
    async holds({ home }) {
      const text = await Deno.readTextFile(home.config);
      if (text !== CONFIG) assert.equal((await parseConfig(text, home.config)).maxWorkers, 7);
    },
    done: async ({ runtime, home }) => assert.equal((await loadConfig(runtime, home)).maxWorkers, 7),
  },
  {
    name: "reading a config of the Python tool",
    prepare: ({ home }) => Deno.writeTextFile(home.config, oldFile("aws")),
    run: ({ runtime, home }) => loadConfig(runtime, home),
    async holds({ home }) {
      const text = await Deno.readTextFile(home.config);
      if (text === oldFile("aws")) return;
      assert.ok(!isV0Config(text));
      await parseConfig(text, home.config);
      assert.equal(await Deno.readTextFile(`${home.config}.0.0.1`), oldFile("aws"));
    },
    async done({ runtime, home }) {
      assert.equal((await loadConfig(runtime, home)).provider, "aws");
      assert.ok(await exists(`${home.config}.0.0.1`));
    },
  },
  {
    name: "making certificates in the place of others",
    async prepare({ home }) {
      await Deno.mkdir(home.tls);
      for (const [name, text] of await certificates()) await Deno.writeTextFile(join(home.tls, name), text);
    },
    run: ({ runtime, home }) => makeCertificates(runtime, home.tls, CLUSTER_ID),
    async holds({ runtime, home }) {
      assert.match(await checkCertificates(runtime, home.tls, CLUSTER_ID), /^(valid|missing)$/);
    },
    async done({ runtime, home }) {
      assert.equal(await checkCertificates(runtime, home.tls, CLUSTER_ID), "valid");
      assert.deepEqual(await Array.fromAsync(Deno.readDir(home.dir), ({ name }) => name), ["tls"]);
    },
  },
  {
    name: "laying templates and the Python package in the place of older ones",
    async prepare(scene) {
      await lay(scene);
      for (const path of await filesBelow(scene.home.dir)) await Deno.writeTextFile(path, "old\n");
    },
    run: lay,
    async holds({ home }) {
      for (const path of await filesBelow(home.dir)) assert.notEqual((await Deno.stat(path)).size, 0, path);
    },
    async done({ home }) {
      for (const path of await filesBelow(home.dir)) {
        assert.notEqual(await Deno.readTextFile(path), "old\n", path);
      }
    },
  },
  {
    name: "recording a machine's host keys",
    prepare: ({ home }) => Deno.writeTextFile(home.knownHosts, KNOWN),
    run: (scene) => isKnownHost(scene, MACHINE, () => Promise.resolve(CONSOLE)),
    async holds({ home }) {
      assert.ok((await Deno.readTextFile(home.knownHosts)).startsWith(KNOWN));
    },
    async done({ home }) {
      assert.equal(await Deno.readTextFile(home.knownHosts), `${KNOWN}i-2 ${KEY}\n`);
    },
  },
  {
    name: "uninstall",
    async prepare(scene) {
      await Deno.writeTextFile(scene.home.config, CONFIG);
      await lay(scene);
      await Deno.writeTextFile(join(scene.home.dir, "mine.txt"), "mine\n");
    },
    async run({ runtime, home }) {
      const isMarked = await exists(home.config);
      await uninstall(runtime, () => Promise.resolve(true), silently).catch((error) => {
        // Once the config is removed, what stays is a folder like any other.
        if (isMarked || !(error instanceof UsageError)) throw error;
      });
    },
    async holds({ home }) {
      assert.equal(await Deno.readTextFile(join(home.dir, "mine.txt")), "mine\n");
      if (await exists(home.config)) assert.equal(await Deno.readTextFile(home.config), CONFIG);
      else assert.ok(!await exists(home.python), "the config goes last");
    },
    async done({ home }) {
      assert.deepEqual(await Array.fromAsync(Deno.readDir(home.dir), ({ name }) => name), ["mine.txt"]);
    },
  },
];

let made: Promise<ReadonlyMap<string, string>> | null = null;

/** Certificates of the cluster, by file: making them takes long. */
function certificates(): Promise<ReadonlyMap<string, string>> {
  return made ??= (async () => {
    const dir = await Deno.makeTempDir({ prefix: "xcore-faults-" });
    const tls = join(dir, "tls");
    await makeCertificates(systemRuntime(null), tls, CLUSTER_ID);
    const names = await Array.fromAsync(Deno.readDir(tls), ({ name }) => name);
    const texts = await Promise.all(names.map((name) => Deno.readTextFile(join(tls, name))));
    await Deno.remove(dir, { recursive: true });
    return new Map(names.map((name, i) => [name, texts[i]!]));
  })();
}

async function lay({ runtime, home }: Scene): Promise<void> {
  await layTemplates(runtime, home.terraform, "gcp", { project: "lab" });
  await writePythonPackage({ runtime, home });
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await filesBelow(path));
    // Python's marker is empty.
    else if (!name.endsWith(".part") && name !== "py.typed") found.push(path);
  }
  return found.sort();
}

/** What programs print: it is the same each time, and takes long. */
const printed = new Map<string, Promise<RunResult>>();

function runtimeOf(dir: string): Runtime {
  const system = systemRuntime(null);
  const env = (name: string) => name === "XCORE_HOME" ? dir : name === "HOME" ? "/nonexistent" : undefined;
  const environment = () => ({ XCORE_HOME: dir, HOME: "/nonexistent" });
  return {
    ...system,
    env,
    environment,
    run(command, options) {
      const key = JSON.stringify(command);
      printed.set(key, printed.get(key) ?? system.run(command, options));
      return printed.get(key)!;
    },
  };
}

/** How a command ended. */
type End = { readonly error: unknown } | "success" | "death";

/** Runs a command in a new home with a fault, and then without; returns the calls of the first. */
async function tryWith(command: Command, fault: Fault | null) {
  const dir = await Deno.makeTempDir({ prefix: "xcore-faults-" });
  try {
    const runtime = runtimeOf(dir);
    const scene = { runtime, home: homeOf(runtime, null) };
    await command.prepare(scene);
    let end: End;
    const calls = await (async () => {
      using broken = breakFiles(dir, fault);
      end = await Promise.race([
        command.run(scene).then(() => "success" as const, (error: unknown) => ({ error })),
        broken.died.then(() => "death" as const),
      ]);
      return broken.calls;
    })();
    const context = fault === null ? command.name : `${fault.how} at ${JSON.stringify(calls[fault.at])}`;
    try {
      if (typeof end! === "object") assertTold(end.error, dir);
      else assert.ok(end! === "success" || fault?.how === "death");
      await command.holds(scene);
      await ageParts(dir);
      if (end! !== "success") await command.run(scene);
      await command.done(scene);
      await assertNoParts(dir);
    } catch (error) {
      throw new Error(`${context}: ${error instanceof Error ? error.stack : error}`);
    }
    return calls;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** One line with what failed: the path, and the system's reason or what it means. */
function assertTold(error: unknown, dir: string): void {
  const [message = "", hint = "", ...more] = linesOf(error, false);
  assert.deepEqual(more, []);
  assert.ok(message.includes(dir), `${message} names no path: ${(error as Error).stack}`);
  assert.match(message, /os error|full|denied|may not|nothing may be written/i);
  assert.doesNotMatch(hint, /--debug/, message);
}

/** Linux has no process of this id. */
const NO_PROCESS = 2 ** 30;

/** What is left of a process that dies while it writes is removed once that was a while ago. */
async function ageParts(dir: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    if (isDirectory) await ageParts(path);
    else if (name.endsWith(".part")) {
      await Deno.utime(path, 0, 0);
      await Deno.rename(path, path.replace(`.${Deno.pid}.`, `.${NO_PROCESS}.`));
    }
  }
}

async function assertNoParts(dir: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    assert.ok(!/\.part$|^probe/.test(name), `${join(dir, name)} was left behind`);
    if (isDirectory) await assertNoParts(join(dir, name));
  }
}

/** Of each command, unless `deno task faults` asks for all: one takes some 50 ms of a core. */
const MOST = Deno.env.get("XCORE_FAULTS") === "all" ? Infinity : 6;

for (const command of COMMANDS) {
  Deno.test(`${command.name}: a call on files that fails loses nothing, and is named`, async () => {
    const calls = await tryWith(command, null);
    const faults = calls.flatMap((call, at): Fault[] =>
      [...CODES.filter((code) => canFail(call, code)), "death" as const].map((how) => ({ at, how }))
    );
    const random = new Random(faults.length);
    const chosen = faults.map((fault) => ({ fault, at: random.fraction() })).sort((a, b) => a.at - b.at)
      .slice(0, MOST);
    const wrong: string[] = [];
    for (const { fault } of chosen) {
      await tryWith(command, fault).catch((error) => wrong.push(error.message));
    }
    assert.ok(chosen.length >= Math.min(faults.length, 6));
    assert.equal(wrong.join("\n\n"), "");
  });
}
