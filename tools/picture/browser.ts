/** A browser without a screen, to look at the page of `xcore dashboard`. @module */

import puppeteer, { type Browser, type Page } from "npm:puppeteer-core@25.16.0";

export type { Browser, Page };

/** What a screen is like. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly theme: "light" | "dark";
}

/** Debian's name of Chromium. */
const CHROMIUM = "/usr/bin/chromium";

/** Starts Chromium; the caller closes it. */
export async function startBrowser(): Promise<Browser> {
  // As root, as in a container, it has no sandbox; it is shown our own page alone.
  const args = ["--disable-dev-shm-usage", ...(Deno.uid() === 0 ? ["--no-sandbox"] : [])];
  return await puppeteer.launch({ executablePath: CHROMIUM, headless: true, args });
}

/**
 * Opens an address as on that screen.
 *
 * @param failed is told of errors of the page
 * @param isStrict false: scripts that a test brings may do what the page's own policy forbids
 */
export async function openOn(
  browser: Browser,
  url: string,
  { width, height, theme }: Screen,
  failed: (what: string) => void,
  isStrict = true,
): Promise<Page> {
  const page = await browser.newPage();
  await page.setBypassCSP(!isStrict);
  page.on("pageerror", (error) => failed(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error") failed(`${line.text()} (${line.location().url})`);
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await page.goto(url);
  await page.waitForSelector("#link.live");
  await page.waitForSelector("#chart-workers canvas");
  return page;
}
