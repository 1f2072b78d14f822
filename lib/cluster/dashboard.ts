/**
 * `xcore dashboard`: opens a page with the cluster and its history in a browser, and beside it Dask's
 * dashboard, for which a browser has no certificate.
 * @module
 */

import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import {
  DASHBOARD_PATH,
  type DashboardHandler,
  dashboardHandler,
  isDasks,
} from "../dask/dashboard_handler.ts";
import { answerText, leadingTo, localServer, refuseUpgrade } from "../dask/local_server.ts";
import { type MutualTlsAddress, MutualTlsCaller } from "../dask/mutual_tls_caller.ts";
import { connectionFailure } from "../dask/scheduler_answer.ts";
import { serverName, tlsFiles } from "../dask/tls_files.ts";
import { asXcoreError, NotRunningError, PrerequisiteError, SchedulerError } from "../errors.ts";
import { DAEMON } from "../model/mod.ts";
import { DECISIONS_TOLD } from "../page/page_history.ts";
import { PAGE_PATH, pageHandler, type PageSource } from "../page/page_handler.ts";
import { fromHistory } from "../status/history.ts";
import { onPath } from "../util/on_path.ts";
import { cached } from "../util/poll_until.ts";
import { shellWord } from "../util/shell_word.ts";
import { type Cluster, openCluster, schedulerOf, type Scope } from "./cluster.ts";
import { clusterLedger } from "./cluster_ledger.ts";
import { cost } from "./cost.ts";
import { readLog } from "./read_log.ts";
import { status } from "./status.ts";

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
 * Opens the page of a cluster, running or not, and a way to Dask's dashboard, on a port of this machine,
 * until it is closed.
 *
 * @throws {NotRunningError} there is no config
 */
export async function dashboard(scope: Scope): Promise<Dashboard> {
  const { config } = await openCluster(scope);
  const page = pageHandler(pageSource(scope), scope.runtime.clock);
  const dask = daskHandler(scope);
  const port = portOf(config.clusterId);
  const server = await localServer(scope.runtime, [page, dask], PAGE_PATH, port);
  const opener = join(scope.home.dir, "dashboard.html");
  return {
    url: server.url,
    openBrowser: () => openBrowser(scope, opener, server.url),
    async close() {
      page.close();
      dask.close();
      await server.close();
      await scope.runtime.files.remove(opener);
    },
  };
}

/** Below those that Linux gives to connections, so that they are seldom taken. */
const PORTS = { first: 24_000, count: 8000 };

/** The same each time, so that a forwarded port stays good; by the eight digits at the end of the id. */
function portOf(clusterId: string): number {
  return PORTS.first + parseInt(clusterId.slice(-8), 16) % PORTS.count;
}

/** Lines at the end of a log that the page shows. */
const LOG_LINES = 300;

function pageSource(scope: Scope): PageSource {
  const { runtime, home } = scope;
  return {
    status: () => status(scope),
    async past(span, stepMs) {
      const ledger = await clusterLedger(await openCluster(scope));
      ledger.endUnwatched();
      const lives = ledger.lives().filter(({ startedMs, endedMs }) =>
        startedMs <= span.toMs && (endedMs ?? Infinity) >= span.fromMs
      );
      const read = await fromHistory(runtime, home.history, async (history) => ({
        begunMs: await history.begunMs(),
        samples: await history.samples(span, stepMs),
        decisions: await history.decisions(DECISIONS_TOLD + 1, span),
      }), { begunMs: null, samples: [], decisions: [] });
      const { rows } = await cost(scope, { by: "task" });
      const functions = rows.filter(({ kind }) => kind === "task")
        .map(({ name, hours, usd }) => ({ name, hours, usd }));
      return { ...read, functions, lives: ledger.costs ? lives : null, minimumS: ledger.billing.minimumS };
    },
    async log(name) {
      const { provider } = await openCluster(scope);
      let text = "";
      const say = (line: string) => text += `${line}\n`;
      const options = { lines: LOG_LINES, follow: false, stop: new AbortController().signal, say };
      for await (const part of readLog(scope, name, options)) text += part;
      return { text, again_s: name === DAEMON ? 1 : provider.logEveryS };
    },
    async lacksDask() {
      try {
        const cluster = await openCluster(scope);
        await checkDashboard(cluster, await addressOf(cluster));
        return null;
      } catch (error) {
        return asXcoreError(error, "show Dask's dashboard");
      }
    },
  };
}

/** Seconds for which the scheduler's address is good; a restart may change it. */
const ADDRESS_S = 5;

/** Dask's dashboard of the scheduler that there is at each request. */
function daskHandler(scope: Scope): DashboardHandler {
  const { runtime } = scope;
  const address = cached(runtime.clock, ADDRESS_S, async () => await addressOf(await openCluster(scope)));
  let known: { readonly key: string; readonly handler: DashboardHandler } | null = null;
  async function current(): Promise<DashboardHandler> {
    const found = await address("");
    const key = JSON.stringify(found);
    if (known?.key === key) return known.handler;
    known?.handler.close();
    known = { key, handler: dashboardHandler(found, runtime) };
    return known.handler;
  }
  const failure = (error: unknown) => {
    const { message, hint } = asXcoreError(error, "show Dask's dashboard");
    return `${message}\n${hint}`;
  };
  return {
    serves: isDasks,
    answer(request: IncomingMessage, response, target) {
      void current().then(
        (handler) => handler.answer(request, response, target),
        (error) => answerText(response, 503, failure(error)),
      );
    },
    upgrade(request, socket, first, target) {
      void current().then(
        (handler) => handler.upgrade(request, socket, first, target),
        (error) => refuseUpgrade(socket, 503, failure(error)),
      );
    },
    close: () => known?.handler.close(),
  };
}

/**
 * The scheduler's address.
 *
 * @throws {NotRunningError} no cluster is running, or its start did not finish
 */
async function addressOf({ base, config, home }: Cluster): Promise<MutualTlsAddress> {
  const { state, http } = await base.describe();
  if (state === "down") {
    throw new NotRunningError(
      "Cannot show Dask's dashboard: no cluster is running",
      "Start one with `xcore start`.",
    );
  }
  if (state === "partial" || http === null) {
    throw new NotRunningError(
      "Cannot show Dask's dashboard: the scheduler is not running",
      "Run `xcore start`: it makes what is missing.",
    );
  }
  const { caFile, client } = tlsFiles(home.tls);
  return { ...http, serverName: serverName(config.clusterId), caFile, own: client };
}

/**
 * Finds out what a browser would be shown in place of the dashboard.
 *
 * @throws {SchedulerError} the scheduler does not answer
 * @throws {PrerequisiteError} its Python has no bokeh, which draws the dashboard
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
        `Cannot show Dask's dashboard: the scheduler's Python lacks bokeh (${wanted})`,
        `Run: ${shellWord(config.python ?? "python3")} -m pip install ${
          shellWord(wanted)
        }; then \`xcore restart\`.`,
      );
    }
    if (status === 200) return;
    const scheduler = schedulerOf(cluster, await base.describe());
    await scheduler?.report().finally(() => scheduler.close()); // where it boots, this says so
    throw new SchedulerError(
      `Cannot show Dask's dashboard: the scheduler at ${where} has none (it answered ${status})`,
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
