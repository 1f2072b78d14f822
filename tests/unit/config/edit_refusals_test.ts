import assert from "node:assert/strict";
import { ConfigError, UsageError, type XcoreError } from "../../../lib/errors.ts";
import { editConfig } from "../../../lib/config/edit.ts";
import { AWS, LOCAL, PATH } from "./_texts.ts";
import { assertWording } from "../../support/wording.ts";

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
  error: typeof UsageError | typeof ConfigError,
][] = [
  [
    "an unknown key",
    LOCAL,
    "max_worker",
    "4",
    UsageError,
  ],
  [
    "a key of nothing",
    LOCAL,
    "colour",
    "red",
    UsageError,
  ],
  [
    "a part of a number",
    LOCAL,
    "max_workers.a",
    "4",
    UsageError,
  ],
  [
    "a pool without a space behind its colon",
    LOCAL,
    "pools",
    "[{name:gpu}]",
    UsageError,
  ],
  [
    "a pool without a colon",
    LOCAL,
    "pools",
    "[{name}]",
    UsageError,
  ],
  [
    "a pool that is not there",
    `${LOCAL}pools: [{name: gpu}]\n`,
    "pools.gup.market",
    "spot",
    UsageError,
  ],
  [
    "a pool where there is none",
    LOCAL,
    "pools.gpu.market",
    "spot",
    UsageError,
  ],
  [
    "a pool's unknown key",
    `${LOCAL}pools: [{name: gpu}]\n`,
    "pools.gpu.max_worker",
    "1",
    UsageError,
  ],
  [
    "a pool as a whole",
    `${LOCAL}pools: [{name: gpu}]\n`,
    "pools.gpu",
    "1",
    UsageError,
  ],
  [
    "the identity",
    LOCAL,
    "cluster_id",
    "xcore-00000000",
    UsageError,
  ],
  [
    "a word for a number",
    LOCAL,
    "max_workers",
    "many",
    UsageError,
  ],
  [
    "minutes for seconds",
    LOCAL,
    "max_idle_time_s",
    "5 min",
    UsageError,
  ],
  [
    "nothing for a number",
    LOCAL,
    "max_workers",
    "",
    UsageError,
  ],
  [
    "a bracket left open",
    AWS,
    "zones",
    "[a",
    UsageError,
  ],
  [
    "an alias",
    LOCAL,
    "max_workers",
    "*a",
    UsageError,
  ],
  [
    "a wrong item",
    AWS,
    "zones",
    "[eu-west-2a, 5]",
    UsageError,
  ],
  [
    "a tag's name out of JavaScript",
    AWS,
    "tags.__proto__",
    "x",
    UsageError,
  ],
  [
    "more at least than at most",
    LOCAL,
    "min_workers",
    "5",
    ConfigError,
  ],
  [
    "an accelerator on aws",
    AWS,
    "accelerator_type",
    "nvidia-tesla-t4",
    ConfigError,
  ],
];

for (const [what, text, key, value, Expected] of REFUSALS) {
  Deno.test(`editConfig() refuses ${what}`, async () => {
    const error = await refusal(text, key, value);
    assert.ok(error instanceof Expected, error.name);
    assertWording("edits", what, `${error.message}\n${error.hint}`);
  });
}

Deno.test("editConfig() corrects a file's only mistake", async () => {
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
