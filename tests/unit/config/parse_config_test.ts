import assert from "node:assert/strict";
import { ConfigError } from "../../../lib/errors.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { forSeeds } from "../../support/fakes/random.ts";
import { AWS, errorOf, GCP, LOCAL, mistakesOf, PATH } from "./_texts.ts";

const FINE: readonly [what: string, text: string, expected: Record<string, unknown>][] = [
  ["unlimited as no limit", `${LOCAL}hold_results_s: unlimited\n`, { holdResultsS: null }],
  ["null as no limit", `${LOCAL}hold_results_s: null\n`, { holdResultsS: null }],
  ["an empty value where null is one", `${LOCAL}boot_timeout_s:\n`, { bootTimeoutS: null }],
  ["lists and maps whose items are all commented out", `${LOCAL}tags:\n  # a: b\npools:\nzones:\n`, {
    tags: {},
    pools: [],
    zones: [],
  }],
  ["auto slots", `${LOCAL}slots_per_worker: auto\n`, { slotsPerWorker: "auto" }],
  ["seconds with a fraction", `${LOCAL}poll_interval_s: 0.5\n`, { pollIntervalS: 0.5 }],
  ["whole numbers in any form", `${LOCAL}max_workers: 1e1\n`, { maxWorkers: 10 }],
  ["Windows line ends", `${LOCAL}max_workers: 3\r\nmin_workers: 1\r\n`, { maxWorkers: 3, minWorkers: 1 }],
  ["a byte order mark", `\ufeff${LOCAL}max_workers: 3\n`, { maxWorkers: 3 }],
  ["JSON", '{"provider": "local", "cluster_id": "xcore-0a1b2c3d", "max_workers": 3}', { maxWorkers: 3 }],
  ["comments and a document's start", `# c\n---\n${LOCAL}max_workers: 3 # c\n# c`, { maxWorkers: 3 }],
  ["a path with anything in it", `${LOCAL}python: "/a b'\\"\\n/python"\n`, { python: "/a b'\"\n/python" }],
  ["tags that look like numbers by name", `${AWS}tags: {2026: thesis}\n`, { tags: { 2026: "thesis" } }],
  ["the world, when it is allowed", `${AWS}allowed_cidr: [0.0.0.0/0]\nallow_world: true\n`, {
    allowedCidr: ["0.0.0.0/0"],
  }],
  ["cloud keys on local, which have no effect", `${LOCAL}worker_type: c5.xlarge\nmarket: spot\n`, {
    workerType: "c5.xlarge",
    market: "spot",
  }],
  ["another provider's key at its default", `${AWS}accelerator_count: 0\nboot_delay_s: 0\n`, {
    acceleratorCount: 0,
  }],
  ["an accelerator that is switched off", `${GCP}accelerator_type: nvidia-tesla-t4\n`, {
    acceleratorCount: 0,
  }],
  ["types of several clouds", `${AWS}fallback_worker_types: [u-6tb1.metal, c7g.16xlarge]\n`, {
    fallbackWorkerTypes: ["u-6tb1.metal", "c7g.16xlarge"],
  }],
];

for (const [what, text, expected] of FINE) {
  Deno.test(`parseConfig() takes ${what}`, async () => {
    const config: Record<string, unknown> = { ...await parseConfig(text, PATH) };
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(config[key], value);
  });
}

Deno.test("parseConfig() reports all mistakes at once, in the order of the file", async () => {
  const text =
    `provider: aws\nmax_worker: 4\nmin_workers: 7\nworker_type: n1-standard-4\ntags: {xcore-a: b, ok: 5}\n` +
    `pools:\n  - name: default\n  - name: gpu\n    resources: {GPU: none}\nzones: [1, eu-west-2a]\nregion_name: us-east-1\n`;
  const found = (await mistakesOf(text)).map(({ line, key }) => `${line} ${key}`);
  assert.deepEqual(found, [
    "null cluster_id",
    "2 max_worker",
    "3 min_workers",
    "4 worker_type",
    "5 tags.ok",
    "5 tags.xcore-a",
    "7 pools.0.name",
    "9 pools.1.resources.GPU",
    "10 zones.0",
    "10 zones.1",
  ]);
});

Deno.test("a single mistake stands in the message, with the file's path, its line and how to write it", async () => {
  const error = await errorOf(`${LOCAL}max_worker: 4\n`);
  assert.equal(
    error.message,
    `Cannot use ${PATH}: line 3, max_worker: found an unknown key; did you mean max_workers?`,
  );
  assert.equal(error.hint, "Change line 3 to `max_workers: 4` and run the command again.");
});

Deno.test("several mistakes are counted in the message and listed beside it", async () => {
  const error = await errorOf(`${LOCAL}max_worker: 4\nmin_workers: x\n`);
  assert.equal(error.message, `Cannot use ${PATH}: it has 2 mistakes`);
  assert.equal(error.mistakes.length, 2);
});

Deno.test("a path with a line feed is told on one line", async () => {
  const error = await parseConfig("", "/home/a\nb/config.yaml").then(() => null, (thrown) => thrown);
  assert.ok(error.message.includes('"/home/a\\nb/config.yaml"'));
});

Deno.test("parseConfig() answers any damage to a file with a ConfigError of one-line messages", async () => {
  const whole = initialConfig({ provider: "aws", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
  const bare = whole.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  await forSeeds(300, async (random) => {
    const lines = random.chance(0.5) ? whole.split("\n") : [...bare];
    for (let i = random.whole(1, 4); i > 0; i--) {
      const at = random.whole(0, lines.length - 1);
      const column = random.whole(0, lines[at]!.length);
      const line = lines[at]!;
      lines[at] = random.pick([
        () => line.slice(0, column) + random.text(4) + line.slice(column),
        () => line.slice(0, column) + line.slice(column + random.whole(1, 5)),
        () => " ".repeat(random.whole(1, 4)) + line,
        () => "\t" + line,
        () => random.text(),
        () => `${line}\n${line}`,
        () => line.replace(":", random.pick(["", "=", " :", "::", ":\t", ": - "])),
      ])();
    }
    const error = await parseConfig(lines.join("\n"), PATH).then(() => null, (thrown) => thrown);
    if (error === null) return;
    assert.ok(error instanceof ConfigError, `${error?.stack} for ${lines.join("\n")}`);
    assert.ok(error.mistakes.length >= 1);
    for (const { message, line } of error.mistakes) {
      assert.doesNotMatch(message, /[\n\r]|undefined|\[object/);
      assert.ok(line === null || (line >= 1 && line <= lines.join("\n").split("\n").length), String(line));
    }
  });
});
