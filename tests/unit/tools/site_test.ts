import assert from "node:assert/strict";
import { faultsOf } from "../../../tools/site/check_site.ts";
import { anchorOf, linkInSite } from "../../../tools/site/links.ts";

Deno.test("linkInSite() mirrors the repository", () => {
  assert.equal(linkInSite("docs", "../README.md#12-install"), "../index.md#12-install");
  assert.equal(linkInSite("docs", "settings.md"), "settings.md");
  assert.equal(linkInSite("docs", "../permissions/aws.json"), "../permissions/aws.json.txt");
  assert.equal(linkInSite("", "docs/decisions/"), "docs/decisions/files.html");
  assert.equal(linkInSite("docs", "picture/layers.svg"), "picture/layers.svg");
  assert.equal(linkInSite("docs", "https://deno.com"), "https://deno.com");
  assert.equal(linkInSite("docs", "#what"), "#what");
});

Deno.test("anchorOf() is GitHub's", () => {
  assert.equal(anchorOf("1.2 Install"), "12-install");
  assert.equal(anchorOf("`budget_low`: what's left?"), "budget_low-whats-left");
});

Deno.test("faultsOf() names what leads nowhere and what another host has", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/docs`);
    await Deno.writeTextFile(
      `${folder}/docs/a.html`,
      `<h1 id="top">A</h1> <a href="../index.html#x">1</a> <a href="/docs/a.html#top">2</a> <a href="b.html">3</a>
       <a href="#none">4</a> <a href="https://deno.com">5</a> <img src="https://host/a.png"> <img src="data:,">
       <script src="//host/a.js"></script> <a href="../index.html#y">6</a>`,
    );
    await Deno.writeTextFile(`${folder}/index.html`, `<p id="x">`);
    assert.deepEqual((await faultsOf(folder)).map(({ address, what }) => `${address} ${what}`), [
      "b.html missing",
      "#none anchor",
      "https://host/a.png foreign",
      "//host/a.js foreign",
      "../index.html#y anchor",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
