import assert from "node:assert/strict";
import { editConfig, editConfigAll } from "../../../lib/config/edit.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { AWS, GCP, LOCAL, PATH } from "./_texts.ts";

/** Behind two lines of a config: what is there, the edit, and what is there then. */
const EDITS: readonly [what: string, before: string, key: string, value: string, after: string][] = [
  [
    "a number, and leaves the comment behind it",
    "max_workers: 1   # for now\n",
    "max_workers",
    "4",
    "max_workers: 4   # for now\n",
  ],
  ["a value in quotes", "max_idle_time_s:   300\n", "max_idle_time_s", "60", "max_idle_time_s:   60\n"],
  [
    "an empty value with a comment",
    "boot_timeout_s:   # usual\n",
    "boot_timeout_s",
    "60",
    "boot_timeout_s:   60 # usual\n",
  ],
  ["an empty value at the end of the file", "boot_timeout_s:", "boot_timeout_s", "60", "boot_timeout_s: 60"],
  [
    "a value on the next line",
    "max_workers:\n  # two are enough\n  2\n",
    "max_workers",
    "4",
    "max_workers:\n  # two are enough\n  4\n",
  ],
  [
    "a value of several lines",
    "python: >-\n  /a\n  b\nmax_workers: 1\n",
    "python",
    "/usr/bin/python3",
    "python: /usr/bin/python3\nmax_workers: 1\n",
  ],
  ["a text that needs quotes", "python: null\n", "python", "/a b #c", 'python: "/a b #c"\n'],
  ["a text typed in quotes", "python: null\n", "python", '"/a"', "python: /a\n"],
  ["a text to null", "python: /a\n", "python", "null", "python: null\n"],
  ["a text to nothing, which is null", "python: /a\n", "python", "", "python: null\n"],
  ["unlimited", "hold_results_s: 5\n", "hold_results_s", "unlimited", "hold_results_s: unlimited\n"],
  [
    "a list",
    "zones: [] # any\n",
    "zones",
    "[eu-west-2a, eu-west-2b]",
    "zones: [eu-west-2a, eu-west-2b] # any\n",
  ],
  ["a list by its one item", "zones: []\n", "zones", "eu-west-2a", "zones: [eu-west-2a]\n"],
  [
    "a list on lines of its own, and keeps its comments",
    "zones: # where\n  - eu-west-2a\n  # far away\n  - eu-west-2b\nmax_workers: 1\n",
    "zones",
    "[eu-west-2c]",
    "zones: [eu-west-2c] # where\n  # far away\nmax_workers: 1\n",
  ],
  ["a map as a whole", "tags: {a: b}\n", "tags", "{project: thesis}", "tags: {project: thesis}\n"],
  ["an entry of a map in braces", "tags: {a: b, c: d}\n", "tags.a", "x", "tags: {a: x, c: d}\n"],
  ["a new entry of a map in braces", "tags: {a: b}\n", "tags.c", "d", "tags: {a: b, c: d}\n"],
  ["a new entry of an empty map", "tags: {}\n", "tags.c", "d", "tags: {c: d}\n"],
  [
    "a new entry of a map in braces on many lines",
    "tags: {\n  a: b, # who\n}\n",
    "tags.c",
    "d",
    "tags: {c: d, \n  a: b, # who\n}\n",
  ],
  [
    "a new entry of a map of lines",
    "tags:\n  a: b # who\n  # end\nmax_workers: 1\n",
    "tags.c",
    "d",
    "tags:\n  a: b # who\n  c: d\n  # end\nmax_workers: 1\n",
  ],
  ["an entry of a map that was left empty", "tags:\n", "tags.c", "d", "tags: {c: d}\n"],
  [
    "an entry with dots in its name",
    "prices: {}\n",
    "prices.c5.xlarge",
    "0.17",
    "prices: {c5.xlarge: 0.17}\n",
  ],
  ["a tag that looks like a number", "tags: {}\n", "tags.year", "2026", 'tags: {year: "2026"}\n'],
  ["a tag that is YAML's yes", "tags: {}\n", "tags.paid", "yes", 'tags: {paid: "yes"}\n'],
  ["a tag with a colon", "tags: {}\n", "tags.note", "a: b", 'tags: {note: "a: b"}\n'],
  ["a tag that is to be empty", "tags: {}\n", "tags.note", '""', 'tags: {note: ""}\n'],
  ["no tag, and takes it out", "tags: {a: b, c: d}\n", "tags.a", "null", "tags: {c: d}\n"],
  [
    "no tag of lines, and takes its line out",
    "tags:\n  # one\n  a: b\n  # two\n  c: d # z\n",
    "tags.a",
    "null",
    "tags:\n  # one\n  # two\n  c: d # z\n",
  ],
  [
    "no tag, the last of lines",
    "tags:\n  a: b\nmax_workers: 1\n",
    "tags.a",
    "",
    "tags: {}\nmax_workers: 1\n",
  ],
  ["no tag that was not there", "tags: {a: b}\n", "tags.c", "null", "tags: {a: b}\n"],
  [
    "a pool's key",
    "pools:\n  - name: gpu # G\n    max_workers: 1 # M\n",
    "pools.gpu.max_workers",
    "3",
    "pools:\n  - name: gpu # G\n    max_workers: 3 # M\n",
  ],
  [
    "a pool's new key",
    "pools:\n  - name: gpu # G\n\n  # next\n  - name: big\n",
    "pools.gpu.max_workers",
    "3",
    "pools:\n  - name: gpu # G\n    max_workers: 3\n\n  # next\n  - name: big\n",
  ],
  [
    "a key of the second pool",
    "pools:\n- name: gpu\n- name: big\n",
    "pools.big.market",
    "spot",
    "pools:\n- name: gpu\n- name: big\n  market: spot\n",
  ],
  [
    "a key of a pool in braces",
    "pools: [{name: gpu}, {name: big}]\n",
    "pools.big.market",
    "spot",
    "pools: [{name: gpu}, {name: big, market: spot}]\n",
  ],
  [
    "a pool's resource",
    "pools:\n  - name: gpu\n    resources:\n      GPU: 1\n",
    "pools.gpu.resources.MEM",
    "2",
    "pools:\n  - name: gpu\n    resources:\n      GPU: 1\n      MEM: 2\n",
  ],
  [
    "a pool's first resource",
    "pools:\n  - name: gpu\n",
    "pools.gpu.resources.GPU",
    "1",
    "pools:\n  - name: gpu\n    resources: {GPU: 1}\n",
  ],
  [
    "a pool's resource away",
    "pools:\n  - name: gpu\n    resources: {GPU: 1}\n",
    "pools.gpu.resources.GPU",
    "null",
    "pools:\n  - name: gpu\n    resources: {}\n",
  ],
  [
    "a pool's value to that outside",
    "pools: [{name: gpu, market: spot}]\n",
    "pools.gpu.market",
    "null",
    "pools: [{name: gpu, market: null}]\n",
  ],
  [
    "all pools",
    "pools: []\n",
    "pools",
    "[{name: gpu, resources: {GPU: 1}}]",
    "pools: [{name: gpu, resources: {GPU: 1}}]\n",
  ],
  ["the same value", "max_workers:  1\n", "max_workers", "1", "max_workers:  1\n"],
];

for (const [what, before, key, value, after] of EDITS) {
  Deno.test(`editConfig() sets ${what}`, async () => {
    assert.equal(await editConfig(AWS + before, key, value, PATH), AWS + after);
  });

  Deno.test(`editConfig() sets ${what}, in a file with Windows line ends`, async () => {
    const windows = (text: string) => text.replaceAll("\n", "\r\n");
    assert.equal(await editConfig(windows(AWS + before), key, value, PATH), windows(AWS + after));
  });
}

Deno.test("editConfig() adds a missing key at the end, below its comment", async () => {
  const edited = await editConfig(`${LOCAL}max_workers: 1 # c\n# end\n`, "boot_delay_s", "45", PATH);
  assert.equal(
    edited,
    `${LOCAL}max_workers: 1 # c\n\n# Seconds to delay each worker's start, to imitate a cloud's boot time.\nboot_delay_s: 45\n# end\n`,
  );
});

Deno.test("editConfig() adds a missing key to a file whose last line has no end", async () => {
  const edited = await editConfig(LOCAL.trimEnd(), "max_workers", "4", PATH);
  assert.equal(edited, `${LOCAL}\n# Maximum number of workers at a time.\nmax_workers: 4\n`);
});

Deno.test("editConfig() adds a missing key in the file's line ends", async () => {
  const edited = await editConfig(LOCAL.replaceAll("\n", "\r\n"), "max_workers", "4", PATH);
  assert.equal(edited.replaceAll("\r\n", "").includes("\n"), false);
});

Deno.test("editConfig() adds a missing map with its first entry", async () => {
  assert.match(await editConfig(AWS, "tags.project", "thesis", PATH), /\ntags: \{project: thesis\}\n$/);
});

Deno.test("editConfig() adds a missing key to a file in JSON", async () => {
  const text = '{"provider": "local", "cluster_id": "xcore-0a1b2c3d"}\n';
  assert.equal(
    await editConfig(text, "max_workers", "4", PATH),
    '{"provider": "local", "cluster_id": "xcore-0a1b2c3d", max_workers: 4}\n',
  );
});

Deno.test("editConfig() keeps a byte order mark", async () => {
  assert.equal(
    await editConfig(`\ufeff${LOCAL}max_workers: 1\n`, "max_workers", "4", PATH),
    `\ufeff${LOCAL}max_workers: 4\n`,
  );
});

Deno.test("editConfigAll() makes edits that are only right together", async () => {
  const edits = [["min_workers", "5"], ["max_workers", "9"]] as const;
  const config = await parseConfig((await editConfigAll(LOCAL, edits, PATH)).text, PATH);
  assert.deepEqual([config.minWorkers, config.maxWorkers], [5, 9]);
});

Deno.test("editConfigAll() takes the steps of set_worker_type in their order, on gcp and on local", async () => {
  for (const text of [GCP, LOCAL]) {
    let edited = text;
    for (
      const [key, value] of [["worker_type", "n1-standard-4"], ["accelerator_type", "nvidia-tesla-t4"], [
        "accelerator_count",
        "1",
      ]]
    ) {
      edited = await editConfig(edited, key!, value!, PATH);
    }
    const config = await parseConfig(edited, PATH);
    assert.deepEqual([config.workerType, config.acceleratorType, config.acceleratorCount], [
      "n1-standard-4",
      "nvidia-tesla-t4",
      1,
    ]);
    assert.equal(
      (await parseConfig(await editConfig(edited, "accelerator_count", "0", PATH), PATH)).acceleratorCount,
      0,
    );
  }
});
