/** What of xcore is on a machine outside its home, for the user to remove. @module */

import { basename, dirname, join, resolve } from "node:path";
import type { Runtime } from "../runtime.ts";
import { pipCommand } from "../python/python_environment.ts";
import { hasSystemd, lingers, removeCommand, unitsOnDisk } from "../service/choose_manager.ts";
import { allOnPath, onPath } from "../util/on_path.ts";
import { shellWord } from "../util/shell_word.ts";

/** Something that uninstall does not remove. */
export interface ManualRemoval {
  /** What it is, in words. */
  readonly what: string;
  /** A path, a unit or a cloud. */
  readonly where: string;
  /** The command that removes it; null: it has to be edited, or removed elsewhere. */
  readonly command: string | null;
}

/** Startup files of shells, below HOME. */
const SHELL_FILES = [
  ...[".bashrc", ".bash_profile", ".bash_login", ".bash_aliases", ".profile"],
  ...[".zshrc", ".zshenv", ".zprofile"],
];

/** A line about xcore that is no comment. */
const ABOUT_XCORE = /^(?!\s*#).*(?<![\w.-])(xcore|XCORE_\w+)\b/;

/**
 * All of it.
 *
 * @param homes the folders of the clusters that are being removed
 * @param pythons the interpreters that their configs name
 */
export async function manualRemovals(
  runtime: Runtime,
  homes: readonly string[],
  pythons: readonly string[],
): Promise<ManualRemoval[]> {
  return [
    ...await programs(runtime, pythons),
    ...await shellLines(runtime),
    ...await otherHomes(runtime, homes),
    ...await lingering(runtime),
    ...await caches(runtime),
  ];
}

async function programs(runtime: Runtime, pythons: readonly string[]): Promise<ManualRemoval[]> {
  const found = await installations(runtime);
  const commands = new Set(found.map(({ command }) => command));
  const packages: ManualRemoval[] = [];
  for (const prefix of new Set(pythons.map((python) => dirname(dirname(python))))) {
    for (const { uninstall } of await distributionsIn(runtime, prefix)) {
      if (commands.has(uninstall)) continue; // removed with the program
      packages.push({ what: "the Python package crosscore", where: prefix, command: uninstall });
    }
  }
  return [
    ...found.map(({ program, how, command }, i) => ({
      what: `${i === 0 ? "the program" : "another program called xcore"}, ${how}`,
      where: program,
      command,
    })),
    ...packages,
  ];
}

async function shellLines({ files, env }: Runtime): Promise<ManualRemoval[]> {
  const home = env("HOME");
  if (home === undefined) return [];
  const fish = join(env("XDG_CONFIG_HOME") ?? join(home, ".config"), "fish", "config.fish");
  const zsh = env("ZDOTDIR") ?? home;
  const paths = SHELL_FILES.map((name) => join(name.startsWith(".z") ? zsh : home, name));
  const found: ManualRemoval[] = [];
  for (const path of [...paths, fish]) {
    const text = await files.readTextIfExists(path).catch(() => null) ?? "";
    for (const [i, line] of text.split("\n").entries()) {
      if (!ABOUT_XCORE.test(line)) continue;
      found.push({
        what: line.trim(),
        where: `${path}, line ${i + 1}`,
        command: null,
      });
    }
  }
  return found;
}

/** Homes of other clusters, known by their units. */
async function otherHomes(runtime: Runtime, homes: readonly string[]): Promise<ManualRemoval[]> {
  const found: ManualRemoval[] = [];
  for (const { unit, home } of await unitsOnDisk(runtime)) {
    if (homes.includes(home)) continue;
    found.push(
      await runtime.files.exists(join(home, "config.yaml"))
        ? { what: `another home of xcore (daemon: ${unit.unit})`, where: home, command: null }
        : {
          what: `the unit of a deleted home (${home})`,
          where: unit.file,
          command: removeCommand(unit),
        },
    );
  }
  return found;
}

async function lingering(runtime: Runtime): Promise<ManualRemoval[]> {
  if (runtime.os !== "linux" || runtime.uid === 0 || !await hasSystemd(runtime)) return [];
  if (!await lingers(runtime)) return [];
  const what = "lingering, which xcore enabled for its daemon; keep it if you need it for something else";
  return [{ what, where: "systemd", command: "loginctl disable-linger" }];
}

/** Caches of launchers, tools, demo and tests; the running program may need the first. */
const CACHES = {
  xcore: "a cache that the program may run from",
  "xcore-tests": "packages fetched by the demo and the tests",
};

async function caches({ files, env }: Runtime): Promise<ManualRemoval[]> {
  const home = env("HOME");
  const parent = env("XDG_CACHE_HOME") ?? (home === undefined ? null : join(home, ".cache"));
  if (parent === null) return [];
  const found: ManualRemoval[] = [];
  for (const [name, what] of Object.entries(CACHES)) {
    const where = join(parent, name);
    if (await files.exists(where)) found.push({ what, where, command: `rm -r ${shellWord(where)}` });
  }
  return found;
}

/** A program, and how to remove it. */
export interface Installation {
  /** Absolute path, links resolved. */
  readonly program: string;
  /** How it was installed, in words: `installed by pip into /env`. */
  readonly how: string;
  /**
   * The command that removes it with everything that came with it; null if nothing is installed.
   */
  readonly command: string | null;
}

/** The Python distribution that carries the program. */
const PACKAGE = "crosscore";

/** Below the prefix of install.sh: the script itself, and its list of installed files. */
const INSTALLER = "share/xcore/install.sh";
const RECEIPT = "share/xcore/install-receipt";

/** This program, and then the others on PATH that are called xcore. */
export async function installations(runtime: Runtime): Promise<Installation[]> {
  const { self, files } = runtime;
  const found: Installation[] = [];
  if (self !== null && self.length > 1) {
    const folder = dirname(self.at(-1)!);
    found.push({ program: folder, how: "run from its sources", command: null });
  }
  const programs = new Map<string, string[]>(self?.length === 1 ? [[await real(runtime, self[0]!), []]] : []);
  for await (const path of allOnPath(runtime, "xcore")) {
    const program = await real(runtime, path);
    const links = programs.get(program) ?? [];
    programs.set(program, await files.kind(path) === "link" ? [...links, path] : links);
  }
  for (const [program, links] of programs) found.push(await installationOf(runtime, program, links));
  return found;
}

/** @param links links on PATH to the program */
async function installationOf(
  runtime: Runtime,
  program: string,
  links: readonly string[],
): Promise<Installation> {
  const prefix = dirname(dirname(program));
  for (const distribution of await distributionsIn(runtime, prefix)) {
    if (!distribution.paths.has(program)) continue;
    return {
      program,
      how: `installed by ${distribution.by} into ${prefix}`,
      command: distribution.uninstall,
    };
  }
  if (await isReceipted(runtime, program, prefix)) {
    return {
      program,
      how: `installed by install.sh into ${prefix}`,
      command: `sh ${shellWord(join(prefix, INSTALLER))} --uninstall`,
    };
  }
  if (await isCheckout(runtime, prefix) && basename(dirname(program)) === "dist") {
    return { program, how: `compiled in ${prefix}`, command: `rm -r ${shellWord(dirname(program))}` };
  }
  const init = join(dirname(program), "xcore-init");
  const second = await real(runtime, init) === program && init !== program ? [init] : [];
  return { program, how: "a file", command: removal([...links, ...second, program]) };
}

/** A Python distribution called crosscore, installed below a prefix. */
interface Distribution {
  /** `pip`, `uv`, `uv tool` or `pipx`. */
  readonly by: string;
  /** The installed files, absolute; links in the names of folders are resolved. */
  readonly paths: ReadonlySet<string>;
  readonly uninstall: string;
}

/** The distributions called crosscore in an environment, or below another prefix of Python. */
export async function distributionsIn(runtime: Runtime, prefix: string): Promise<Distribution[]> {
  const { files } = runtime;
  const found: Distribution[] = [];
  for (const python of (await names(runtime, join(prefix, "lib"))).filter((name) => /^python3/.test(name))) {
    for (const folder of ["site-packages", "dist-packages"]) {
      const site = join(prefix, "lib", python, folder);
      for (const name of await names(runtime, site)) {
        if (!name.startsWith(`${PACKAGE}-`) || !name.endsWith(".dist-info")) continue;
        const record = await files.readTextIfExists(join(site, name, "RECORD")) ?? "";
        const paths = record.split("\n").map((line) => resolve(site, recordedPath(line)));
        found.push({ paths: new Set(paths), ...await removing(runtime, prefix, python, join(site, name)) });
      }
    }
  }
  return found;
}

async function removing(
  runtime: Runtime,
  prefix: string,
  python: string,
  info: string,
): Promise<Omit<Distribution, "paths">> {
  const { files } = runtime;
  if (await files.exists(join(prefix, "uv-receipt.toml"))) {
    return { by: "uv tool", uninstall: `uv tool uninstall ${PACKAGE}` };
  }
  if (await files.exists(join(prefix, "pipx_metadata.json"))) {
    return { by: "pipx", uninstall: `pipx uninstall ${PACKAGE}` };
  }
  const own = join(prefix, "bin", "python");
  // Below /usr/local or ~/.local there are packages but no Python.
  const isEnvironment = await files.exists(own);
  const by = (await files.readTextIfExists(join(info, "INSTALLER")))?.trim() === "uv" ? "uv" : "pip";
  const hasPip = by === "pip" || await files.exists(join(prefix, "bin", "pip"));
  const hasUv = await onPath(runtime, "uv") !== null;
  const uninstall = pipCommand(isEnvironment ? own : python, { hasPip, hasUv }, "uninstall", PACKAGE);
  return { by, uninstall };
}

/** The path in a line of RECORD, which is CSV. */
function recordedPath(line: string): string {
  return /^"((?:[^"]|"")*)"/.exec(line)?.[1]?.replaceAll('""', '"') ?? line.split(",")[0]!;
}

/** Whether install.sh installed a program into a prefix, and can remove it. */
async function isReceipted({ files }: Runtime, program: string, prefix: string): Promise<boolean> {
  const text = await files.readTextIfExists(join(prefix, RECEIPT)) ?? "";
  // `file SHA256 PATH`
  const listed = text.split("\n").flatMap((line) => /^file \S+ (.+)$/.exec(line)?.[1] ?? []);
  return listed.some((path) => join(prefix, path) === program) && await files.exists(join(prefix, INSTALLER));
}

async function isCheckout({ files }: Runtime, folder: string): Promise<boolean> {
  return await files.exists(join(folder, "deno.json")) && await files.exists(join(folder, "lib", "cli"));
}

async function real({ files }: Runtime, path: string): Promise<string> {
  return await files.realPath(path).catch(() => path);
}

async function names({ files }: Runtime, folder: string): Promise<readonly string[]> {
  return await files.list(folder).catch(() => []);
}

function removal(paths: readonly string[]): string {
  return `rm ${[...new Set(paths)].map(shellWord).join(" ")}`;
}
