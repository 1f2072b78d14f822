import assert from "node:assert/strict";
import type { Cluster } from "../../../lib/cluster/cluster.ts";
import { checkDashboard, dashboard, openBrowser, wantedBokeh } from "../../../lib/cluster/dashboard.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { makeCertificates } from "../../../lib/dask/make_certificates.ts";
import { serverName } from "../../../lib/dask/tls_files.ts";
import { BundleMissingError, PrerequisiteError, SchedulerError, XcoreError } from "../../../lib/errors.ts";
import type { DetachedOptions, Runtime } from "../../../lib/runtime.ts";
import { assertWording } from "../../support/wording.ts";
import { placeWith } from "../config/_home.ts";
import { type Handler, json, serve } from "../dask/_server.ts";

/** What Dask 2026.8 shows without bokeh. */
const LACKS_BOKEH = "<p>Dask needs bokeh>=3.1.0 for the dashboard.</p>" +
  '<p>Install with conda: <code>conda install "bokeh>=3.1.0"</code></p>' +
  '<p>Install with pip: <code>pip install "bokeh>=3.1.0"</code></p>';

Deno.test("wantedBokeh() reads what pip should install from the pages of old and new Dask", () => {
  assert.equal(wantedBokeh(LACKS_BOKEH), "bokeh>=3.1.0");
  const old = "<p>Dask needs bokeh >= 2.4.2, < 3 for the dashboard.</p><p>Install with conda: …";
  assert.equal(wantedBokeh(old), "bokeh>=2.4.2,<3");
  const excluding = "<p>Dask needs bokeh!=3.0.*,>=2.4.2 for the dashboard.</p>";
  assert.equal(wantedBokeh(excluding), "bokeh!=3.0.*,>=2.4.2");
  assert.equal(wantedBokeh("<title>Dask Diagnostic UI</title>"), null);
  assert.equal(wantedBokeh("Dask needs bokeh'; rm -r x; for the dashboard"), null);
});

/** The error where the scheduler answers so; null: a browser would be shown the dashboard. */
async function failure(handler: Handler): Promise<XcoreError | null> {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  const config = await parseConfig(
    "provider: local\ncluster_id: xcore-0a1b2c3d\npython: /opt/my env/bin/python\n",
    "config.yaml",
  );
  const tls = await makeCertificates(runtime, home.tls, config.clusterId);
  await using scheduler = await serve(tls, handler);
  const http = { host: "127.0.0.1", port: scheduler.port };
  const base = { describe: () => Promise.resolve({ state: "up", url: null, http, startedAtMs: null }) };
  const address = {
    ...http,
    serverName: serverName(config.clusterId),
    caFile: tls.caFile,
    own: tls.client,
  };
  const error = await checkDashboard({ ...place, config, base } as unknown as Cluster, address)
    .then(() => null, (error) => error);
  assert.ok(error === null || error instanceof XcoreError, String(error));
  if (error !== null) error.message = error.message.replace(`127.0.0.1:${scheduler.port}`, "HOST");
  return error;
}

Deno.test("checkDashboard() takes a page, and says what to type where bokeh is missing", async () => {
  assert.equal(await failure((_request, response) => response.end("<title>Dask</title>")), null);
  const error = await failure((_request, response) => response.end(LACKS_BOKEH));
  assert.ok(error instanceof PrerequisiteError);
  assertWording("dashboard", "no bokeh", `${error.message}\n${error.hint}`);
});

Deno.test("checkDashboard() tells a scheduler that boots from one that has no dashboard", async () => {
  const booting = { protocol: 1, error: "This instance waits for its bundle", wants_bundle: "ab".repeat(32) };
  assert.ok(await failure(json(booting, 503)) instanceof BundleMissingError);
  const error = await failure((request, response) =>
    json({ protocol: 0 }, request.path === "/status" ? 404 : 200)(request, response)
  );
  assert.ok(error instanceof SchedulerError);
});

Deno.test("dashboard() shows a cluster that does not run, at the port of the cluster, and says why there is no more", async () => {
  await using place = await placeWith(null);
  await place.runtime.files.mkdir(place.home.dir);
  const values = {
    provider: "local",
    clusterName: "xcore",
    clusterId: "xcore-0a1b2c3d",
    values: {},
  } as const;
  await Deno.writeTextFile(place.home.config, initialConfig(values));
  const shown = await dashboard(place);
  const beside = await dashboard(place);
  try {
    assert.notEqual(new URL(beside.url).port, new URL(shown.url).port);
    const entered = await fetch(shown.url);
    await entered.body?.cancel();
    const cookie = entered.headers.getSetCookie()[0]!.split(";")[0]!;
    const get = (path: string) => fetch(new URL(path, shown.url), { headers: { cookie } });
    assert.match(await (await get("/")).text(), /<title>xcore dashboard/);
    const history = await (await get("/page/history?from=1&to=2")).json();
    assert.deepEqual([history.begun, history.decisions, history.cost], [null, [], null]);
    const dask = await get("/status");
    assert.equal(dask.status, 503);
    const text = await dask.text();
    assertWording("dashboard", "no cluster", text);
    const { lack } = await (await get("/page/dask")).json();
    assert.equal(`${lack.message}\n${lack.hint}\n`, text);
    const log = await get("/page/log?name=worker-0");
    assertWording("dashboard", "no log", JSON.stringify(await log.json()));
    assert.equal(await get("/xcore/status").then(({ status, body }) => (void body?.cancel(), status)), 404);
  } finally {
    await shown.close();
    await beside.close();
  }
  const again = await dashboard(place);
  await again.close();
  assert.equal(new URL(again.url).port, new URL(shown.url).port);
  assert.notEqual(new URL(again.url).search, new URL(shown.url).search);
});

/** How a browser is opened on this system with these variables, where these programs are on PATH. */
async function opening(os: string, env: Record<string, string>, programs: readonly string[]) {
  await using place = await placeWith(null);
  const bin = `${place.home.dir}/bin`;
  await Deno.mkdir(bin, { recursive: true });
  for (const name of programs) await Deno.writeTextFile(`${bin}/${name}`, "");
  const started: (readonly [command: readonly string[], options: DetachedOptions])[] = [];
  const runtime: Runtime = {
    ...place.runtime,
    os,
    env: (name) => ({ PATH: bin, ...env })[name],
    spawnDetached: (command, options) => started.push([command, options]),
  };
  const page = `${place.home.dir}/page.html`;
  const opened = await openBrowser({ ...place, runtime }, page, "http://127.0.0.1:1/?token=secret");
  const words = started.flatMap(([command]) => command.map((word) => word.replace(place.home.dir, "HOME")));
  const mode = opened ? (await Deno.stat(page)).mode! & 0o777 : null;
  return { opened, words, mode, text: opened ? await Deno.readTextFile(page) : "" };
}

Deno.test("openBrowser() hands the browser a page that only its user can read, since all can read arguments", async () => {
  const { opened, words, mode, text } = await opening("linux", { DISPLAY: ":0" }, ["xdg-open"]);
  assert.deepEqual([opened, words], [true, ["HOME/bin/xdg-open", "HOME/page.html"]]);
  assert.equal(mode, 0o600);
  assert.ok(text.includes("0;url=http://127.0.0.1:1/?token=secret"), text);
});

Deno.test("openBrowser() opens none where there is no screen, or no program to open it with", async () => {
  const programs = ["xdg-open", "open", "wslview"];
  const words = async (os: string, env: Record<string, string>) =>
    (await opening(os, env, programs)).words[0];
  assert.equal(await words("linux", {}), undefined);
  assert.equal(await words("linux", { WAYLAND_DISPLAY: "wayland-0" }), "HOME/bin/wslview");
  assert.equal(await words("darwin", {}), "HOME/bin/open");
  assert.equal((await opening("linux", { DISPLAY: ":0" }, [])).opened, false);
});
