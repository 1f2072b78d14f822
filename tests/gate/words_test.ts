/** The words that docs/glossary.md rules out are in no name and in nothing that a user can see. */

import assert from "node:assert/strict";
import { pagesIn } from "../../tools/site/sections.ts";
import { readTexts } from "../support/sources.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const NOT_WORDS = /^\| not used \|[^]*/m;

/** What a user reads beside the program's own texts. */
const PAGES = [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  ...pagesIn("docs").filter((page) => !/^docs\/(glossary\.md|decisions\/)/.test(page)),
];

/** EC2's own word, a file of every project, and its task. */
const ALLOWED = /[Ss]pot[ _-]?[Nn]otices?|interruption notices?|NOTICE|deno task notice/g;

/** The first column of the glossary's second table. */
function ruledOut(): string[] {
  const [table = ""] = NOT_WORDS.exec(Deno.readTextFileSync(`${ROOT}docs/glossary.md`)) ?? [];
  return [...table.matchAll(/^\| ([^|]+?) \|/gm)].flatMap(([, words]) => words!.split(", "))
    .map((word) => word.replace(/ \(.*\)/, "")).filter((word) =>
      word !== "not used" && !word.startsWith("-")
    );
}

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
    if (isDirectory) yield* walk(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

const WORDS = new RegExp(`\\b(${ruledOut().join("|").replaceAll(" ", "\\s+")})\\b`, "i");

/** The word of a text that is ruled out; null: none is. */
function found(text: string): string | null {
  return WORDS.exec(text.replaceAll(ALLOWED, ""))?.[0] ?? null;
}

const wordsOf = (name: string): string =>
  name.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll(/[_.\/-]/g, " ");

const { names, strings } = readTexts();

Deno.test("no name has a word that the glossary rules out", () => {
  assert.ok(names.length > 1000);
  const wrong = names.filter(({ text }) => found(wordsOf(text)) !== null);
  assert.deepEqual(wrong.map(({ file, text }) => `${file}: ${text}`), []);
});

Deno.test("no text of the program has one", () => {
  assert.ok(strings.length > 1000);
  const wrong = strings.filter(({ text }) => text.includes(" ") && found(text) !== null);
  assert.deepEqual(wrong.map(({ file, text }) => `${file}: ${found(text)}: ${text}`), []);
});

/** The first argument of `Deno.test()`, or the name that comes after what a test needs. */
const TITLE = /\b(?:Deno\.test|step|needing|booting)\(\s*(?:[^"`;]*?,\s*)?("(?:[^"\\\n]|\\.)*"|`[^`]*`)/g;

/** Names of functions in a title are names, which another test reads. */
const CODE = /\w+\(\)|`[^`]+`/g;

Deno.test("no test's title has one", () => {
  const files = [...walk("tests")].filter((file) => file.endsWith("_test.ts"));
  assert.ok(files.length > 200);
  const wrong = files.flatMap((file) =>
    [...Deno.readTextFileSync(ROOT + file).matchAll(TITLE)].map(([, title]) => title!.slice(1, -1))
      .filter((title) => found(title.replaceAll(CODE, "")) !== null).map((title) => `${file}: ${title}`)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("no page for users has one", () => {
  const wrong = PAGES.flatMap((page) =>
    Deno.readTextFileSync(ROOT + page).split("\n").map((line, i) => `${page}:${i + 1}: ${line}`)
      .filter((line) => found(line) !== null)
  );
  assert.deepEqual(wrong, []);
});

Deno.test("the glossary's words are found, and EC2's spot notice is not one of them", () => {
  assert.ok(ruledOut().length > 15);
  assert.equal(found("It lost nothing; a spot notice came"), null);
  assert.equal(found("What remains of it"), "remains");
  assert.equal(found(wordsOf("isLeavingNow")), "Leaving");
  assert.equal(found("such a\n one"), "such a\n one");
});
