/** What of xcore is on a machine beside its home, for a person to remove. @module */

import { dirname, join } from "node:path";
import type { Runtime } from "../runtime.ts";
import { hasSystemd, lingers } from "../service/choose.ts";
import { removeCommand, unitsOnDisk } from "../service/units_on_disk.ts";
import { shellWord } from "../util/shell_word.ts";
import { distributionsIn, installations } from "./_installation.ts";

/** Something that stays. */
export interface LeftOver {
  /** What it is, in words. */
  readonly what: string;
  /** A path, or the like. */
  readonly where: string;
  /** What a person types to remove it; null: to be edited, or done elsewhere. */
  readonly command: string | null;
}

/** What a shell reads when it starts, below HOME. */
const SHELL_FILES = [
  ...[".bashrc", ".bash_profile", ".bash_login", ".bash_aliases", ".profile"],
  ...[".zshrc", ".zshenv", ".zprofile"],
];

/** A line of such a file that is about xcore, and no comment. */
const ABOUT_XCORE = /^(?!\s*#).*(?<![\w.-])(xcore|XCORE_\w+)\b/;

/**
 * All of it.
 *
 * @param homes the folders of the clusters that are about to go
 * @param pythons the interpreters that their configs name
 */
export async function leftOvers(
  runtime: Runtime,
  homes: readonly string[],
  pythons: readonly string[],
): Promise<LeftOver[]> {
  return [
    ...await programs(runtime, pythons),
    ...await shellLines(runtime),
    ...await otherHomes(runtime, homes),
    ...await lingering(runtime),
    ...await caches(runtime),
  ];
}

async function programs(runtime: Runtime, pythons: readonly string[]): Promise<LeftOver[]> {
  const found = await installations(runtime);
  const commands = new Set(found.map(({ command }) => command));
  const packages: LeftOver[] = [];
  for (const prefix of new Set(pythons.map((python) => dirname(dirname(python))))) {
    for (const { uninstall } of await distributionsIn(runtime, prefix)) {
      if (commands.has(uninstall)) continue; // it is what the program came with
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

async function shellLines({ files, env }: Runtime): Promise<LeftOver[]> {
  const home = env("HOME");
  if (home === undefined) return [];
  const fish = join(env("XDG_CONFIG_HOME") ?? join(home, ".config"), "fish", "config.fish");
  const zsh = env("ZDOTDIR") ?? home;
  const paths = SHELL_FILES.map((name) => join(name.startsWith(".z") ? zsh : home, name));
  const found: LeftOver[] = [];
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
async function otherHomes(runtime: Runtime, homes: readonly string[]): Promise<LeftOver[]> {
  const found: LeftOver[] = [];
  for (const { note, home } of await unitsOnDisk(runtime)) {
    if (homes.includes(home)) continue;
    found.push(
      await runtime.files.exists(join(home, "config.yaml"))
        ? { what: `another home of xcore, whose daemon is ${note.unit}`, where: home, command: null }
        : {
          what: `the unit of a home that is gone, ${home}`,
          where: note.file,
          command: removeCommand(note),
        },
    );
  }
  return found;
}

async function lingering(runtime: Runtime): Promise<LeftOver[]> {
  if (runtime.os !== "linux" || runtime.uid === 0 || !await hasSystemd(runtime)) return [];
  if (!await lingers(runtime)) return [];
  const what = "lingering, which xcore switches on for its daemon, unless you need it for something else";
  return [{ what, where: "systemd", command: "loginctl disable-linger" }];
}

/** What launchers run and tools keep, and what demo and tests have fetched: the program may need the first to the end. */
const CACHES = {
  xcore: "a cache, which the program may run from",
  "xcore-tests": "a cache of what the demo and the tests have fetched",
};

async function caches({ files, env }: Runtime): Promise<LeftOver[]> {
  const home = env("HOME");
  const parent = env("XDG_CACHE_HOME") ?? (home === undefined ? null : join(home, ".cache"));
  if (parent === null) return [];
  const found: LeftOver[] = [];
  for (const [name, what] of Object.entries(CACHES)) {
    const where = join(parent, name);
    if (await files.exists(where)) found.push({ what, where, command: `rm -r ${shellWord(where)}` });
  }
  return found;
}
