/** The provider `local`: workers are processes on this machine. @module */

import { NO_MACHINE_TYPES } from "../../model/mod.ts";
import type { PlatformOptions } from "../platform.ts";
import type { Provider } from "../provider.ts";
import { checks } from "./checks.ts";
import { bootLog } from "./boot_log.ts";
import { listInstances, type Local } from "./list_instances.ts";
import { launch } from "./launch.ts";
import { causeOf } from "./pid_files.ts";
import { processTable } from "./process_table.ts";
import { ASK_AGAIN_S, terminate } from "./terminate.ts";

/** A file is read again in no time. */
const LOG_EVERY_S = 0.25;

/**
 * The provider `local`. A worker is known by the record it wrote in `Home.run` together with the
 * process table; there is no other memory, so any number of these, in any number of processes, may
 * be at work on one cluster.
 *
 * @throws {PrerequisiteError} the system has neither /proc nor `ps`
 */
export function provider({ runtime, home, config }: PlatformOptions): Provider {
  const local: Local = { runtime, home, config, table: processTable(runtime) };
  return {
    name: "local",
    pace: { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: ASK_AGAIN_S },
    logEveryS: LOG_EVERY_S,
    check: () => checks(local),
    machineTypes: () => Promise.resolve(NO_MACHINE_TYPES),
    list: async () => ({
      instances: (await listInstances(local)).map(({ instance }) => instance),
      complete: true,
    }),
    launch: (attempt) => launch(local, attempt),
    terminate: async (ids) => {
      const found = await listInstances(local);
      await terminate(runtime, local.table, found.filter(({ instance }) => ids.includes(instance.id)));
    },
    bootLog: (name, attemptId, after) => bootLog(local, name, attemptId, after),
    causeOf: (name, atMs) => causeOf(local, name, atMs),
  };
}
