import assert from "node:assert/strict";
import { ConfigError, NotFoundError, UsageError, type XcoreError } from "../../lib/errors.ts";
import { editConfig, editConfigAll, readKey } from "../../lib/config/edit.ts";
import { FIELDS, KEYS } from "../../lib/config/fields.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { initialConfig } from "../../lib/config/write.ts";
import { AWS, GCP, LOCAL, PATH } from "./_texts.ts";

async function refusal(text: string, key: string, value: string): Promise<XcoreError> {
  const error = await editConfig(text, key, value, PATH).then(() => null, (thrown) => thrown);
  assert.ok(error instanceof UsageError || error instanceof ConfigError, String(error));
  return error;
}

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
    `${LOCAL}max_workers: 1 # c\n\n# Seconds that a worker waits before it starts, to see how a cloud would feel.\nboot_delay_s: 45\n# end\n`,
  );
});

Deno.test("editConfig() adds a missing key to a file whose last line has no end", async () => {
  const edited = await editConfig(LOCAL.trimEnd(), "max_workers", "4", PATH);
  assert.equal(edited, `${LOCAL}\n# Never more workers than this at a time.\nmax_workers: 4\n`);
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

const REFUSALS: readonly [
  what: string,
  text: string,
  key: string,
  value: string,
  message: string,
  hint: string,
][] = [
  [
    "an unknown key",
    LOCAL,
    "max_worker",
    "4",
    "Cannot find max_worker: config.yaml has no such key",
    "Did you mean max_workers?",
  ],
  [
    "a key of nothing",
    LOCAL,
    "colour",
    "red",
    "Cannot find colour: config.yaml has no such key",
    "`xcore config path` says where the file is; each key has a comment there.",
  ],
  [
    "a part of a number",
    LOCAL,
    "max_workers.a",
    "4",
    "Cannot find max_workers.a: config.yaml has no such key",
    "Did you mean max_workers?",
  ],
  [
    "a pool that is not there",
    `${LOCAL}pools: [{name: gpu}]\n`,
    "pools.gup.market",
    "spot",
    'Cannot find pools.gup.market: there is no pool "gup"',
    "There is gpu.",
  ],
  [
    "a pool where there is none",
    LOCAL,
    "pools.gpu.market",
    "spot",
    'Cannot find pools.gpu.market: there is no pool "gpu"',
    "Write pools into the file, or all at once: `xcore config set pools '[{name: gpu, …}]'`.",
  ],
  [
    "a pool's unknown key",
    `${LOCAL}pools: [{name: gpu}]\n`,
    "pools.gpu.max_worker",
    "1",
    "Cannot find pools.gpu.max_worker: config.yaml has no such key",
    "Did you mean pools.gpu.max_workers?",
  ],
  [
    "a pool as a whole",
    `${LOCAL}pools: [{name: gpu}]\n`,
    "pools.gpu",
    "1",
    "Cannot set pools.gpu: it is a pool as a whole",
    "Name one of its keys: pools.gpu.max_workers",
  ],
  [
    "the identity",
    LOCAL,
    "cluster_id",
    "xcore-00000000",
    "Cannot set cluster_id: it says which cluster this is, and is never changed",
    "Make another cluster with `xcore -c NAME init PROVIDER`.",
  ],
  [
    "a word for a number",
    LOCAL,
    "max_workers",
    "many",
    'Cannot set max_workers to "many": found the text "many", allowed a whole number from 0 to 10000',
    "Nothing was changed. Say it again with a value that is allowed.",
  ],
  [
    "minutes for seconds",
    LOCAL,
    "max_idle_time_s",
    "5 min",
    'Cannot set max_idle_time_s to "5 min": found the text "5 min", allowed a number of seconds, 0 or more: write 300',
    "Nothing was changed. Say `xcore config set max_idle_time_s 300`.",
  ],
  [
    "nothing for a number",
    LOCAL,
    "max_workers",
    "",
    'Cannot set max_workers to "": found nothing, allowed a whole number from 0 to 10000',
    "Nothing was changed. Say it again with a value that is allowed.",
  ],
  [
    "a bracket left open",
    AWS,
    "zones",
    "[a",
    'Cannot set zones to "[a": found a [ that is never closed (column 1): close it',
    "Nothing was changed. Say it again with a value that is allowed.",
  ],
  [
    "an alias",
    LOCAL,
    "max_workers",
    "*a",
    'Cannot set max_workers to "*a": found an alias (*a), which this file cannot have: write the value out instead',
    "Nothing was changed. Say it again with a value that is allowed.",
  ],
  [
    "a wrong item",
    AWS,
    "zones",
    "[eu-west-2a, 5]",
    'Cannot set zones to "[eu-west-2a, 5]": zones.1: found the number 5 without quotes, allowed a zone\'s name',
    "Nothing was changed. Say it again with a value that is allowed.",
  ],
  [
    "a tag's name out of JavaScript",
    AWS,
    "tags.__proto__",
    "x",
    'Cannot find tags.__proto__: "__proto__" is a name that cannot be used there',
    "The value as a whole looks like {project: thesis}.",
  ],
  [
    "more at least than at most",
    LOCAL,
    "min_workers",
    "5",
    "Cannot set min_workers: found 5, allowed at most max_workers, which is 1",
    "Nothing was changed. Say it again with a value that goes with the others.",
  ],
  [
    "an accelerator on aws",
    AWS,
    "accelerator_type",
    "nvidia-tesla-t4",
    "Cannot set accelerator_type: found a key that means nothing with provider aws: on aws a GPU comes with the machine: choose a worker_type that has one, such as g4dn.xlarge",
    "Nothing was changed. Say it again with a value that goes with the others.",
  ],
];

for (const [what, text, key, value, message, hint] of REFUSALS) {
  Deno.test(`editConfig() refuses ${what}`, async () => {
    const error = await refusal(text, key, value);
    assert.deepEqual([error.message, error.hint], [message, hint]);
  });
}

Deno.test("editConfig() mends a file's only mistake", async () => {
  assert.equal(
    await editConfig(`${LOCAL}max_workers: many\n`, "max_workers", "4", PATH),
    `${LOCAL}max_workers: 4\n`,
  );
});

Deno.test("editConfig() refuses to work on a file with other mistakes, and names them", async () => {
  const error = await refusal(`${LOCAL}max_worker: 4\n`, "min_workers", "0");
  assert.match(error.message, /line 3, max_worker: found an unknown key; did you mean max_workers\?$/);
});

Deno.test("editConfig() refuses to work on what is no YAML", async () => {
  assert.match((await refusal(`${LOCAL}python: "x\n`, "max_workers", "4")).message, /never closed/);
});

Deno.test("editConfigAll() makes edits that are only right together", async () => {
  const edits = [["min_workers", "5"], ["max_workers", "9"]] as const;
  const config = await parseConfig(await editConfigAll(LOCAL, edits, PATH), PATH);
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

Deno.test("readKey() gives the file's value, or the default, in the file's form", async () => {
  const text =
    `${AWS}max_workers: 4\ntags: {a.b: c}\nprices: {c5.xlarge: 0.17}\npools: [{name: gpu, resources: {GPU: 1}, max_workers: 2}]\n`;
  const expected: readonly [string, unknown][] = [
    ["max_workers", 4],
    ["max_idle_time_s", 300],
    ["hold_results_s", "unlimited"],
    ["slots_per_worker", 1],
    ["boot_timeout_s", null],
    ["scheduler_type", "t2.small"],
    ["provider", "aws"],
    ["tags", { "a.b": "c" }],
    ["tags.a.b", "c"],
    ["prices.c5.xlarge", 0.17],
    ["pools", [{ name: "gpu", resources: { GPU: 1 }, max_workers: 2 }]],
    ["pools.gpu", { name: "gpu", resources: { GPU: 1 }, max_workers: 2 }],
    ["pools.gpu.max_workers", 2],
    ["pools.gpu.accelerator_count", 0],
    ["pools.gpu.market", null],
    ["pools.gpu.resources.GPU", 1],
  ];
  for (const [key, value] of expected) assert.deepEqual(await readKey(text, key, PATH), value, key);
});

Deno.test("readKey() refuses what is not there", async () => {
  await assert.rejects(readKey(AWS, "tags.project"), NotFoundError);
  await assert.rejects(readKey(AWS, "max_worker"), { name: "UsageError", hint: "Did you mean max_workers?" });
  await assert.rejects(readKey(`${AWS}x: 1\n`, "max_workers"), ConfigError);
});

Deno.test("every key that xcore init writes reads back through readKey() and editConfig() unchanged", async () => {
  const text = initialConfig({ provider: "aws", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
  for (const key of KEYS.filter((key) => !FIELDS[key].identity)) {
    const value = await readKey(text, key);
    if (!new RegExp(`^${key}:`, "m").test(text)) continue;
    const typed = typeof value === "string" ? value : JSON.stringify(value);
    assert.deepEqual(await readKey(await editConfig(text, key, typed), key), value, key);
  }
});
