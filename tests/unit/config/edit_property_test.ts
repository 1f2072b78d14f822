import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { camelOf } from "../../../lib/protocol/camel_of.ts";
import type { Config } from "../../../lib/config/config.ts";
import { editConfig, readKey } from "../../../lib/config/edit.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { drawTag } from "./_draw.ts";
import { forSeeds, type Random } from "../../support/fakes/random.ts";
import { PATH } from "./_texts.ts";

/** A local config in one of the many ways a person may lay it out; no two comments are the same. */
function drawText(random: Random): string {
  let comments = 0;
  const comment = () => `# note ${++comments} of ${random.pick(["a: b", "[x", "'", "é", "---"])}`;
  const behind = () => random.chance(0.3) ? `${" ".repeat(random.whole(1, 4))}${comment()}` : "";
  const gap = () => " ".repeat(random.whole(1, 3));
  const between = (indent = "") =>
    random.chance(0.3) ? `\n${random.chance(0.5) ? `${indent}${comment()}` : ""}` : "";
  const entries = [
    `provider:${gap()}local${behind()}`,
    `cluster_id:${gap()}xcore-0a1b2c3d${behind()}`,
    `max_workers:${gap()}${random.pick(["3", "  3", "0x3"])}${behind()}`,
    random.pick([
      `hold_results_s: unlimited${behind()}`,
      `hold_results_s:${behind()}`,
      `hold_results_s: 'unlimited'`,
    ]),
    random.pick([
      `tags: {}${behind()}`,
      `tags:${behind()}`,
      `tags: {a: b,${gap()}c: "d" }${behind()}`,
      `tags:${behind()}\n  a: b${behind()}${between("  ")}\n  c: d${behind()}`,
      `tags:\n      a: >-\n        long\n        text\n      c: d`,
      `tags: {\n  a: b,${behind()}\n  c: d${behind()}\n}${behind()}`,
    ]),
    random.pick([
      `pools: [{name: gpu, resources: {GPU: 1}}]${behind()}`,
      `pools:${behind()}\n  - name: gpu${behind()}${
        between("    ")
      }\n    resources:${behind()}\n      GPU: 1${behind()}\n  -   name: big`,
      `pools:\n- name: gpu\n  resources: {GPU: 1}${behind()}\n${comment()}\n- {name: big, max_workers: 2}`,
    ]),
    ...random.some(1, () => `min_workers: 0${behind()}`),
    ...random.some(1, () => `"python":${gap()}'/usr/bin/python3'${behind()}`),
  ].map((entry) => entry + between());
  entries.sort(() => random.fraction() - 0.5);
  const text = random.pick(["", `${comment()}\n`, "---\n", "\n\n"]) + entries.join("\n") +
    random.pick(["", "\n", "\n\n", `\n${comment()}`]);
  return random.chance(0.3) ? text.replaceAll("\n", "\r\n") : text;
}

/** A key, a value typed for it, and what it then is; undefined: taken out. */
function drawEdit(random: Random): [key: string, typed: string, value: unknown] {
  const tag = drawTag(random);
  const name = random.pick(["a", "c", "x.y", "new"]);
  const path = `/${random.text().trim()}`;
  return random.pick<[string, string, unknown]>([
    ["max_workers", "7", 7],
    ["min_workers", "1", 1],
    ["hold_results_s", "12.5", 12.5],
    ["hold_results_s", "unlimited", "unlimited"],
    ["max_idle_time_s", "9", 9],
    ["boot_delay_s", "45", 45],
    ["python", JSON.stringify(path), path],
    ["python", "null", null],
    [`tags.${name}`, JSON.stringify(tag), tag],
    [`tags.${name}`, "null", undefined],
    ["tags", "{k: v}", { k: "v" }],
    ["prices.c5.xlarge", "0.5", 0.5],
    ["pools.gpu.max_workers", "3", 3],
    ["pools.gpu.resources.MEM", "2", 2],
    ["pools.gpu.resources.GPU", "null", undefined],
    ["pools.gpu.worker_type", "c5.large", "c5.large"],
    ["zones", "[a-b1, a-b2]", ["a-b1", "a-b2"]],
  ]);
}

const notes = (text: string) => [...text.matchAll(/# note \d+ /g)].map(([note]) => note);

Deno.test("editConfig() changes one key and nothing else, however the file is laid out", async () => {
  await forSeeds(150, async (random) => {
    let text = drawText(random);
    let config = await parseConfig(text, PATH);
    for (let i = 0; i < 3; i++) {
      const [key, typed, value] = drawEdit(random);
      const edited = await editConfig(text, key, typed, PATH).catch((error) => {
        throw new Error(`${key} = ${typed} in\n${text}\n--- ${error.message}`, { cause: error });
      });
      const context = `${key} = ${typed} in\n${text}\n--- gives\n${edited}`;

      const now = await parseConfig(edited, PATH);
      if (value === undefined) {
        await assert.rejects(readKey(edited, key, PATH), { name: "NotFoundError" }, context);
      } else assert.deepEqual(await readKey(edited, key, PATH), value, context);
      const property = camelOf(key.split(".")[0]!) as keyof Config;
      assert.deepEqual({ ...now, [property]: null }, { ...config, [property]: null }, context);

      // A value that is replaced whole takes the remarks behind its own lines with it, and no other.
      const lost = notes(text).filter((note) => !notes(edited).includes(note));
      const whole = ["tags", "pools", "zones"].includes(key) || value === undefined;
      if (!whole) assert.deepEqual(lost, [], context);
      assert.deepEqual(notes(edited), notes(text).filter((note) => !lost.includes(note)), context);
      if (text.includes("\r\n")) assert.doesNotMatch(edited, /[^\r]\n/, context);
      else assert.doesNotMatch(edited, /\r/, context);
      [text, config] = [edited, now];
    }
  });
});

Deno.test("editConfig() takes what is typed, or refuses it as wrong usage", async () => {
  const text = "provider: local\ncluster_id: xcore-0a1b2c3d\ntags: {a: b} # t\n";
  await forSeeds(150, async (random) => {
    const key = random.pick([
      "max_workers",
      "tags.a",
      "zones",
      "pools",
      "python",
      "hold_results_s",
      "prices",
      random.text(3),
    ]);
    const typed = random.text(6);
    try {
      const edited = await editConfig(text, key, typed, PATH);
      assert.ok(edited.includes("# t"));
      await parseConfig(edited, PATH);
    } catch (error) {
      assert.ok(error instanceof UsageError, `${key} = ${JSON.stringify(typed)}: ${(error as Error).stack}`);
      assert.doesNotMatch(error.message, /[\n\r]|undefined/);
    }
  });
});
