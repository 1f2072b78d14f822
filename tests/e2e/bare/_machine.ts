/**
 * This machine as a newcomer has it: Node, Python and what every Debian has, and a copy of the repository with nothing beside
 * it. Nobody's caches and settings are seen, only the way to the network.
 * @module
 */

import { testPython } from "../../support/test_python.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** What .gitignore names, and what git keeps. */
const NOT_COPIED = /^(\.git|dist|node_modules|__pycache__|\.pytest_cache|.*\.egg-info)$/;

/** Of Debian's essential packages. */
const ESSENTIAL = `
  [ arch awk base64 basename bash cat chgrp chmod chown chroot cksum cmp comm cp cut date dd df diff dirname dmesg du echo env
  expand expr false find flock fmt fold getconf getopt grep gunzip gzip head hostname id install join kill ldd link ln locale
  login ls lsblk md5sum mkdir mkfifo mknod mktemp more mount mountpoint mv nice nl nohup nproc nsenter numfmt od paste pathchk
  perl pinky pr printenv printf prlimit ptx pwd readlink realpath rm rmdir runuser script sed seq setpriv setsid sh sha256sum shred
  shuf sleep sort split stat stdbuf stty sum sync tac tail tar tee test timeout touch tr true truncate tsort tty umount uname
  unexpand uniq unlink unshare uptime users wc which who whoami xargs yes`.trim().split(/\s+/);

const NEWCOMERS = ["node", "npm", "npx"];

/** The way to the network, behind a proxy too, and what a login sets. */
const SEEN =
  /^((https?|no|all)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|PIP_(CERT|INDEX_URL)|REQUESTS_CA_BUNDLE|DENO_TLS_CA_STORE|NPM_CONFIG_REGISTRY|LANG|TERM|USER|LOGNAME|TMPDIR)$/i;

/** The limit of a wait, on a busy machine with a slow network. */
const LIMIT_MS = 1_800_000;

/** See above. */
export interface BareMachine extends AsyncDisposable {
  /** Runs a command in the repository, without a terminal; prints what it took. */
  run(...command: string[]): Promise<Ran>;
}

/** What a finished command left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes one; it goes with its caches. */
export async function bareMachine(): Promise<BareMachine> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-bare-" }));
  const [bin, home, clone] = [`${folder}/bin`, `${folder}/home`, `${folder}/crosscore`] as const;
  // Programs are there for every user, as in /usr/bin.
  await Deno.chmod(folder, 0o755);
  await Deno.mkdir(bin);
  await Deno.mkdir(home);
  for (const name of [...ESSENTIAL, ...NEWCOMERS]) {
    const path = await found(name);
    if (path !== null) await Deno.symlink(path, `${bin}/${name}`);
  }
  await Deno.symlink(await basePython(), `${bin}/python3`);
  await copy(ROOT.replace(/\/$/, ""), clone);
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => SEEN.test(name));
  // What is installed globally is not there: npx would run it, with its folder first on PATH.
  const npm = { NPM_CONFIG_PREFIX: `${home}/npm` };
  const env = { ...Object.fromEntries(inherited), ...npm, PATH: bin, HOME: home, NO_COLOR: "1" };
  return {
    run: (...command) => run(command, clone, env),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function run(
  [program = "", ...args]: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Ran> {
  const startedMs = performance.now();
  const command = {
    args,
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  } as const;
  const signal = AbortSignal.timeout(LIMIT_MS);
  const { code, stdout, stderr } = await new Deno.Command(`${env.PATH}/${program}`, { ...command, signal })
    .spawn().output();
  console.error(`${program} ${args.join(" ")}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(from)) {
    if (NOT_COPIED.test(name)) continue;
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else if (isSymlink) await Deno.symlink(await Deno.readLink(`${from}/${name}`), `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Where a program is. */
async function found(name: string): Promise<string | null> {
  for (const folder of [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin"]) {
    try {
      const path = `${folder}/${name}`;
      if ((await Deno.stat(path)).isFile) return path;
    } catch {
      continue;
    }
  }
  return null;
}

/** The Python that the tests' environment was made with. */
async function basePython(): Promise<string> {
  const args = ["-c", "import sys; print(sys._base_executable)"];
  const { stdout } = await new Deno.Command(testPython(), { args }).output();
  return new TextDecoder().decode(stdout).trim();
}
