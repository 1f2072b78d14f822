import assert from "node:assert/strict";
import { ConfigError, NotFoundError } from "../../../lib/errors.ts";
import { editConfig, readKey } from "../../../lib/config/edit.ts";
import { KEYS, settingOf } from "../../../lib/config/settings.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { AWS, PATH } from "./_texts.ts";

Deno.test("readKey() gives the file's value, or the default, in the file's form", async () => {
  const text =
    `${AWS}max_workers: 4\ntags: {a.b: c}\nprices: {c5.xlarge: 0.17}\npools: [{name: gpu, resources: {GPU: 1}, max_workers: 2}]\n`;
  const expected: readonly [string, unknown][] = [
    ["max_workers", 4],
    ["max_idle_time_s", "auto"],
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
  for (const key of KEYS.filter((key) => !settingOf(key)!.identity)) {
    const value = await readKey(text, key);
    if (!new RegExp(`^${key}:`, "m").test(text)) continue;
    const typed = typeof value === "string" ? value : JSON.stringify(value);
    assert.deepEqual(await readKey(await editConfig(text, key, typed), key), value, key);
  }
});
