/** A machine whose service manager answers what a test says. */

import { type Home, homeOf } from "../../../lib/config/home.ts";
import type { RunResult, Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import type { DaemonSpec } from "../../../lib/service/service.ts";

export interface FakeMachine extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly home: Home;
  /** A folder of the test's; the home is in it. */
  readonly folder: string;
  /** The commands that were run, words joined by spaces. */
  readonly commands: string[];
  spec(change?: Partial<DaemonSpec>): DaemonSpec;
}

/** What a program says: its exit code, or its stdout, or all; undefined is success in silence. */
export type Answer = number | string | Partial<RunResult> | undefined;

/** A machine with a home; `answer` is asked for each command, and each undefined one is a success. */
export async function fakeMachine(
  answer: (command: string) => Answer = () => undefined,
  { env = {}, change = {}, booted = true }: {
    env?: Readonly<Record<string, string>>;
    change?: Partial<Runtime>;
    booted?: boolean;
  } = {},
): Promise<FakeMachine> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-service-" }));
  const system = systemRuntime(null);
  const all: Readonly<Record<string, string>> = { HOME: folder, XCORE_HOME: `${folder}/home`, ...env };
  const commands: string[] = [];
  const runtime: Runtime = {
    ...system,
    os: "linux",
    uid: 1000,
    environment: () => all,
    env: (name) => all[name] || undefined,
    files: {
      ...system.files,
      // What the test makes is the machine's user's.
      async owner(path) {
        const found = await system.files.owner(path);
        return found && found.uid === Deno.uid() ? { ...found, uid: change.uid ?? 1000 } : found;
      },
      exists: (path) => path === "/run/systemd/system" ? Promise.resolve(booted) : system.files.exists(path),
    },
    run(command) {
      commands.push(command.join(" "));
      const said = answer(command.join(" "));
      const result = typeof said === "number"
        ? { code: said }
        : typeof said === "string"
        ? { stdout: said }
        : said;
      return Promise.resolve({ code: 0, stdout: "", stderr: "", ...result });
    },
    ...change,
  };
  await Deno.mkdir(`${folder}/home`);
  const home = homeOf(runtime, undefined);
  return {
    ...{ runtime, home, folder, commands },
    spec: (over = {}) => ({
      clusterId: "mine-0a1b2c3d",
      home,
      command: ["/usr/bin/xcore", "daemon", "run"],
      build: "1-2",
      files: ["/usr/bin/xcore"],
      machineId: null,
      env: { XCORE_HOME: home.root },
      ...over,
    }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
