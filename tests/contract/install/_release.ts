/** A release of a small program, a server that has it, and install.sh as people run it. @module */

import assert from "node:assert/strict";
import { type Entry, tarGz } from "../../../tools/archive.ts";
import { writeSums } from "../../../tools/sums.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** The script. */
export const SCRIPT = `${ROOT}packaging/install.sh`;

/** This machine's system, as archives are named; what Linux is taken for is said by the test's own `uname` and `getconf`. */
export const TARGET = Deno.build.target;

/** What is in a release. */
export interface ReleaseOptions {
  readonly version?: string;
  readonly target?: string;
  /** The program: a script of sh. */
  readonly program?: string;
  /** More files, by their paths. */
  readonly more?: Readonly<Record<string, string>>;
}

const text = (words: string): Entry => ({ kind: "file", bytes: new TextEncoder().encode(words) });

/** Adds an archive to a folder, and counts the sums anew. */
export async function addRelease(folder: string, options: ReleaseOptions = {}): Promise<string> {
  const { version = "1.2.3", target = TARGET, more = {} } = options;
  const { program = `#!/bin/sh\necho xcore ${version}\n` } = options;
  const stem = `xcore-${version}-${target}`;
  const entries: Record<string, Entry> = {
    "bin/xcore": { kind: "program", bytes: new TextEncoder().encode(program) },
    "bin/xcore-init": { kind: "link", to: "xcore" },
    "share/bash-completion/completions/xcore": text("complete -W words xcore\n"),
    "share/man/man1/xcore.1": text(".TH XCORE 1\n"),
    "share/xcore/install.sh": text(await Deno.readTextFile(SCRIPT)),
    ...Object.fromEntries(Object.entries(more).map(([path, words]) => [path, text(words)])),
  };
  await Deno.writeFile(`${folder}/${stem}.tar.gz`, await tarGz(stem, entries, new Date(0)));
  await writeSums(folder);
  return `${stem}.tar.gz`;
}

/** What a server on loopback was asked for. */
export interface Server {
  readonly url: string;
  readonly asked: string[];
}

/** Runs `body` with a server whose answers a test makes: null is 404. */
export async function withServer(
  answer: (path: string) => Promise<Uint8Array<ArrayBuffer> | null>,
  body: (server: Server) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const path = new URL(request.url).pathname;
    asked.push(path);
    const bytes = await answer(path);
    return bytes === null ? new Response("<html>not here</html>", { status: 404 }) : new Response(bytes);
  });
  try {
    await body({ url: `http://127.0.0.1:${server.addr.port}`, asked });
  } finally {
    await server.shutdown();
  }
}

/** A person's home, and a release in the folder beside it. */
export class Person {
  readonly folder: string;
  readonly home: string;
  readonly release: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.home = `${folder}/home`;
    this.release = `${folder}/release`;
  }

  /** Runs `body` with one whose home is empty. */
  static async with(body: (person: Person) => Promise<void>): Promise<void> {
    const person = new Person(await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-install-" })));
    try {
      for (const folder of [person.home, person.release, `${person.folder}/tmp`]) await Deno.mkdir(folder);
      await body(person);
    } finally {
      await Deno.remove(person.folder, { recursive: true });
    }
  }

  /** What a server of the release folder answers. */
  readonly served = async (path: string): Promise<Uint8Array<ArrayBuffer> | null> =>
    await Deno.readFile(this.release + path).catch(() => null);

  /** Runs install.sh as `curl … | sh -s -- ARGS` does. */
  async install(
    args: readonly string[],
    { env = {}, shell = ["sh"], script }: {
      readonly env?: Readonly<Record<string, string>>;
      readonly shell?: readonly string[];
      /** Another text than that of the file. */
      readonly script?: string;
    } = {},
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const [program = "", ...flags] = shell;
    const child = new Deno.Command(program, {
      args: [...flags, "-s", "--", ...args],
      cwd: this.folder,
      clearEnv: true,
      env: {
        HOME: this.home,
        PATH: Deno.env.get("PATH")!,
        SHELL: "/bin/sh",
        TMPDIR: `${this.folder}/tmp`,
        XCORE_INSTALL_URL: this.release,
        ...env,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // A shell that has found a mistake reads no further.
    await writer.write(new TextEncoder().encode(script ?? await Deno.readTextFile(SCRIPT))).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    assert.deepEqual([...Deno.readDirSync(`${this.folder}/tmp`)], [], "temporary files are left");
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Like {@linkcode install}, which has to succeed; returns what it printed. */
  async installOk(...[args, options]: Parameters<Person["install"]>): Promise<string> {
    const { code, stdout, stderr } = await this.install(args, options);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stderr, "");
    return stdout;
  }

  /** Like {@linkcode install}, which has to refuse in two lines, changing nothing; returns them. */
  async refused(...[args, options]: Parameters<Person["install"]>): Promise<string[]> {
    const before = this.files();
    const { code, stdout, stderr } = await this.install(args, options);
    assert.equal(code, 1, stdout + stderr);
    assert.equal(stdout, "");
    assert.deepEqual(this.files(), before);
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 2, stderr);
    return lines;
  }

  /** Every path in the home, folders with a stroke at their end. */
  files(folder = this.home): string[] {
    return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      return isDirectory
        ? [`${path.slice(this.home.length + 1)}/`, ...this.files(path)]
        : [path.slice(this.home.length + 1)];
    }).sort();
  }

  /** A folder for PATH with links to these programs of this machine's alone, and scripts of sh by name. */
  async path(programs: readonly string[], scripts: Readonly<Record<string, string>> = {}): Promise<string> {
    const folder = await Deno.makeTempDir({ dir: this.folder, prefix: "bin-" });
    for (const name of programs) await Deno.symlink(programOnPath(name)!, `${folder}/${name}`);
    for (const [name, script] of Object.entries(scripts)) {
      await Deno.remove(`${folder}/${name}`).catch(() => {});
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    return folder;
  }
}

/** What install.sh needs besides a program for downloads and one for sums. */
export const NEEDED: readonly string[] = (
  "cat cp cut dirname env find getconf grep gzip head ldd mkdir mktemp mv readlink rm rmdir sed sh sort tail tar uname"
).split(" ");

/** Absolute path of a program; null: not installed. */
export function programOnPath(name: string): string | null {
  const paths = (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`);
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}
