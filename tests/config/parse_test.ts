import assert from "node:assert/strict";
import { ConfigError } from "../../lib/errors.ts";
import { initialConfig } from "../../lib/config/write.ts";
import { parseConfig } from "../../lib/config/parse.ts";
import { forSeeds } from "./_random.ts";
import { AWS, errorOf, GCP, ID, LOCAL, mistakeOf, mistakesOf, PATH } from "./_texts.ts";

const WORKERS = "a whole number from 0 to 10000";
const IDLE = "a number of seconds, 0 or more";

/** One mistake each; the text follows two lines of a valid config. */
const MISTAKES: readonly [what: string, text: string, said: string][] = [
  // Numbers
  [
    "a number in quotes",
    `${LOCAL}max_workers: "5"\n`,
    `line 3, max_workers: found the text "5", allowed ${WORKERS}: write 5`,
  ],
  [
    "a number in curly quotes",
    `${LOCAL}max_workers: “5”\n`,
    `line 3, max_workers: found the text "“5”", allowed ${WORKERS}: write 5`,
  ],
  ["a fraction", `${LOCAL}max_workers: 1.5\n`, `line 3, max_workers: found 1.5, allowed ${WORKERS}`],
  ["a negative number", `${LOCAL}max_workers: -1\n`, `line 3, max_workers: found -1, allowed ${WORKERS}`],
  ["far too many", `${LOCAL}max_workers: 1e9\n`, `line 3, max_workers: found 1e9, allowed ${WORKERS}`],
  ["infinity", `${LOCAL}max_workers: .inf\n`, `line 3, max_workers: found .inf, allowed ${WORKERS}`],
  ["no number", `${LOCAL}max_idle_time_s: .nan\n`, `line 3, max_idle_time_s: found .nan, allowed ${IDLE}`],
  [
    "a thousands comma",
    `${LOCAL}max_workers: 1,000\n`,
    `line 3, max_workers: found the text "1,000", allowed ${WORKERS}: write 1000`,
  ],
  [
    "seconds with their unit",
    `${LOCAL}max_idle_time_s: 90s\n`,
    `line 3, max_idle_time_s: found the text "90s", allowed ${IDLE}: write 90`,
  ],
  [
    "minutes for seconds",
    `${LOCAL}max_idle_time_s: 5 minutes\n`,
    `line 3, max_idle_time_s: found the text "5 minutes", allowed ${IDLE}: write 300`,
  ],
  [
    "days for hours",
    `${AWS}orphan_timeout_h: 2 days\n`,
    `line 3, orphan_timeout_h: found the text "2 days", allowed a number of hours, 0.01 or more: write 48`,
  ],
  [
    "gigabytes with their unit",
    `${AWS}disk_gb: 50 GB\n`,
    `line 3, disk_gb: found the text "50 GB", allowed a whole number of gigabytes from 8 to 16384: write 50`,
  ],
  [
    "dollars with their sign",
    `${AWS}budget_usd: $20\n`,
    `line 3, budget_usd: found the text "$20", allowed a number of US dollars, 0 or more: write 20`,
  ],
  [
    "a unit of another kind",
    `${LOCAL}max_idle_time_s: 5 GB\n`,
    `line 3, max_idle_time_s: found the text "5 GB", allowed ${IDLE}`,
  ],
  [
    "a word for a number",
    `${LOCAL}max_workers: many\n`,
    `line 3, max_workers: found the text "many", allowed ${WORKERS}`,
  ],
  ["true for a number", `${LOCAL}max_workers: true\n`, `line 3, max_workers: found true, allowed ${WORKERS}`],
  [
    "nothing for a number",
    `${LOCAL}max_workers:\n`,
    `line 3, max_workers: found nothing, allowed ${WORKERS}: take the line out for the usual value`,
  ],
  [
    "a list for a number",
    `${LOCAL}max_workers: [5]\n`,
    `line 3, max_workers: found a list, allowed ${WORKERS}`,
  ],
  [
    "keys for a number",
    `${LOCAL}max_workers:\n  aws: 5\n`,
    `line 3, max_workers: found keys and values, allowed ${WORKERS}`,
  ],
  [
    "a port beyond the last",
    `${LOCAL}scheduler_port: 65536\n`,
    "line 3, scheduler_port: found 65536, allowed a whole number from 1 to 65535",
  ],
  [
    "port 0",
    `${LOCAL}scheduler_port: 0\n`,
    "line 3, scheduler_port: found 0, allowed a whole number from 1 to 65535",
  ],
  [
    "a poll without pause",
    `${LOCAL}poll_interval_s: 0\n`,
    "line 3, poll_interval_s: found 0, allowed a number of seconds from 0.1 to 60",
  ],
  // Words
  [
    "yes for true",
    `${AWS}allow_world: yes\n`,
    "line 3, allow_world: found yes, which is a text, allowed true or false: write true",
  ],
  [
    "Off for false",
    `${AWS}public_ip: Off\n`,
    "line 3, public_ip: found Off, which is a text, allowed true or false: write false",
  ],
  [
    "true in quotes",
    `${AWS}public_ip: "true"\n`,
    'line 3, public_ip: found "true", which is a text, allowed true or false: write true',
  ],
  ["1 for true", `${AWS}public_ip: 1\n`, "line 3, public_ip: found 1, allowed true or false"],
  [
    "a mistyped choice",
    `${AWS}market: sopt\n`,
    "line 3, market: found sopt, allowed on-demand, spot or spot-then-on-demand: did you mean spot?",
  ],
  [
    "a choice spelt otherwise",
    `${AWS}market: On Demand\n`,
    "line 3, market: found On Demand, allowed on-demand, spot or spot-then-on-demand: did you mean on-demand?",
  ],
  [
    "an unknown provider",
    `provider: azure\n${ID}`,
    "line 1, provider: found azure, allowed local, aws or gcp",
  ],
  [
    "a mistyped unlimited",
    `${LOCAL}hold_results_s: unlimted\n`,
    `line 3, hold_results_s: found the text "unlimted", allowed unlimited or ${IDLE}: write unlimited`,
  ],
  [
    "a negative hold",
    `${LOCAL}hold_results_s: -1\n`,
    `line 3, hold_results_s: found -1, allowed unlimited or ${IDLE}`,
  ],
  [
    "no slots",
    `${LOCAL}slots_per_worker: 0\n`,
    "line 3, slots_per_worker: found 0, allowed auto or a whole number from 1 to 1024",
  ],
  [
    "half a slot",
    `${LOCAL}slots_per_worker: 0.5\n`,
    "line 3, slots_per_worker: found 0.5, allowed auto or a whole number from 1 to 1024",
  ],
  // Texts
  [
    "an account without quotes",
    `${AWS}image_owner: 099720109477\n`,
    `line 3, image_owner: found the number 099720109477 without quotes, allowed the owner's account or project: write "099720109477"`,
  ],
  [
    "a path that starts nowhere",
    `${LOCAL}python: ~/env/bin/python\n`,
    "line 3, python: found ~/env/bin/python, allowed a full path, which begins with /",
  ],
  [
    "a cluster name with capitals",
    `provider: local\ncluster_name: Xcore\ncluster_id: xcore-0a1b2c3d\n`,
    "line 2, cluster_name: found Xcore, allowed up to 30 lower-case letters, digits and hyphens, beginning with a letter",
  ],
  [
    "a tag that is a number",
    `${AWS}tags: {year: 2026}\n`,
    'line 3, tags.year: found the number 2026 without quotes, allowed one line of text: write "2026"',
  ],
  [
    "a tag of several lines",
    `${AWS}tags:\n  note: "a\\nb"\n`,
    'line 4, tags.note: found "a b", allowed one line of text',
  ],
  [
    "a very long value",
    `${LOCAL}max_workers: ${"x".repeat(500)}\n`,
    `line 3, max_workers: found the text "${"x".repeat(40)}…", allowed ${WORKERS}`,
  ],
  [
    "an option for pip",
    `${AWS}packages: [--index-url=x]\n`,
    "line 3, packages.0: found --index-url=x, allowed a package as pip knows it, such as numpy==2.1.0",
  ],
  // Lists and maps
  [
    "one zone without brackets",
    `${AWS}zones: eu-west-2a\n`,
    "line 3, zones: found eu-west-2a, allowed a list of zone names: write [eu-west-2a]",
  ],
  [
    "one number without brackets",
    `${AWS}packages: 5\n`,
    "line 3, packages: found 5, allowed a list of packages as pip knows them, such as numpy==2.1.0: write [5]",
  ],
  [
    "a list in a list",
    `${AWS}zones: [[eu-west-2a]]\n`,
    "line 3, zones.0: found a list, allowed a zone's name",
  ],
  [
    "a list for a map",
    `${AWS}tags: [a]\n`,
    "line 3, tags: found a list, allowed names with a value each, such as {project: thesis}",
  ],
  [
    "a text for a map",
    `${AWS}prices: 0.17\n`,
    "line 3, prices: found 0.17, allowed names with a value each, such as {c5.xlarge: 0.17}",
  ],
  [
    "a negative price",
    `${AWS}prices: {c5.xlarge: -1}\n`,
    "line 3, prices.c5.xlarge: found -1, allowed a number of US dollars, 0 or more",
  ],
  [
    "a price for no type",
    `${AWS}prices: {"C5 xlarge": 1}\n`,
    "line 3, prices.C5 xlarge: found a name that cannot be used, allowed such as {c5.xlarge: 0.17}",
  ],
  [
    "a name out of JavaScript",
    `${AWS}tags: {__proto__: x}\n`,
    "line 3, tags.__proto__: found a name that cannot be used, allowed such as {project: thesis}",
  ],
  // Ranges of addresses
  [
    "an address alone",
    `${AWS}allowed_cidr: [192.0.2.7]\n`,
    "line 3, allowed_cidr.0: found 192.0.2.7, allowed auto, or a range of addresses such as 192.0.2.7/32: write 192.0.2.7/32",
  ],
  [
    "an address within its range",
    `${AWS}allowed_cidr: [192.0.2.7/24]\n`,
    "line 3, allowed_cidr.0: found 192.0.2.7/24, allowed auto, or a range of addresses such as 192.0.2.7/32: write 192.0.2.0/24",
  ],
  [
    "an octet beyond 255",
    `${AWS}allowed_cidr: [192.0.2.256/32]\n`,
    "line 3, allowed_cidr.0: found 192.0.2.256/32, allowed auto, or a range of addresses such as 192.0.2.7/32",
  ],
  [
    "a prefix beyond 32",
    `${AWS}allowed_cidr: [192.0.2.0/33]\n`,
    "line 3, allowed_cidr.0: found 192.0.2.0/33, allowed auto, or a range of addresses such as 192.0.2.7/32",
  ],
  [
    "IPv6",
    `${AWS}allowed_cidr: ["2001:db8::/32"]\n`,
    'line 3, allowed_cidr.0: found "2001:db8::/32", allowed auto, or a range of addresses such as 192.0.2.7/32',
  ],
  [
    "a mistyped auto",
    `${AWS}allowed_cidr: [atuo]\n`,
    "line 3, allowed_cidr.0: found atuo, allowed auto, or a range of addresses such as 192.0.2.7/32",
  ],
  // Keys
  [
    "an unknown key that is near one",
    `${LOCAL}max_worker: 4\n`,
    "line 3, max_worker: found an unknown key; did you mean max_workers?",
  ],
  ["an unknown key that is near none", `${LOCAL}colour: red\n`, "line 3, colour: found an unknown key"],
  ["a key of JavaScript's", `${LOCAL}constructor: 1\n`, "line 3, constructor: found an unknown key"],
  [
    "a key of a pool",
    `${LOCAL}resources: {GPU: 1}\n`,
    "line 3, resources: found a pool's key, allowed only in an item of `pools:`",
  ],
  [
    "a key twice",
    `${LOCAL}max_workers: 4\nmax_workers: 5\n`,
    "line 4, max_workers: found it a second time (first in line 3), allowed once: take one of them out",
  ],
  [
    "a tag twice",
    `${AWS}tags:\n  a: x\n  a: y\n`,
    "line 5, tags.a: found it a second time (first in line 4), allowed once: take one of them out",
  ],
  ["no provider", ID, "provider: missing; write provider: local, or aws, or gcp"],
  ["no identity", "provider: local\n", "cluster_id: missing; put the one back that `xcore init` wrote"],
  ["a value without a key", `${LOCAL}: 5\n`, "line 3, found a value without a key, allowed key: value"],
  // Pools
  [
    "pools by name",
    `${LOCAL}pools:\n  gpu: {max_workers: 1}\n`,
    "line 3, pools: found keys and values, allowed a list of pools, each beginning with `- name:`",
  ],
  [
    "a pool that is a word",
    `${LOCAL}pools: [gpu]\n`,
    "line 3, pools.0: found no pool, allowed keys and values, the first of them `- name: gpu`",
  ],
  [
    "a pool's unknown key",
    `${LOCAL}pools:\n  - name: gpu\n    max_worker: 2\n`,
    "line 5, pools.0.max_worker: found an unknown key; did you mean max_workers?",
  ],
  [
    "a cluster's key in a pool",
    `${LOCAL}pools:\n  - name: gpu\n    min_workers: 2\n`,
    "line 5, pools.0.min_workers: found a key of the whole cluster, allowed only outside `pools:`",
  ],
  [
    "a pool's key twice",
    `${LOCAL}pools: [{name: a, name: b}]\n`,
    "line 3, pools.0.name: found it a second time (first in line 3), allowed once: take one of them out",
  ],
  [
    "resources that are none",
    `${LOCAL}pools: [{name: gpu, resources: {GPU: 0}}]\n`,
    "line 3, pools.0.resources.GPU: found 0, allowed a number above 0",
  ],
  [
    "a pool's value in quotes",
    `${LOCAL}pools:\n  - name: gpu\n    max_workers: "2"\n`,
    `line 5, pools.0.max_workers: found the text "2", allowed ${WORKERS}: write 2`,
  ],
];

for (const [what, text, said] of MISTAKES) {
  Deno.test(`parseConfig() answers ${what}`, async () => assert.equal(await mistakeOf(text), said));
}

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
  assert.equal(error.hint, "Let line 3 read `max_workers: 4` and run the command again.");
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

const FOREIGN: readonly [text: string, todo: string][] = [
  [
    `${AWS}accelerator_type: nvidia-tesla-t4\n`,
    "on aws a GPU comes with the machine: choose a worker_type that has one, such as g4dn.xlarge",
  ],
  [
    `${AWS}accelerator_count: 1\n`,
    "on aws a GPU comes with the machine: choose a worker_type that has one, such as g4dn.xlarge",
  ],
  [`${AWS}zone_name: europe-west2-b\n`, "name zones for workers under `zones`"],
  [`${AWS}network: lab\n`, "on aws name subnets under `subnet_ids`"],
  [`${AWS}service_account: a@b.com\n`, "on aws name an instance_profile"],
  [`${AWS}project_name: my-lab-1\n`, "take the line out"],
  [`${AWS}boot_delay_s: 5\n`, "take the line out"],
  [`${GCP}subnet_ids: [subnet-0a1b2c3d]\n`, "on gcp name the network under `network`"],
  [`${GCP}instance_profile: lab\n`, "on gcp name a service_account"],
];

for (const [text, todo] of FOREIGN) {
  Deno.test(`parseConfig() refuses ${text.split("\n")[2]} on ${text.slice(10, 13)}`, async () => {
    const said = await mistakeOf(text);
    assert.ok(
      said.endsWith(`: found a key that means nothing with provider ${text.slice(10, 13)}: ${todo}`),
      said,
    );
  });
}

Deno.test("parseConfig() refuses an accelerator in a pool on aws", async () => {
  const said = await mistakeOf(`${AWS}pools: [{name: gpu, accelerator_count: 1}]\n`);
  assert.match(
    said,
    /^line 3, pools\.0\.accelerator_count: found a key that means nothing with provider aws: on aws a GPU/,
  );
});
