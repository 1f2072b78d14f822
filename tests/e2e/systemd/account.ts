/** A person on a test's machine, and the cluster in their home. @module */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { DaemonReport } from "../../../lib/cluster/daemon_report.ts";
import type { Status } from "../../../lib/model/status.ts";
import { BINARY } from "../../../tools/compile.ts";
import { type Ran, until } from "../local/harness.ts";
import { testPython } from "../../support/test_python.ts";
import type { Machine } from "./machine.ts";

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a person has in their environment, whatever way they have come. */
export type Env = Readonly<Record<string, string>>;

/** Root, or a user. */
export class Account {
  readonly folder: string;
  readonly #systemctl: readonly string[];

  private constructor(readonly machine: Machine, readonly user: string, readonly always: Env) {
    this.folder = user === "root" ? "/root" : `/home/${user}`;
    this.#systemctl = user === "root" ? ["systemctl"] : ["systemctl", "--user", `--machine=${user}@`];
  }

  /**
   * The account, made if missing.
   *
   * @param always what the person always has in their environment
   */
  static async on(machine: Machine, user: string, always: Env = {}): Promise<Account> {
    if (user !== "root") await machine.enter(["useradd", "--create-home", "--shell=/bin/bash", user]);
    return new Account(machine, user, always);
  }

  /** Has the person's systemd run without a login. */
  async linger(): Promise<void> {
    await this.machine.enter(["loginctl", "enable-linger", this.user]);
    await until(
      "the user's systemd runs",
      () => this.systemctl("is-system-running"),
      ({ stdout }) => /running|degraded/.test(stdout),
    );
  }

  /** Logs in, runs a shell script, and logs out. */
  async login(script: string, env: Env = {}): Promise<Ran> {
    const path = `${dirname(BINARY)}:${SYSTEM_PATH}`;
    const all: Env = { HOME: this.folder, PATH: path, ...this.always, ...env };
    // A login sets PATH and HOME of its own, so these are set after it.
    const variables = Object.entries(all).map(([name, value]) => `${name}=${value}`);
    const command = ["/usr/bin/env", ...variables, "/bin/bash", "-euc", script];
    return await this.machine.enter([
      "systemd-run",
      ...["--quiet", "--collect", "--pipe", "--wait", `--uid=${this.user}`, "--property=PAMName=login"],
      ...[`--property=WorkingDirectory=${this.folder}`, "--"],
      ...command.map((word) => word.replaceAll("$", "$$$$")), // systemd expands variables
    ]);
  }

  /** The same; it has to succeed. Returns its stdout. */
  async ok(script: string, env: Env = {}): Promise<string> {
    const { code, stdout, stderr } = await this.login(script, env);
    assert.equal(code, 0, `${this.user}: ${script}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** `xcore init local` with these settings, as `config set` takes them. */
  async setUp(settings = "max_idle_time_s 2"): Promise<void> {
    await this.ok(`xcore init local --python ${testPython()} && xcore config set ${settings}`);
  }

  /** `xcore status --json`. */
  async status(): Promise<Status> {
    return JSON.parse(await this.ok("xcore status --json"));
  }

  /** `xcore daemon status --json`. */
  async daemon(): Promise<DaemonReport> {
    return JSON.parse(await this.ok("xcore daemon status --json"));
  }

  /** Looks at the daemon until it is as it should be. */
  async untilDaemon(what: string, good: (report: DaemonReport) => boolean): Promise<DaemonReport> {
    return await until(what, () => this.daemon(), good);
  }

  /** Runs a Python script with the package `crosscore`, to its end. */
  async python(script: string): Promise<Ran> {
    return await this.login(`PYTHONPATH="$(xcore python)" exec ${testPython()} -c "$SCRIPT"`, {
      SCRIPT: script,
    });
  }

  /** systemctl of the manager that runs this person's daemon. */
  async systemctl(...args: string[]): Promise<Ran> {
    return await this.machine.enter([...this.#systemctl, ...args]);
  }

  /** A file of the person's, as this machine sees it. */
  path(name: string): string {
    return this.machine.path(`${this.folder}/${name}`);
  }

  /** Command lines of all living processes that have to do with this person's cluster. */
  async processes(): Promise<string[]> {
    const { stdout } = await this.machine.enter(["ps", "-eo", "user:32=,args="]);
    return stdout.split("\n").filter((line) =>
      line.startsWith(`${this.user} `) &&
      /\/run\/(worker|scheduler)\.py |xcore( -c \S+)? daemon run/.test(line)
    );
  }
}
