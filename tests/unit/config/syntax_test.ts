import assert from "node:assert/strict";
import { AWS, errorOf, LOCAL, mistakeOf, mistakesOf, placeOf } from "./_texts.ts";
import { assertWording } from "../../support/wording.ts";

const ONE_LINE_EACH: readonly [what: string, text: string, place: string][] = [
  ["an empty file", "", ""],
  ["a file of comments", "# nothing\n\n", ""],
  [
    "a list",
    "- a\n- b\n",
    "",
  ],
  [
    "a text",
    "hello world\n",
    "",
  ],
  ["bytes", `${LOCAL}\0\0`, ""],
  ["a file that is far too long", "#".repeat(300_000), ""],
  [
    "a tab",
    `${LOCAL}\tmax_workers: 4\n`,
    "line 3, column 1",
  ],
  [
    "a tab in a pool",
    `${LOCAL}pools:\n\t- name: x\n`,
    "line 4, column 1",
  ],
  [
    "no space after the colon",
    `${LOCAL}max_workers:4\n`,
    "line 3",
  ],
  [
    "no colon",
    `${LOCAL}max_workers 4\nmin_workers: 0\n`,
    "line 3",
  ],
  [
    "an equals sign",
    `${LOCAL}max_workers = 4\n`,
    "line 3",
  ],
  [
    "an equals sign and a slip",
    `${LOCAL}max_worker=4\n`,
    "line 3",
  ],
  [
    "a no-break space",
    `${LOCAL}max_workers:\u00a04\n`,
    "line 3",
  ],
  [
    "a file of one such line",
    "max_workers:4",
    "line 1",
  ],
  [
    "a key without more",
    `${LOCAL}max_workers\n`,
    "line 3, column 1",
  ],
  [
    "a line further right",
    `${LOCAL}max_workers: 4\n  min_workers: 0\n`,
    "line 4, column 3",
  ],
  [
    "a line further right, after blank ones",
    `${LOCAL}max_workers: 4\n\n\n  min_workers: 0\n`,
    "line 6, column 3",
  ],
  [
    "a line of a pool too far left",
    `${LOCAL}pools:\n   - name: a\n  max_workers: 2\n`,
    "line 5, column 1",
  ],
  [
    "two colons",
    `${LOCAL}python: C: x\n`,
    "line 3, column 9",
  ],
  [
    "an open quote",
    `${LOCAL}python: "/env\nmax_workers: 4\n`,
    "line 3, column 9",
  ],
  [
    "an open apostrophe",
    `${LOCAL}python: '/env\n`,
    "line 3, column 9",
  ],
  [
    "an open bracket",
    `${AWS}zones: [eu-west-2a\nmax_workers: 4\n`,
    "line 3, column 8",
  ],
  ["an open brace", `${AWS}tags: {a: b\n`, "line 3, column 7"],
  [
    "a brace that is open in a list",
    `${LOCAL}pools: [\n  {name: a},\n  {name: b\n]\n`,
    "line 5, column 3",
  ],
  [
    "a bracket too many",
    `${AWS}zones: [eu-west-2a]]\n`,
    "line 3, column 20",
  ],
  [
    "a list behind its key",
    `${AWS}zones: - eu-west-2a\n`,
    "line 3, column 8",
  ],
  [
    "a value that begins with @",
    `${LOCAL}python: @env\n`,
    "line 3, column 9",
  ],
  [
    "a value that begins with %",
    `${LOCAL}python: %env\n`,
    "line 3, column 9",
  ],
  ["a star", `${AWS}zones: *\n`, "line 3, column 8"],
  [
    "text behind quotes",
    `${LOCAL}python: "/env" # ok\nmax_workers: "4" 5\n`,
    "line 4, column 18",
  ],
  [
    "a backslash in quotes",
    `${LOCAL}python: "C:\\python"\n`,
    "line 3, column 12",
  ],
  [
    "a second document",
    `${LOCAL}---\nprovider: aws\n`,
    "line 3, column 1",
  ],
  [
    "an anchor",
    `${LOCAL}max_workers: &n 4\n`,
    "line 3",
  ],
  [
    "an alias of nothing",
    `${LOCAL}max_workers: *n\n`,
    "line 3",
  ],
  [
    "a tag of YAML's",
    `${LOCAL}max_workers: !!int 4\n`,
    "line 3",
  ],
  [
    "an unknown tag",
    `${LOCAL}python: !env\n`,
    "line 3, column 9",
  ],
  [
    "a key that is a list",
    `${LOCAL}? [a]\n: b\n`,
    "line 3",
  ],
  ["a merge key", `${LOCAL}<<: {max_workers: 4}\n`, "line 3, <<"],
  [
    "brackets without end",
    "[".repeat(100_000),
    "line 1",
  ],
  [
    "braces without end",
    "{a: ".repeat(50_000),
    "line 1",
  ],
  [
    "lists in lists",
    `${AWS}zones: ${"[".repeat(100)}${"]".repeat(100)}\n`,
    "line 3",
  ],
];

for (const [what, text, place] of ONE_LINE_EACH) {
  Deno.test(`parseConfig() answers ${what} in one line`, async () => {
    const mistake = await mistakeOf(text);
    assert.equal(placeOf(mistake), place);
    assertWording("syntax", what, mistake.message);
  });
}

Deno.test("parseConfig() answers a bomb of aliases without expanding it", async () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]\n`);
  const mistakes = await mistakesOf(`${LOCAL}a0: &a0 [x]\n${levels.join("")}`);
  assert.ok(mistakes.every(({ message }) => /^found an (anchor|alias) /.test(message)));
});

Deno.test("parseConfig() finds each of several lines that are almost YAML", async () => {
  const mistakes = await mistakesOf(
    "provider=local\ncluster_id: xcore-0a1b2c3d\nmax_workers:4\nmin_workers 0\n",
  );
  assert.deepEqual(mistakes.map(({ line }) => line), [1, 3, 4]);
});

Deno.test("parseConfig() finds each of several tabs", async () => {
  const mistakes = await mistakesOf(`${LOCAL}\tmax_workers: 4\n\tmin_workers: 0\n`);
  assert.deepEqual(mistakes.map(({ line }) => line), [3, 4]);
});

Deno.test("parseConfig() counts the mistakes of a file of 60,000 equal keys, and lists the first 100", async () => {
  const error = await errorOf("a:\n".repeat(60_000));
  assert.match(error.message, /it has 60002 mistakes, of which the first 100 are listed$/);
  assert.equal(error.mistakes.length, 100);
});

Deno.test("a file that holds nothing is answered with how to get a new one", async () => {
  assert.match((await errorOf("")).hint, /^Move .* away and run `xcore init/);
});
