/** Whether this machine can run a cluster. @module */

import { join } from "node:path";
import { probePython } from "../../python/python_environment.ts";
import { type CheckResult, failed, guarded, passed, warning } from "../check_result.ts";
import type { Local } from "./list_instances.ts";
import { portIsFree } from "./ports.ts";
import { findScheduler } from "./scheduler_process.ts";

/** See `Provider.check`. */
export async function* checks(local: Local): AsyncIterable<CheckResult> {
  // Before Python is run, which takes a while: init has only just chosen them.
  const ports = await portChecks(local);
  yield await folderCheck(local);
  yield await pythonCheck(local);
  yield await processesCheck(local);
  yield* ports;
}

async function folderCheck({ runtime, home }: Local): Promise<CheckResult> {
  const probe = join(home.run, "probe");
  try {
    await runtime.files.mkdir(home.run);
    await runtime.files.writeText(probe, "");
    await runtime.files.remove(probe);
    return passed("Folder", `${home.dir} can be written`);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return failed(
      "Folder",
      `${home.dir} cannot be written: ${found}`,
      `Make ${JSON.stringify(home.dir)} writable, or set XCORE_HOME to another folder.`,
    );
  }
}

function pythonCheck({ runtime, config: { python: given } }: Local): Promise<CheckResult> {
  const name = "Python environment";
  return guarded(name, async () => {
    if (given === null) {
      return failed(name, "the config names no Python", "Name one with `xcore config set python PATH`.");
    }
    const { python, version, packages } = await probePython(runtime, given);
    const missing = ["crossflow", "bokeh"].filter((name) => packages[name] === null);
    const found = `${python}: Python ${version}, distributed ${packages["distributed"]}`;
    if (missing.length === 0) return passed(name, found);
    const install = `${JSON.stringify(python)} -m pip install ${missing.join(" ")}`;
    return warning(name, `${found}, no ${missing.join(", no ")}`, install);
  });
}

async function processesCheck({ runtime, table }: Local): Promise<CheckResult> {
  const source = runtime.os === "linux" ? "/proc" : "ps";
  const found = await table.identify([runtime.pid]).catch(() => new Map());
  if (found.has(runtime.pid)) return passed("Process table", `${source} can be read`);
  return failed(
    "Process table",
    `${source} does not show this process`,
    `Give this user access to ${source}.`,
  );
}

async function portChecks({ runtime, home, config }: Local): Promise<CheckResult[]> {
  const { process } = await findScheduler({ runtime, home, config });
  const own = process === null ? [] : [process.record.port, process.record.httpPort];
  const ports = [config.schedulerPort, config.dashboardPort];
  return ports.map((port) => {
    if (own.includes(port)) return passed("Ports", `${port} is used by this cluster's scheduler`);
    if (portIsFree(port)) return passed("Ports", `${port} is free`);
    return failed(
      "Ports",
      `${port} is used by something else`,
      "Take two others with `xcore start --new-ports`.",
    );
  });
}
