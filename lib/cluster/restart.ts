/** `xcore restart`: starts the cluster again, or replaces a running scheduler. @module */

import { isElsewhere } from "../config/config.ts";
import { loadConfig } from "../config/load_config.ts";
import { probePython } from "../python/python_environment.ts";
import { type Confirm, openMade, type Progress, type Scope, withVerbLock } from "./cluster.ts";
import { endWorkersOf, stopDaemonOf } from "./end_workers.ts";
import { shutdown } from "./shutdown.ts";
import { workAtRisk } from "./work_at_risk.ts";
import { replaceScheduler, start, type Started } from "./start.ts";

/**
 * Starts the cluster again. If it is running, this stops the daemon, terminates the workers and
 * replaces the scheduler, with new certificates. Network, firewall and key stay, unless the config
 * now names another region or project.
 *
 * @param confirm called when tasks or results would be lost
 * @param costs called where the cluster is down, at the first start of a configuration that costs
 * @returns null: the answer was no
 * @throws {PrerequisiteError} the Python of the config cannot be used; nothing was changed
 */
export async function restart(
  scope: Scope,
  confirm: Confirm,
  progress: Progress,
  costs: Confirm = () => Promise.resolve(true),
): Promise<Started | null> {
  const made = await openMade(scope);
  const { state } = await made.base.describe();
  if (state === "down") return await start(scope, progress, costs);
  const config = await loadConfig(scope.runtime, scope.home);
  if (config.python !== null) await probePython(scope.runtime, config.python); // before anything is changed
  const { text: risk, answers } = await workAtRisk(made, progress);
  if (risk !== null && !await confirm(`${risk} Restart anyway?`)) return null;
  if (isElsewhere(made.config, config)) {
    await shutdown(scope, () => Promise.resolve(true), progress);
    return await start(scope, progress);
  }
  return await withVerbLock(scope, "start", progress, async () => {
    await stopDaemonOf(made, progress, { answers });
    await endWorkersOf(made, progress, { answers });
    return await replaceScheduler(made, progress, { answers });
  });
}
