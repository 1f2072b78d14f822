/**
 * `deno task picture:page`: takes the pictures of the page of `xcore dashboard`, and of a report, that the
 * documentation shows, of a cluster that is made up. It needs Debian's `chromium`.
 * @module
 */

import { reportOf } from "../../lib/cluster/run_report.ts";
import { localServer } from "../../lib/dask/local_server.ts";
import { PAGE_PATH, pageHandler } from "../../lib/page/page_handler.ts";
import { reportHtml } from "../../lib/page/report_html.ts";
import { systemRuntime } from "../../lib/system_runtime.ts";
import { FakePageSource } from "../../tests/support/fakes/page_source.ts";
import { pastDay } from "../../tests/support/fakes/past_run.ts";
import { endWith } from "../failure.ts";
import { ROOT } from "../run_deno.ts";
import { type Browser, openOn, type Screen, startBrowser } from "./browser.ts";

const FOLDER = `${ROOT}docs/picture`;

const SCREENS: Readonly<Record<string, Screen>> = {
  "page-light": { width: 1280, height: 1050, theme: "light" },
  "page-dark": { width: 1280, height: 1050, theme: "dark" },
  "page-phone-light": { width: 360, height: 780, theme: "light" },
  "page-phone-dark": { width: 360, height: 780, theme: "dark" },
};

async function takePictures(folder: string, isWhole: boolean): Promise<void> {
  const runtime = systemRuntime(null);
  const handler = pageHandler(new FakePageSource(runtime.clock.nowMs(), 40), runtime.clock);
  const server = await localServer(runtime, [handler], PAGE_PATH);
  const browser = await startBrowser();
  try {
    for (const [name, screen] of Object.entries(SCREENS)) {
      const page = await openOn(browser, server.url, screen, (what) => console.error(what));
      const day = await page.waitForSelector("::-p-xpath(//button[text()='1 day'])");
      await day!.click();
      await page.waitForNetworkIdle({ concurrency: 1 });
      await page.mouse.move(0, 0);
      await page.evaluate("scrollTo(0, 0)");
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: isWhole });
      await page.close();
    }
    await takeReport(browser, folder, isWhole);
  } finally {
    await browser.close();
    handler.close();
    await server.close();
  }
}

/** The upper part of a report, as in docs/report.md. */
async function takeReport(browser: Browser, folder: string, isWhole: boolean): Promise<void> {
  const page = await browser.newPage();
  await page.setViewport({ width: 960, height: 1460 });
  await page.setContent(reportHtml(reportOf(await pastDay())));
  await page.screenshot({ path: `${folder}/report.png`, fullPage: isWhole });
  await page.close();
}

if (import.meta.main) {
  try {
    await takePictures(Deno.args[0] ?? FOLDER, Deno.args.includes("--whole"));
  } catch (error) {
    endWith("take the pictures of the page", error);
  }
}
