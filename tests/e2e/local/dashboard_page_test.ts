import assert from "node:assert/strict";
import axe from "npm:axe-core@4.14.1";
import { localServer } from "../../../lib/dask/local_server.ts";
import { NotRunningError } from "../../../lib/errors.ts";
import { PAGE_PATH, pageHandler } from "../../../lib/page/page_handler.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import {
  type Browser,
  openOn,
  type Page,
  type Screen,
  startBrowser,
} from "../../../tools/picture/browser.ts";
import { FakePageSource } from "../../support/fakes/page_source.ts";
import { needing, programs } from "../../support/needs.ts";
import { worker } from "../../unit/cli/_status.ts";
import { signal } from "./_processes.ts";
import { type TestCluster, until, withHome } from "./harness.ts";

const WIDE: Screen = { width: 1280, height: 900, theme: "light" };
const PHONE: Screen = { width: 360, height: 780, theme: "dark" };

/** Runs if it ever becomes HTML. */
const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

/** Opens the page, uses it, and fails if the page has told of an error, as of what its policy forbids. */
async function onPage(
  browser: Browser,
  url: string,
  screen: Screen,
  use: (page: Page) => Promise<void>,
  isStrict = true,
): Promise<void> {
  const failed: string[] = [];
  const page = await openOn(browser, url, screen, (what) => failed.push(what), isStrict);
  try {
    await use(page);
  } catch (error) {
    throw new Error(`on the page: ${await page.evaluate("document.body.innerText")}`, { cause: error });
  } finally {
    await page.close();
  }
  assert.deepEqual(failed, []);
}

async function textOf(page: Page, selector: string): Promise<string> {
  return await page.$eval(selector, (node) => (node as unknown as { innerText: string }).innerText);
}

/** Waits until what a selector finds has a text in it. */
async function shows(page: Page, selector: string, text: string): Promise<void> {
  await until(
    `${selector} shows ${text}`,
    () => textOf(page, selector).catch(() => ""),
    (seen) => seen.includes(text),
    30,
  );
}

/** What axe finds against, and whether a person has to scroll sideways. */
async function flaws(page: Page) {
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run().then(({ violations }) => ({
    violations: violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join()),
    width: document.documentElement.scrollWidth,
  }))`) as { readonly violations: string[]; readonly width: number };
}

Deno.test(needing(
  programs("chromium"),
  "the dashboard's page shows a thousand workers to everybody, and what others have named as text",
  async () => {
    const { clock, random } = systemRuntime(null);
    const source = new FakePageSource(clock.nowMs(), 1000);
    const workers = Array.from(
      { length: 1000 },
      (_, i) =>
        worker(i === 0 ? HOSTILE : `worker-${i}`, { reason: HOSTILE, runs: { [HOSTILE]: 1 }, zone: HOSTILE }),
    );
    const { tasks, cluster } = source.current;
    const [first] = tasks!.functions;
    source.current = {
      ...source.current,
      workers,
      cluster: { ...cluster, name: HOSTILE, region: HOSTILE },
      tasks: { ...tasks!, functions: [{ ...first!, name: HOSTILE, first_error: HOSTILE }] },
      problems: [{ code: "worker_paused", message: HOSTILE, hint: HOSTILE }],
    };
    source.decisions.unshift({
      atMs: clock.nowMs() - 5000,
      action: "died",
      names: [HOSTILE],
      reason: HOSTILE,
    });
    source.log = () => Promise.resolve({ text: HOSTILE, again_s: 60 });
    source.lack = new NotRunningError(HOSTILE, HOSTILE);
    const handler = pageHandler(source, clock);
    const server = await localServer({ random, clock }, [handler], PAGE_PATH);
    const browser = await startBrowser();
    try {
      const began = performance.now();
      await onPage(browser, server.url, WIDE, async (page) => {
        await shows(page, "#shown", "1–50 of 1,000 workers");
        assert.ok(performance.now() - began < 10_000, `it takes ${performance.now() - began} ms`);
        const places = [
          "#name",
          "#facts",
          "#problems",
          "#tasks",
          "#workers tbody tr",
          "#decisions",
          "#dask-lack",
        ];
        for (const place of places) await shows(page, place, HOSTILE);
        await page.click("#workers button[aria-label^='Log of']");
        await shows(page, "#log-text", HOSTILE);
        await page.keyboard.press("Escape");
        await page.type("#find", "worker-999");
        await shows(page, "#workers tbody", "worker-999");
        assert.ok(!(await page.title()).startsWith("taken"), "a name became HTML");

        // Live: what the source tells next is shown without being asked for.
        source.current = { ...source.current, workers: workers.slice(0, 1) };
        await shows(page, "#no-workers", "No worker is like that.");
      });
      for (const screen of [WIDE, PHONE]) {
        await onPage(browser, server.url, screen, async (page) => {
          const { violations, width } = await flaws(page);
          assert.deepEqual(violations, [], `${screen.width} ${screen.theme}`);
          assert.ok(width <= screen.width, `the page is ${width} wide on ${screen.width}`);
        }, false);
      }
    } finally {
      await browser.close();
      handler.close();
      await server.close();
    }
  },
));

/** A function with a name and an error that are HTML, as its key and its traceback. */
const JOB = `
import time
from distributed import Client
from crosscore import cluster

def fail():
    raise ValueError("<b>bold</b>")

client = Client(cluster.get_url())
print(client.submit(lambda: time.sleep(1.6) or 1, key="one<b>-1").result())
print(type(client.submit(fail).exception()).__name__)
`;

Deno.test(needing(
  programs("chromium"),
  "xcore dashboard shows a job as it runs, and after the shutdown what has been, as xcore report does",
  async () => {
    const browser = await startBrowser();
    try {
      await withHome(async (cluster) => {
        await cluster.setUp({ max_idle_time_s: 60, poll_interval_s: 0.5 });
        await cluster.ok("start");
        await dashboardOf(cluster, (url) =>
          onPage(browser, url, WIDE, async (page) => {
            await shows(page, "#state", "running");
            await shows(page, "#no-workers", "They start when a script submits tasks.");
            assert.equal(await cluster.pythonOk("-c", JOB), "1\nValueError\n");
            await shows(page, "#workers tbody", "worker-0");
            await shows(page, "#tasks", "one<b>");
            await shows(page, "#tasks", "ValueError('<b>bold</b>')");
            await shows(page, "#decisions", "launch");
            await page.click("[aria-label='Log of worker-0']");
            await shows(page, "#log-text", "worker");
            await page.click("#close-log");
            await until("a running worker is recorded", () => recorded(page), (counts) => counts.includes(1));
            const dask = await page.goto(`${new URL(url).origin}/status`);
            assert.match(await dask!.text(), /<title>Dask/);
          }));
        await cluster.ok("shutdown", "--yes");
        await dashboardOf(cluster, (url) =>
          onPage(browser, url, PHONE, async (page) => {
            await shows(page, "#state", "down");
            await shows(page, "#dask-lack", "no cluster is running");
            await shows(page, "#decisions", "launch");
            await page.locator("::-p-text(15 min)").click(); // of a longer time the last few seconds are one point
            await until(
              "the chart tells of the worker that was there",
              () =>
                page.$eval("#chart-workers [role=img]", (chart) => chart.getAttribute("aria-label") ?? ""),
              (summary) => /running 0 at the end, 1 at most/.test(summary),
              30,
            );
          }));
        await readReports(cluster, browser);
      });
    } finally {
      await browser.close();
    }
  },
));

/** Writes the reports, the plot and the samples of the run that is over, and reads them. */
async function readReports(cluster: TestCluster, browser: Browser): Promise<void> {
  const folder = `${cluster.home}/..`;
  for (const name of ["one.html", "two.html"]) await cluster.ok("report", "-o", `${folder}/${name}`);
  await cluster.ok("history", "--plot", `${folder}/run.svg`);
  const report = await Deno.readTextFile(`${folder}/one.html`);
  assert.equal(report, await Deno.readTextFile(`${folder}/two.html`));
  assert.match(await cluster.ok("history", "--csv"), /^at,.*\n(?:.*\n)*\S+,0,0,0,1,/);

  const page = await browser.newPage();
  try {
    for (const type of ["screen", "print"]) {
      await page.setViewport({ width: 800, height: 600 });
      await page.emulateMediaType(type);
      await page.setBypassCSP(true); // for axe
      await page.goto(`file://${folder}/one.html`);
      const { violations, width } = await flaws(page);
      assert.deepEqual([violations, width], [[], 800], type);
    }
    const shown = await textOf(page, "main");
    const found = [
      /when it was shut down/,
      /^Tasks\n1 done, 1 failed$/m,
      /^Workers\n1 instance, together \d+ (s|min)$/m,
      /^one<b>\t1\t0\t0\t[1-9]\d* s$/m,
      /^fail\t1\tValueError\('<b>bold<\/b>'\)\tfail-/m,
      /^worker-0\tlocal\t–\ton-demand\t/m,
      /^\S+ \S+\tlaunch\tworker-0\t/m,
      /^python\t3\.\d+\.\d+$/m,
      /^distributed\t\d/m,
      /^poll_interval_s\t0.5$/m,
    ];
    for (const text of found) assert.match(shown, text);
    await page.goto(`file://${folder}/run.svg`);
    assert.match(await page.$eval("desc", (desc) => desc.textContent ?? ""), /running 1/);
  } finally {
    await page.close();
  }
}

/** The numbers of running workers that the last minutes' history has. */
async function recorded(page: Page): Promise<(number | null)[]> {
  return await page.evaluate(`fetch("/page/history?from=" + (Date.now() - 600_000) + "&to=" + Date.now())
    .then((answer) => answer.json()).then(({ samples }) => samples.workers.running)`) as (number | null)[];
}

/** Runs `xcore dashboard`, and ends it after. */
async function dashboardOf(cluster: TestCluster, use: (url: string) => Promise<void>): Promise<void> {
  const running = cluster.xcoreBeside(["dashboard", "--no-browser"]);
  try {
    const url = await until(
      "it prints its address",
      () => Promise.resolve(running.printed().trim()),
      Boolean,
    );
    await use(url);
  } finally {
    signal(running.pid, "SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
  }
}
