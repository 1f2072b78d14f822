import assert from "node:assert/strict";
import { extname, join } from "node:path";
import { type Page, startBrowser } from "../../tools/picture/browser.ts";
import { buildSite } from "../../tools/site/build_site.ts";
import type { Fault } from "../../tools/site/check_site.ts";
import { pagesOf, SECTIONS } from "../../tools/site/sections.ts";
import { needing, programs } from "../support/needs.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

interface Site {
  readonly folder: string;
  readonly faults: readonly Fault[];
}

let site: Promise<Site> | null = null;

/** The site, which the first test builds. */
function built(): Promise<Site> {
  return site ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "xcore-site-" });
    addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    return { folder, faults: await buildSite(folder) };
  })();
}

Deno.test("the site has every page, each link in it leads somewhere, and it loads nothing of another host", async () => {
  const { folder, faults } = await built();
  assert.deepEqual(faults, []);
  const pages = SECTIONS.flatMap(pagesOf);
  assert.ok(pages.length > 50);
  for (const page of pages) {
    const path = page.replace(/README\.md$/, "index.md").replace(/md$/, "html");
    const html = await Deno.readTextFile(join(folder, path));
    assert.match(html, /^[^]{0,200}"Content-Security-Policy" content="default-src 'self' /, path);
    const sidebar = /<aside class="VPSidebar"[^]*?<\/aside>/.exec(html)?.[0] ?? "";
    assert.ok(sidebar.includes(`href="/${path}"`), `the sidebar of ${path} has it`);
  }
  const example = await Deno.readTextFile(join(folder, "examples/first_job.py.txt"));
  assert.equal(example, await Deno.readTextFile(new URL("../../examples/first_job.py", import.meta.url)));
});

/** Serves a browser's page the files of the site as `http://site/`, and nothing else; collects what it asks for beside that. */
async function serve(page: Page, folder: string): Promise<string[]> {
  const others: string[] = [];
  await page.setRequestInterception(true);
  page.on("request", async (request) => {
    const { protocol, host, pathname } = new URL(request.url());
    if (protocol === "data:") return await request.continue();
    if (host !== "site") {
      others.push(request.url());
      return await request.abort();
    }
    const body = await Deno.readFile(join(folder, decodeURIComponent(pathname))).catch(() => null);
    if (body === null) others.push(request.url());
    await request.respond(
      body === null ? { status: 404 } : { body, contentType: TYPES[extname(pathname)] ?? "text/plain" },
    );
  });
  return others;
}

Deno.test("the site's server ends with the program that has started it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-site-" });
  await Deno.writeTextFile(join(folder, "index.html"), "a site");
  const module = new URL("../../tools/site/serve_site.ts", import.meta.url).href;
  const served = new Deno.Command(Deno.execPath(), {
    args: ["eval", `import { serveSite } from "${module}"; Deno.exit(await serveSite("${folder}"));`],
    env: { NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const output = served.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!/http\S+\n/.test(said)) said += (await output.read()).value ?? assert.fail(`it ended: ${said}`);
  const [address = ""] = /http\S+/.exec(said)!;
  assert.match(await (await fetch(address)).text(), /a site/);
  served.kill("SIGTERM");
  await served.status;
  await assert.rejects(fetch(address), TypeError, "its server has ended as well");
  await output.cancel();
  await Deno.remove(folder, { recursive: true });
});

const inBrowser = programs("chromium");

Deno.test(needing(inBrowser, "a reader finds a page by its words, and goes to it", async () => {
  const { folder } = await built();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    const others = await serve(page, folder);
    await page.goto("http://site/index.html", { waitUntil: "networkidle0" });
    await page.click("#local-search button");
    await page.waitForSelector(".VPLocalSearchBox input");
    await page.type(".VPLocalSearchBox input", "daemon_grace_s");
    const result = await page.waitForSelector(".VPLocalSearchBox .result[href^='/docs/settings.html']");
    await result!.click();
    await page.waitForFunction("document.title.startsWith('Settings')");
    assert.deepEqual(others, []);
  } finally {
    await browser.close();
  }
}));

Deno.test(needing(inBrowser, "a page that is opened as a file is laid out, and leads to others", async () => {
  const { folder } = await built();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 900 }); // a narrower one has no sidebar
    await page.goto(`file://${folder}/docs/decisions/0010-without-a-daemon.html`);
    await page.waitForFunction("getComputedStyle(document.querySelector('.VPSidebar')).position === 'fixed'");
    await Promise.all([page.waitForNavigation(), page.click(".VPSidebar a[href$='docs/lease.html']")]);
    assert.equal(page.url(), `file://${folder}/docs/lease.html`);
  } finally {
    await browser.close();
  }
}));
