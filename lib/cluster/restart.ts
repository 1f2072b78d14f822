/** `xcore restart`: the cluster again after a shutdown, or with a new scheduler in place of the one that runs. @module */

import { isElsewhere } from "../config/changes.ts";
import { loadConfig } from "../config/load.ts";
import { probePython } from "../python/python_environment.ts";
import { openMade, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { type Confirm, endWorkersOf, shutdown, stopDaemonOf, workAtRisk } from "./shutdown.ts";
import { replaceScheduler, start, type Started } from "./start.ts";

/**
 * Makes the cluster again. Of one that runs the daemon stops, the workers end and the scheduler is replaced, with new
 * certificates; network, firewall and key stay, unless the config has the cluster in another place by now.
 *
 * @param confirm asked when tasks or results would be lost
 * @returns null when the person said no
 * @throws {PrerequisiteError} the Python of the config cannot be used; nothing has ended
 */
export async function restart(scope: Scope, confirm: Confirm, progress: Progress): Promise<Started | null> {
  const made = await openMade(scope);
  const { state } = await made.base.describe();
  if (state === "absent") return await start(scope, progress);
  const config = await loadConfig(scope.runtime, scope.home);
  if (config.python !== null) await probePython(scope.runtime, config.python); // before anything has ended
  const loss = await workAtRisk(made);
  if (loss !== null && !await confirm(`${loss} Restart all the same?`)) return null;
  if (isElsewhere(made.config, config)) {
    await shutdown(scope, () => Promise.resolve(true), progress);
    return await start(scope, progress);
  }
  return await withVerbLock(scope, "start", progress, async () => {
    await stopDaemonOf(made, progress);
    await endWorkersOf(made, progress);
    return await replaceScheduler(made, progress);
  });
}
