import assert from "node:assert/strict";
import { AWS, errorOf, LOCAL, mistakeOf, mistakesOf } from "./_texts.ts";

const ONE_LINE_EACH: readonly [what: string, text: string, said: string][] = [
  ["an empty file", "", "found an empty file, allowed keys and values"],
  ["a file of comments", "# nothing\n\n", "found an empty file, allowed keys and values"],
  [
    "a list",
    "- a\n- b\n",
    "found a list (lines that begin with a hyphen), allowed keys and values, such as max_workers: 4",
  ],
  [
    "a text",
    "hello world\n",
    "found a text without any key, allowed keys and values, such as max_workers: 4",
  ],
  ["bytes", `${LOCAL}\0\0`, "found bytes that are not text, allowed a text file"],
  ["a file that is far too long", "#".repeat(300_000), "found 300 kB, allowed up to 256 kB"],
  [
    "a tab",
    `${LOCAL}\tmax_workers: 4\n`,
    "line 3, found a tab at the start of the line (column 1): use spaces there",
  ],
  [
    "a tab in a pool",
    `${LOCAL}pools:\n\t- name: x\n`,
    "line 4, found a tab at the start of the line (column 1): use spaces there",
  ],
  [
    "no space after the colon",
    `${LOCAL}max_workers:4\n`,
    "line 3, found no space after the colon, allowed a colon and a space: max_workers: 4",
  ],
  [
    "no colon",
    `${LOCAL}max_workers 4\nmin_workers: 0\n`,
    "line 3, found no colon, allowed a colon and a space: max_workers: 4",
  ],
  [
    "an equals sign",
    `${LOCAL}max_workers = 4\n`,
    "line 3, found an equals sign, allowed a colon and a space: max_workers: 4",
  ],
  [
    "an equals sign and a slip",
    `${LOCAL}max_worker=4\n`,
    "line 3, found an equals sign, allowed a colon and a space: max_workers: 4",
  ],
  [
    "a no-break space",
    `${LOCAL}max_workers:\u00a04\n`,
    "line 3, found no space after the colon, allowed a colon and a space: max_workers: \u00a04",
  ],
  [
    "a file of one such line",
    "max_workers:4",
    "line 1, found no space after the colon, allowed a colon and a space: max_workers: 4",
  ],
  [
    "a key without more",
    `${LOCAL}max_workers\n`,
    "line 3, found a line without a colon (column 1): write key: value",
  ],
  [
    "a line further right",
    `${LOCAL}max_workers: 4\n  min_workers: 0\n`,
    "line 4, found a line that begins further right than the one before it (column 3): begin both in the same column",
  ],
  [
    "a line further right, after blank ones",
    `${LOCAL}max_workers: 4\n\n\n  min_workers: 0\n`,
    "line 6, found a line that begins further right than the one before it (column 3): begin both in the same column",
  ],
  [
    "a line of a pool too far left",
    `${LOCAL}pools:\n   - name: a\n  max_workers: 2\n`,
    "line 5, found a line that begins further left or right than those around it (column 1): begin them in the same column",
  ],
  [
    "two colons",
    `${LOCAL}python: C: x\n`,
    "line 3, found a second colon in one line (column 9): put the value in quotes",
  ],
  [
    "an open quote",
    `${LOCAL}python: "/env\nmax_workers: 4\n`,
    'line 3, found a quote " that is never closed (column 9): close it',
  ],
  [
    "an open apostrophe",
    `${LOCAL}python: '/env\n`,
    "line 3, found a quote ' that is never closed (column 9): close it",
  ],
  [
    "an open bracket",
    `${AWS}zones: [eu-west-2a\nmax_workers: 4\n`,
    "line 3, found a [ that is never closed (column 8): close it",
  ],
  ["an open brace", `${AWS}tags: {a: b\n`, "line 3, found a { that is never closed (column 7): close it"],
  [
    "a brace that is open in a list",
    `${LOCAL}pools: [\n  {name: a},\n  {name: b\n]\n`,
    "line 5, found a { that is never closed (column 3): close it",
  ],
  [
    "a bracket too many",
    `${AWS}zones: [eu-west-2a]]\n`,
    "line 3, found a ] that nothing has opened (column 20): take it away",
  ],
  [
    "a list behind its key",
    `${AWS}zones: - eu-west-2a\n`,
    "line 3, found a hyphen behind a key (column 8): write a list in brackets: [a, b]",
  ],
  [
    "a value that begins with @",
    `${LOCAL}python: @env\n`,
    "line 3, found a value that begins with @ (column 9): put it in quotes",
  ],
  [
    "a value that begins with %",
    `${LOCAL}python: %env\n`,
    "line 3, found a value that begins with % (column 9): put it in quotes",
  ],
  ["a star", `${AWS}zones: *\n`, "line 3, found a value that begins with * (column 8): put it in quotes"],
  [
    "text behind quotes",
    `${LOCAL}python: "/env" # ok\nmax_workers: "4" 5\n`,
    "line 4, found more text behind the value (column 18): put all of it in quotes",
  ],
  [
    "a backslash in quotes",
    `${LOCAL}python: "C:\\python"\n`,
    "line 3, found a backslash between double quotes (column 12): use single quotes",
  ],
  [
    "a second document",
    `${LOCAL}---\nprovider: aws\n`,
    "line 3, found a line --- or ... in the middle (column 1): take that line away",
  ],
  [
    "an anchor",
    `${LOCAL}max_workers: &n 4\n`,
    "line 3, found an anchor (&n), which this file cannot have: take it away",
  ],
  [
    "an alias of nothing",
    `${LOCAL}max_workers: *n\n`,
    "line 3, found an alias (*n), which this file cannot have: write the value out instead",
  ],
  [
    "a tag of YAML's",
    `${LOCAL}max_workers: !!int 4\n`,
    "line 3, found a YAML tag (a word that begins with !), which this file cannot have: take it away, or put a text in quotes",
  ],
  [
    "an unknown tag",
    `${LOCAL}python: !env\n`,
    "line 3, found a value that begins with ! (column 9): put it in quotes",
  ],
  [
    "a key that is a list",
    `${LOCAL}? [a]\n: b\n`,
    "line 3, found a key that is not a word, which this file cannot have: write key: value",
  ],
  ["a merge key", `${LOCAL}<<: {max_workers: 4}\n`, "line 3, <<: found an unknown key"],
  [
    "brackets without end",
    "[".repeat(100_000),
    "line 1, found values nested too deeply: take some of them away",
  ],
  [
    "braces without end",
    "{a: ".repeat(50_000),
    "line 1, found values nested too deeply: take some of them away",
  ],
  [
    "lists in lists",
    `${AWS}zones: ${"[".repeat(100)}${"]".repeat(100)}\n`,
    "line 3, found values nested too deeply, which this file cannot have: take some of them away",
  ],
];

for (const [what, text, said] of ONE_LINE_EACH) {
  Deno.test(`parseConfig() answers ${what} in one line`, async () => {
    assert.equal(await mistakeOf(text), said);
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
