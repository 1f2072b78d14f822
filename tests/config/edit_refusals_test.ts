import assert from "node:assert/strict";
import { ConfigError, UsageError, type XcoreError } from "../../lib/errors.ts";
import { editConfig } from "../../lib/config/edit.ts";
import { AWS, LOCAL, PATH } from "./_texts.ts";

async function refusal(text: string, key: string, value: string): Promise<XcoreError> {
  const error = await editConfig(text, key, value, PATH).then(() => null, (thrown) => thrown);
  assert.ok(error instanceof UsageError || error instanceof ConfigError, String(error));
  return error;
}

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
    "a pool without a space behind its colon",
    LOCAL,
    "pools",
    "[{name:gpu}]",
    'Cannot set pools to "[{name:gpu}]": found name:gpu without a space behind its colon, ' +
    "which this file cannot have: write name: gpu",
    "Nothing was changed. Say it again with a value that is allowed.",
  ],
  [
    "a pool without a colon",
    LOCAL,
    "pools",
    "[{name}]",
    'Cannot set pools to "[{name}]": found name without a colon, which this file cannot have: write name: value',
    "Nothing was changed. Say it again with a value that is allowed.",
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
