/** `xcore dashboard`: opens Dask's dashboard in a browser, which has no certificate of the cluster. @module */

import { join } from "node:path";
import { DASHBOARD_PATH, dashboardHandler } from "../dask/dashboard_handler.ts";
import { leadingTo, localServer } from "../dask/local_server.ts";
import { type MutualTlsAddress, MutualTlsCaller } from "../dask/mutual_tls_caller.ts";
import { connectionFailure } from "../dask/scheduler_answer.ts";
import { serverName, tlsFiles } from "../dask/tls_files.ts";
import { NotRunningError, PrerequisiteError, SchedulerError } from "../errors.ts";
import { onPath } from "../util/on_path.ts";
import { shellWord } from "../util/shell_word.ts";
import { type Cluster, openCluster, schedulerOf, type Scope } from "./cluster.ts";

const PAGE_WITHIN_S = 30;

/** A way to the dashboard that is open. */
export interface Dashboard {
  /** For the user's own browser: each that opens it is let in. */
  readonly url: string;
  /**
   * Opens it in the user's browser.
   *
   * @returns false where there is no browser, or no screen for one
   */
  openBrowser(): Promise<boolean>;
  /** Ends the browser's connections, and lets no other in. */
  close(): Promise<void>;
}

/**
 * Opens a way to Dask's dashboard, on a free port of this machine, until it is closed.
 *
 * @throws {NotRunningError} no cluster is running, or its start did not finish
 * @throws {SchedulerError} the scheduler does not answer
 * @throws {PrerequisiteError} its Python has no bokeh, which draws the dashboard
 */
export async function dashboard(scope: Scope): Promise<Dashboard> {
  const cluster = await openCluster(scope);
  const address = await addressOf(cluster);
  await checkDashboard(cluster, address);
  const handler = dashboardHandler(address, scope.runtime);
  const server = await localServer(scope.runtime.random, [handler], DASHBOARD_PATH);
  const page = join(scope.home.dir, "dashboard.html");
  return {
    url: server.url,
    openBrowser: () => openBrowser(scope, page, server.url),
    async close() {
      handler.close();
      await server.close();
      await scope.runtime.files.remove(page);
    },
  };
}

async function addressOf({ base, config, home }: Cluster): Promise<MutualTlsAddress> {
  const { state, http } = await base.describe();
  if (state === "down") {
    throw new NotRunningError(
      "Cannot show the dashboard: no cluster is running",
      "Start one with `xcore start`.",
    );
  }
  if (state === "partial" || http === null) {
    throw new NotRunningError(
      "Cannot show the dashboard: the scheduler is not running",
      "Run `xcore start`: it makes what is missing.",
    );
  }
  const { caFile, client } = tlsFiles(home.tls);
  return { ...http, serverName: serverName(config.clusterId), caFile, own: client };
}

/**
 * Finds out what a browser would be shown in place of the dashboard.
 *
 * @throws as {@linkcode dashboard}
 */
export async function checkDashboard(cluster: Cluster, address: MutualTlsAddress): Promise<void> {
  const { runtime, config, base } = cluster;
  const caller = new MutualTlsCaller(address, runtime.files, runtime.clock);
  const where = `${address.host}:${address.port}`;
  try {
    const { status, text } = await caller.call({
      method: "GET",
      path: DASHBOARD_PATH,
      timeoutS: PAGE_WITHIN_S,
    });
    const wanted = wantedBokeh(text);
    if (wanted !== null) {
      throw new PrerequisiteError(
        `Cannot show the dashboard: the scheduler's Python lacks bokeh (${wanted})`,
        `Run: ${shellWord(config.python ?? "python3")} -m pip install ${
          shellWord(wanted)
        }; then \`xcore restart\`.`,
      );
    }
    if (status === 200) return;
    const scheduler = schedulerOf(cluster, await base.describe());
    await scheduler?.report().finally(() => scheduler.close()); // where it boots, this says so
    throw new SchedulerError(
      `Cannot show the dashboard: the scheduler at ${where} has none (it answered ${status})`,
      "Replace the scheduler with one of this xcore: `xcore restart`.",
    );
  } catch (error) {
    throw error instanceof PrerequisiteError || error instanceof SchedulerError
      ? error
      : connectionFailure(where, error);
  } finally {
    caller.close();
  }
}

/**
 * What pip should install, `bokeh>=3.1.0`, by the page that Dask shows in place of its dashboard
 * where bokeh is missing, or is too old or too new for it; null for another page.
 */
export function wantedBokeh(page: string): string | null {
  const [, wanted] = /Dask needs (bokeh[\w .,<>=!~*]*?) for the dashboard/.exec(page) ?? [];
  return wanted?.replaceAll(" ", "") ?? null;
}

/**
 * Opens a URL in the user's browser by way of a page in the home: every user of a machine can read
 * the arguments of its processes, and the URL is the key.
 *
 * @param page the page's path
 * @returns false where there is no browser, or no screen for one
 */
export async function openBrowser(
  { runtime, home }: Scope,
  page: string,
  url: string,
): Promise<boolean> {
  const program = await browserOpener(runtime);
  if (program === null) return false;
  await runtime.files.writeText(page, leadingTo(url));
  await runtime.files.mkdir(home.logs);
  try {
    // In a session of its own: Ctrl-C is for xcore, and not for the browser.
    runtime.spawnDetached([program, page], { cwd: home.dir, logPath: join(home.logs, "browser.log") });
    return true;
  } catch {
    return false;
  }
}

/** The program that opens a page in the user's browser. */
async function browserOpener(runtime: Scope["runtime"]): Promise<string | null> {
  if (runtime.os === "darwin") return await onPath(runtime, "open");
  const screen = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].some((name) =>
    runtime.env(name) !== undefined
  );
  if (!screen) return null; // it would open a browser of text in this terminal
  return await onPath(runtime, "wslview") ?? await onPath(runtime, "xdg-open");
}
