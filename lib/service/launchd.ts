/** The daemon in the hands of launchd. @module */

import { dirname, join } from "node:path";
import { XcoreError } from "../errors.ts";
import type { RunResult, Runtime } from "../runtime.ts";
import { refuseOtherHome } from "./_other_home.ts";
import { label, plistText } from "./launchd_plist.ts";
import type { ServiceNote } from "./note.ts";
import type { Service, ServiceState } from "./service.ts";

/** A little more than the plist's ExitTimeOut. */
const OUT_WITHIN_MS = 35_000;
const LOOK_EVERY_MS = 200;

/** Where launchd looks for this user's agents, or for root's daemons. */
export function launchdNote(runtime: Runtime, clusterId: string): ServiceNote {
  const unit = label({ clusterId });
  const library = runtime.uid === 0
    ? "/Library/LaunchDaemons"
    : join(runtime.env("HOME") ?? "/", "Library", "LaunchAgents");
  return { manager: "launchd", unit, file: join(library, `${unit}.plist`) };
}

/** A cluster's daemon under launchd. */
export function launchdService(runtime: Runtime, note: ServiceNote): Service {
  const { unit, file } = note;
  const launchctl = (...args: string[]) => runtime.run(["launchctl", ...args]);
  const domain = async () => {
    if (runtime.uid === 0) return "system";
    // Who is logged in on the screen has a domain of a session; who has come by ssh alone has the user's.
    const gui = `gui/${runtime.uid}`;
    return (await launchctl("print", gui)).code === 0 ? gui : `user/${runtime.uid}`;
  };
  const target = async () => `${await domain()}/${unit}`;
  /** It is taken at its word only later: what is still on its way out keeps its successor from coming. */
  const bootout = async () => {
    await launchctl("bootout", await target());
    const giveUpMs = runtime.clock.monotonicMs() + OUT_WITHIN_MS;
    while ((await launchctl("print", await target())).code === 0 && runtime.clock.monotonicMs() < giveUpMs) {
      await runtime.clock.sleep(LOOK_EVERY_MS);
    }
  };
  const state = async () => stateIn(await launchctl("print", await target()));

  return {
    ...note,
    state,
    async install(spec) {
      const wanted = plistText(spec);
      const found = await runtime.files.readTextIfExists(file);
      await refuseOtherHome(runtime, spec, found, unit);
      if (found === wanted) return false;
      await runtime.files.mkdir(dirname(file));
      await runtime.files.writeText(file, wanted);
      return true;
    },
    async start() {
      await bootout();
      await launchctl("enable", await target());
      const result = await launchctl("bootstrap", await domain(), file);
      if (result.code === 0) return;
      throw new XcoreError(
        `Cannot start the daemon: launchd says: ${(result.stderr || result.stdout).trim().split("\n")[0]}`,
        `Try \`launchctl print ${await target()}\`, or set XCORE_SERVICE=none to run it as a plain process.`,
      );
    },
    async stop() {
      await bootout();
    },
    async remove() {
      await bootout();
      await runtime.files.remove(file);
    },
  };
}

/** Reads what `launchctl print` said of the daemon. */
export function stateIn({ code, stdout }: RunResult): ServiceState {
  const field = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, "m").exec(stdout)?.[1];
  const pid = Number(field("pid") ?? 0) || null;
  const runs = Number(field("runs") ?? 0);
  return {
    active: code === 0 && (pid !== null || field("state") === "running"),
    pid,
    restarts: code === 0 && runs > 0 ? runs - 1 : null,
    failure: null, // launchd never gives up
  };
}
