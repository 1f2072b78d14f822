/**
 * A Packer of today with its two plugins. What Debian has is 1.6.6, with the builders in itself, and
 * where `packer init` fetches plugins a test may not reach; so all three are built once, in the
 * tests' cache, from their makers' source at Go's module proxy.
 * @module
 */

import { cacheFolder, keyOf } from "../../tools/cache.ts";
import { exists } from "../../tools/files.ts";
import { type Lack, programs } from "../support/needs.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Tell a test where they are, or what the runner has found missing. */
const FOLDER = "XCORE_TEST_PACKER";
const LACK = "XCORE_TEST_NO_PACKER";

/** A module below github.com/hashicorp, and the hash of its source as a go.sum has it. */
interface Source {
  readonly name: string;
  readonly version: string;
  readonly sum: string;
}

const PACKER: Source = {
  name: "packer",
  version: "1.14.3",
  sum: "h1:8Vd10c6rsxcVNfUjzTE4P6rh/LPCBGCMjeFgpV/pQrw=",
};

/** Of the versions that the templates pin: file of the pin → hash. */
const PLUGINS: Readonly<Record<string, string>> = {
  "packer/aws.plugins.pkr.hcl": "h1:YBrTHhzYo/29VPdvHI7p35dwh3Y5HvFtsc5dL99C3N4=",
  "packer/gcp.plugins.pkr.hcl": "h1:wHXXarwB3HBeozllZHhWzVm1GcggHK9zlB2VSA/YxAk=",
};

let built: Promise<Readonly<Record<string, string>>> | null = null;

/**
 * What tells a test's programs of them, see {@linkcode packerEnv}; built once in a run. Never
 * throws: what goes wrong is what is missing.
 */
export function packerWithPlugins(): Promise<Readonly<Record<string, string>>> {
  return built ??= build().then(
    (folder) => ({ [FOLDER]: folder }),
    (error) => ({ [LACK]: error instanceof Error ? error.message : String(error) }),
  );
}

/** What a test lacks that runs them. */
export function lackOfPacker(): Lack {
  return Deno.env.get(LACK) ??
    (Deno.env.has(FOLDER) ? null : "no Packer with plugins was built: `deno task test aws gcp` does it");
}

/** Shows them to a program in a test; they look for no newer ones of themselves. */
export function packerEnv(): Record<string, string> {
  const folder = Deno.env.get(FOLDER)!;
  return { PATH: `${folder}:${Deno.env.get("PATH")}`, PACKER_PLUGIN_PATH: `${folder}/plugins` };
}

async function build(): Promise<string> {
  const missing = programs("go");
  if (missing !== null) throw new Error(missing);
  const plugins = await Promise.all(Object.entries(PLUGINS).map(pinned));
  const sources = [PACKER, ...plugins];
  const key = await keyOf("packer", [Deno.build.arch, ...sources.map(({ sum }) => sum)]);
  const folder = `${cacheFolder("xcore-tests")}/${key}`;
  const ready = `${folder}/.ready`;
  if (await exists(ready)) return folder;

  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(`${folder}.lock`, { write: true, create: true });
  if (!await lock.tryLock(true)) {
    console.error("Waiting for another run to build Packer …");
    await lock.lock(true);
  }
  if (await exists(ready)) return folder;
  const startedMs = performance.now();
  console.error("Building Packer and its two plugins for the tests, some five minutes of a core (once) …");
  for (const source of sources) await compile(source, `${folder}/${source.name}`);
  for (const { name } of plugins) {
    const address = `github.com/hashicorp/${name.replace("packer-plugin-", "")}`;
    await run([`${folder}/packer`, "plugins", "install", "--path", `${folder}/${name}`, address], {
      env: { PACKER_PLUGIN_PATH: `${folder}/plugins`, CHECKPOINT_DISABLE: "1" },
    });
  }
  await Deno.writeTextFile(ready, "");
  console.error(`Built them in ${((performance.now() - startedMs) / 1000).toFixed(0)} s: ${folder}`);
  return folder;
}

/** What a file of `required_plugins` asks for. */
async function pinned([file, sum]: readonly [string, string]): Promise<Source> {
  const text = await Deno.readTextFile(ROOT + file);
  const [, name] = /github\.com\/hashicorp\/(\w+)"/.exec(text) ?? [];
  const [, version] = /version = "([\d.]+)"/.exec(text) ?? [];
  if (name === undefined || version === undefined) throw new Error(`${file} pins no plugin`);
  return { name: `packer-plugin-${name}`, version, sum };
}

/**
 * Builds a module where Go keeps its source: as its own main module, so that its own go.mod and
 * go.sum hold (they replace one dependency, which `go install` of a version refuses). Whatever else runs
 * has the cores first.
 */
async function compile({ name, version, sum }: Source, path: string): Promise<void> {
  const module = `github.com/hashicorp/${name}@v${version}`;
  // Its hash is held to ours, and its dependencies' to its own go.sum.
  const { Dir, Sum } = JSON.parse(
    await run(["go", "mod", "download", "-json", module], { env: { GONOSUMDB: "github.com/hashicorp/*" } }),
  );
  if (Sum !== sum) throw new Error(`the source of ${module} has the hash ${Sum} and not ${sum}`);
  await run([
    "nice",
    "-n",
    "19",
    "go",
    "build",
    "-mod=readonly",
    "-buildvcs=false",
    "-ldflags=-s -w",
    "-o",
    path,
    ".",
  ], {
    cwd: Dir,
    env: { CGO_ENABLED: "0" },
  });
}

/** What a program says. */
async function run([program, ...args]: string[], options: Deno.CommandOptions): Promise<string> {
  const command = new Deno.Command(program!, { args, stdin: "null", ...options });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new Error(`\`${[program, ...args].join(" ")}\` failed: ${said}`);
}
