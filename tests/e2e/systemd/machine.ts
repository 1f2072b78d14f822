/** A machine with a real systemd, made for a test: booted, used as root or as a user who logs in, crashed, booted again. @module */

import { dirname } from "node:path";
import { keptFolder } from "../../../tools/kept_deno.ts";
import { type Ran, until } from "../local/harness.ts";
import { allOf, type Lack, linux, namespaces, programs, root } from "../../support/needs.ts";
import { testPython } from "../../support/test_python.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const SCRIPT = new URL("./machine.sh", import.meta.url).pathname;
const PROGRAMS = [
  "systemctl",
  "systemd-run",
  "loginctl",
  "dbus-daemon",
  "unshare",
  "nsenter",
  "setpriv",
];

/** What a login needs. */
const PARTS = ["/usr/share/pam-configs/systemd", "/usr/lib/systemd/user/dbus.socket"];

/** What this machine lacks to boot one. */
export function lackToBoot(): Lack {
  return linux() ?? allOf([root(), programs(...PROGRAMS, ...PARTS)]) ?? namespaces();
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
    // Should this process be killed, the machine goes with it.
    const args = ["--pdeathsig", "TERM", "/bin/bash", SCRIPT, this.state, ...await shared()];
    const child = new Deno.Command("setpriv", { args, stdin: "null", stdout: "piped" }).spawn();
    this.#process = child;
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    reader.cancel();
    this.#init = Number(new TextDecoder().decode(value ?? new Uint8Array()).trim());
    if (!this.#init) {
      throw new Error(`systemd did not start:\n${await Deno.readTextFile(`${this.state}/console.log`)}`);
    }
    await until(
      "it has booted",
      () => this.enter(["systemctl", "is-system-running"]),
      ({ stdout }) => /running|degraded/.test(stdout),
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

  /** A file in the machine, as this machine sees it. */
  path(path: string): string {
    return `/proc/${this.#init}/root${path}`;
  }
}

/** What the tests need of this machine: the program, and Python with all that it stands on. */
async function shared(): Promise<string[]> {
  const python = testPython();
  const places = [ROOT, dirname(dirname(python)), dirname(dirname(await Deno.realPath(python)))];
  const deno = keptFolder(); // a launcher's is there
  if (await Deno.stat(deno).catch(() => null)) places.push(deno);
  return [...new Set(places)].filter((place) => !place.startsWith("/usr"));
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

async function output(program: string, args: string[]): Promise<Ran> {
  const result = await new Deno.Command(program, { args, stdin: "null" }).output();
  const decoder = new TextDecoder();
  return { code: result.code, stdout: decoder.decode(result.stdout), stderr: decoder.decode(result.stderr) };
}
