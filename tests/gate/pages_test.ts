/** What the documentation names is there. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import deno from "../../deno.json" with { type: "json" };
import { EMBEDDED } from "../../lib/_embedded.ts";
import { anchorOf } from "../../tools/site/links.ts";
import { pagesIn, pagesOf, SECTIONS } from "../../tools/site/sections.ts";
import { blocksIn, blocksOf } from "../e2e/local/page.ts";
import { MUTATIONS } from "../simulation/_mutations.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGES = SECTIONS.flatMap(pagesOf);

function filesBelow(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`, ending) : `${folder}/${name}`
  ).filter((path) => path.endsWith(ending));
}

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

/** Pages whose blocks `deno task commands` makes of what tests/unit/cli types, and of the usage; or `deno task libraries` of signatures. */
const MADE = ["docs/commands.md", "docs/python_library.md"];

/** What of which pages the tests type or read: a page's path → the texts of its blocks. */
async function typedBlocks(): Promise<Map<string, Set<string>>> {
  const typed = new Map<string, Set<string>>();
  for (const file of filesBelow("tests/e2e", "_test.ts")) {
    const source = await Deno.readTextFile(ROOT + file);
    const readers = [...source.matchAll(/\bnew Reader\(/g)].length;
    const ended = [...source.matchAll(/\bhasReadAll\(\)|\bof \[([\w, ]+)\]\) reader\.hasReadAll\(\)/g)]
      .reduce((sum, [, names = "one"]) => sum + names.split(",").length, 0);
    assert.equal(ended, readers, `${file}: each Reader ends with hasReadAll()`);
    for (const [, path, part = ""] of source.matchAll(/\bblocksOf\(\s*"([^"]+)"(?:,\s*\[([^\]]*)\])?/g)) {
      const [from, to] = [...part.matchAll(/"([^"]*)"/g)].map(([, words]) => words!);
      const blocks = await blocksOf(path!, to ? [from!, to] : from ? [from] : []);
      typed.set(path!, new Set([...typed.get(path!) ?? [], ...blocks.map(({ text }) => text)]));
    }
  }
  return typed;
}

Deno.test("each block that can be typed is typed by a test, or says above it why it cannot be", async () => {
  const typed = await typedBlocks();
  for (const page of PAGES.filter((page) => !MADE.includes(page))) {
    const whole = await Deno.readTextFile(ROOT + page);
    assert.doesNotMatch(
      whole,
      /^ {4}(xcore|pip|export|python3?|curl) (?!\()/m,
      `${page}: fence what can be typed`,
    );
    for (const { language, text, notTyped } of blocksIn(whole)) {
      if (!["sh", "python", ""].includes(language) || notTyped !== null) continue;
      assert.ok(
        typed.get(page)?.has(text),
        `${page}: no test types this block, and no line \`<!-- not typed: REASON -->\` is above it:\n${text}`,
      );
    }
  }
});
