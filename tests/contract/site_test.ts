import assert from "node:assert/strict";
import { join } from "node:path";
import { buildSite } from "../../tools/site/build_site.ts";
import { pagesOf, SECTIONS } from "../../tools/site/sections.ts";

Deno.test("the site has every page, each link in it leads somewhere, and it loads nothing of another host", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-site-" });
  try {
    assert.deepEqual(await buildSite(folder), []);
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
