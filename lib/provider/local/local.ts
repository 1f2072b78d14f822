/** The provider `local`: workers are processes on this machine. @module */

import { NO_OFFERINGS } from "../../model/mod.ts";
import type { Provider } from "../provider.ts";
import type { ProviderOptions } from "../registry.ts";
import { check } from "./_check.ts";
import { type Local, survey } from "./_inventory.ts";
import { launch } from "./_launching.ts";
import { processTable } from "./_processes.ts";
import { ASK_AGAIN_S, endAll } from "./_ending.ts";
import { findLog, readLog } from "./_logs.ts";

/** A file is read again in no time. */
const LOG_EVERY_S = 0.25;

/**
 * The provider `local`. A worker is known by the claim it wrote in `Home.run` together with the process table; there is
 * no other memory, so any number of these, in any number of processes, may be at work on one cluster.
 *
 * @throws {PrerequisiteError} the system has neither /proc nor `ps`
 */
export function localProvider({ runtime, home, config }: ProviderOptions): Provider {
  const local: Local = { runtime, home, config, table: processTable(runtime) };
  return {
    name: "local",
    pace: { listWhenChangingS: 0, listWhenSteadyS: 0, goneAfterS: 0, terminateAgainS: ASK_AGAIN_S },
    logEveryS: LOG_EVERY_S,
    check: () => check(local),
    offerings: () => Promise.resolve(NO_OFFERINGS),
    list: async () => ({ instances: (await survey(local)).map(({ instance }) => instance), complete: true }),
    launch: (attempt) => launch(local, attempt),
    terminate: async (ids) => {
      const found = await survey(local);
      await endAll(runtime, local.table, found.filter(({ instance }) => ids.includes(instance.id)));
    },
    bootLog: async (name, attemptId, after) =>
      await readLog(runtime, await findLog(runtime, home.logs, name, attemptId), after),
  };
}
