/** What the documentation names is there. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import deno from "../../deno.json" with { type: "json" };
import { EMBEDDED } from "../../lib/_embedded.ts";
import { anchorOf } from "../../tools/site/links.ts";
import { pagesIn, pagesOf, SECTIONS } from "../../tools/site/sections.ts";
import { MUTATIONS } from "../simulation/_mutations.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGES = SECTIONS.flatMap(pagesOf);

function anchorsIn(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
}

/** Links and pictures in the repository, as Markdown or as HTML. */
const LINK = /\]\((?!https?:)([^)\s]+)\)|<img src="([^"]+)"/g;

async function leadsSomewhere(from: string, link: string): Promise<boolean> {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path);
  if (anchor === undefined) return await Deno.stat(ROOT + target).then(() => true, () => false);
  const page = await Deno.readTextFile(ROOT + target).catch(() => "");
  return anchorsIn(page).includes(anchor);
}

Deno.test("the pages link to what there is, and name tasks of deno.json", async () => {
  for (const page of PAGES) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, link, source] of text.matchAll(LINK)) {
      assert.ok(await leadsSomewhere(page, (link ?? source)!), `${page}: ${link ?? source}`);
    }
    for (const [, task] of text.matchAll(/deno task ([\w:]*\w)/g)) {
      assert.ok(task! in deno.tasks, `${page}: deno task ${task}`);
    }
  }
});

Deno.test("each page is in one section of the site", () => {
  assert.deepEqual(pagesIn("docs").filter((page) => !PAGES.includes(page)), [], "in no section");
  assert.deepEqual(PAGES.filter((page, i) => PAGES.indexOf(page) !== i), [], "in more than one");
});

Deno.test("CONTRIBUTING.md tells every task of deno.json", async () => {
  const text = await Deno.readTextFile(`${ROOT}CONTRIBUTING.md`);
  for (const task of Object.keys(deno.tasks)) {
    assert.match(text, new RegExp("`(deno task )?" + task + "[` ]"), task);
  }
});

Deno.test("docs/architecture.md tells every file of python/node", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/architecture.md`);
  const names = Object.keys(EMBEDDED).filter((path) => path.startsWith("python/node/"))
    .map((path) => path.slice(path.lastIndexOf("/") + 1)).filter((name) => name !== "__init__.py");
  assert.deepEqual(names.filter((name) => !text.includes(`\`${name}\``)), []);
});

Deno.test("docs/promises.md names each deliberate bug once, and files and functions that there are", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/promises.md`);
  const lists = [...text.matchAll(/^\* bugs that are found: ((?:.|\n {2})*)/gm)];
  const bugs = lists.flatMap(([, list]) => list!.replaceAll(/\s+/g, " ").split(" · "));
  assert.deepEqual(bugs.toSorted(), MUTATIONS.map(({ name }) => name).toSorted());
  for (const [, path] of text.matchAll(/`((?:lib|python|tests)\/[^`]*)`/g)) {
    await Deno.stat(ROOT + path!);
  }
  const places = text.replaceAll(/\s+/g, " ").matchAll(/((?:`[#\w.]+`(?:,| and|,? ) ?)+)of `([^`]+)`/g);
  for (const [, functions, path] of places) {
    const source = await Deno.readTextFile(ROOT + path!);
    for (const [, name] of functions!.matchAll(/(\w+)`/g)) {
      assert.match(source, new RegExp(`\\b${name}\\b`), `${name} of ${path}`);
    }
  }
});
