/** A machine with a real systemd, made for a test: booted, used as root or as a user who logs in, crashed, booted again. @module */

import assert from "node:assert/strict";
import type { Ran } from "../e2e/harness.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const SCRIPT = new URL("./machine.sh", import.meta.url).pathname;
const PROGRAMS = ["systemctl", "unshare", "nsenter", "setpriv", "loginctl", "dbus-daemon"];

/** Why no such machine can be made here, or null. */
export async function cannotBoot(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "systemd is there on Linux only";
  if (Deno.uid() !== 0) return "it takes root";
  for (const program of PROGRAMS) {
    const found = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" })
      .output();
    if (!found.success) return `there is no ${program}`;
  }
  return null;
}

/** Who does something in the machine. */
export interface Person {
  /** `root`, or a user who is made if missing. */
  readonly user: string;
  /** Over the little that everybody has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One machine, through all of its boots. */
export class Machine implements AsyncDisposable {
  #process: Deno.ChildProcess | null = null;
  #init = 0;

  private constructor(readonly state: string) {}

  /** A new machine, booted. */
  static async boot(): Promise<Machine> {
    const machine = new Machine(await Deno.makeTempDir({ prefix: "xcore-systemd-" }));
    await machine.start();
    return machine;
  }

  /** Boots it, with all that was written before. */
  async start(): Promise<void> {
    const child = new Deno.Command("/bin/bash", {
      args: [SCRIPT, this.state, ROOT],
      stdin: "null",
      stdout: "piped",
    })
      .spawn();
    this.#process = child;
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    reader.cancel();
    this.#init = Number(new TextDecoder().decode(value ?? new Uint8Array()).trim());
    if (!this.#init) {
      throw new Error(`systemd did not start:\n${await Deno.readTextFile(`${this.state}/console.log`)}`);
    }
    await this.until(
      "it has booted",
      async () => /running|degraded/.test((await this.enter(["systemctl", "is-system-running"])).stdout),
      60,
    );
  }

  /** Pulls the plug. */
  async powerCut(): Promise<void> {
    Deno.kill(this.#init, "SIGKILL");
    await this.#process?.status;
    this.#process = null;
  }

  /** A clean shutdown. */
  async halt(): Promise<void> {
    await this.enter(["systemctl", "halt", "--no-block"]);
    await this.#process?.status;
    this.#process = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process !== null) await this.powerCut();
    await Deno.remove(this.state, { recursive: true });
  }

  /** Runs a program in the machine as nobody's session, and as fast as can be. */
  async enter(command: readonly string[]): Promise<Ran> {
    const flags = ["-t", String(this.#init), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"];
    return await output("nsenter", [...flags, "env", "-i", PATH, "LC_ALL=C.UTF-8", ...command]);
  }

  /**
   * Runs a shell script to its end in a login of its own: after it the person has logged out.
   *
   * @param login false: as `su` does it, with no session
   */
  async run(person: Person, script: string, login = true): Promise<Ran> {
    const { user, env = {} } = person;
    const all = { HOME: homeOf(user), ...env };
    const session = login ? ["--property=PAMName=login"] : [];
    return await this.enter([
      "systemd-run",
      ...["--quiet", "--collect", "--pipe", "--wait", `--uid=${user}`, ...session],
      `--property=WorkingDirectory=${homeOf(user)}`,
      ...Object.entries(all).map(([name, value]) => `--setenv=${name}=${value}`),
      `--setenv=${PATH}`,
      ...["--", "/bin/bash", "-euc", script.replaceAll("$", "$$$$")], // systemd expands variables here
    ]);
  }

  /** Like {@linkcode run}; it has to succeed. Returns what it printed on stdout. */
  async ok(person: Person, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(person, script);
    assert.equal(code, 0, `${script}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** A file in the machine, as this machine sees it. */
  path(path: string): string {
    return `/proc/${this.#init}/root${path}`;
  }

  /** Looks again and again until it is so. */
  async until(what: string, look: () => Promise<boolean>, timeoutS = 30): Promise<void> {
    const deadlineMs = performance.now() + timeoutS * 1000;
    while (!await look()) {
      if (performance.now() > deadlineMs) throw new Error(`Not within ${timeoutS} s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Where a person's files are in the machine. */
export function homeOf(user: string): string {
  return user === "root" ? "/root" : `/home/${user}`;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

async function output(program: string, args: string[]): Promise<Ran> {
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code: result.code, stdout: decoder.decode(result.stdout), stderr: decoder.decode(result.stderr) };
}
