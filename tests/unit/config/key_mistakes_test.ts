import assert from "node:assert/strict";
import { AWS, GCP, ID, LOCAL, mistakeOf, placeOf } from "./_texts.ts";
import { assertWording } from "../../support/wording.ts";

/** One mistake each; the text follows two lines of a valid config. */
const MISTAKES: readonly [what: string, text: string, place: string][] = [
  // Lists and maps
  [
    "one zone without brackets",
    `${AWS}zones: eu-west-2a\n`,
    "line 3, zones",
  ],
  [
    "one number without brackets",
    `${AWS}packages: 5\n`,
    "line 3, packages",
  ],
  [
    "a list in a list",
    `${AWS}zones: [[eu-west-2a]]\n`,
    "line 3, zones.0",
  ],
  [
    "a list for a map",
    `${AWS}tags: [a]\n`,
    "line 3, tags",
  ],
  [
    "a text for a map",
    `${AWS}prices: 0.17\n`,
    "line 3, prices",
  ],
  [
    "a negative price",
    `${AWS}prices: {c5.xlarge: -1}\n`,
    "line 3, prices.c5.xlarge",
  ],
  [
    "a price for no type",
    `${AWS}prices: {"C5 xlarge": 1}\n`,
    "line 3, prices.C5 xlarge",
  ],
  [
    "a name out of JavaScript",
    `${AWS}tags: {__proto__: x}\n`,
    "line 3, tags.__proto__",
  ],
  // Ranges of addresses
  [
    "an address alone",
    `${AWS}allowed_cidr: [192.0.2.7]\n`,
    "line 3, allowed_cidr.0",
  ],
  [
    "an address within its range",
    `${AWS}allowed_cidr: [192.0.2.7/24]\n`,
    "line 3, allowed_cidr.0",
  ],
  [
    "an octet beyond 255",
    `${AWS}allowed_cidr: [192.0.2.256/32]\n`,
    "line 3, allowed_cidr.0",
  ],
  [
    "a prefix beyond 32",
    `${AWS}allowed_cidr: [192.0.2.0/33]\n`,
    "line 3, allowed_cidr.0",
  ],
  [
    "IPv6",
    `${AWS}allowed_cidr: ["2001:db8::/32"]\n`,
    "line 3, allowed_cidr.0",
  ],
  [
    "a mistyped auto",
    `${AWS}allowed_cidr: [atuo]\n`,
    "line 3, allowed_cidr.0",
  ],
  // Keys
  [
    "an unknown key that is near one",
    `${LOCAL}max_worker: 4\n`,
    "line 3, max_worker",
  ],
  ["an unknown key that is near none", `${LOCAL}colour: red\n`, "line 3, colour"],
  ["a key of JavaScript's", `${LOCAL}constructor: 1\n`, "line 3, constructor"],
  [
    "a key of a pool",
    `${LOCAL}resources: {GPU: 1}\n`,
    "line 3, resources",
  ],
  [
    "a key twice",
    `${LOCAL}max_workers: 4\nmax_workers: 5\n`,
    "line 4, max_workers",
  ],
  [
    "a tag twice",
    `${AWS}tags:\n  a: x\n  a: y\n`,
    "line 5, tags.a",
  ],
  ["no provider", ID, "provider"],
  ["no identity", "provider: local\n", "cluster_id"],
  ["a value without a key", `${LOCAL}: 5\n`, "line 3"],
  // Pools
  [
    "pools by name",
    `${LOCAL}pools:\n  gpu: {max_workers: 1}\n`,
    "line 3, pools",
  ],
  [
    "a pool that is a word",
    `${LOCAL}pools: [gpu]\n`,
    "line 3, pools.0",
  ],
  [
    "a pool's unknown key",
    `${LOCAL}pools:\n  - name: gpu\n    max_worker: 2\n`,
    "line 5, pools.0.max_worker",
  ],
  [
    "a cluster's key in a pool",
    `${LOCAL}pools:\n  - name: gpu\n    max_idle_time_s: 2\n`,
    "line 5, pools.0.max_idle_time_s",
  ],
  [
    "a pool's key twice",
    `${LOCAL}pools: [{name: a, name: b}]\n`,
    "line 3, pools.0.name",
  ],
  [
    "resources that are none",
    `${LOCAL}pools: [{name: gpu, resources: {GPU: 0}}]\n`,
    "line 3, pools.0.resources.GPU",
  ],
  [
    "a pool's value in quotes",
    `${LOCAL}pools:\n  - name: gpu\n    max_workers: "2"\n`,
    "line 5, pools.0.max_workers",
  ],
];

for (const [what, text, place] of MISTAKES) {
  Deno.test(`parseConfig() answers ${what}`, async () => {
    const mistake = await mistakeOf(text);
    assert.equal(placeOf(mistake), place);
    assertWording("keys", what, mistake.message);
  });
}

const FOREIGN: readonly string[] = [
  `${AWS}accelerator_type: nvidia-tesla-t4\n`,
  `${AWS}accelerator_count: 1\n`,
  `${AWS}zone_name: europe-west2-b\n`,
  `${AWS}network: lab\n`,
  `${AWS}service_account: a@b.com\n`,
  `${AWS}project_name: my-lab-1\n`,
  `${AWS}boot_delay_s: 5\n`,
  `${GCP}subnet_ids: [subnet-0a1b2c3d]\n`,
  `${GCP}instance_profile: lab\n`,
];

for (const text of FOREIGN) {
  const [, , line = ""] = text.split("\n");
  const provider = text.slice(10, 13);
  Deno.test(`parseConfig() refuses ${line} on ${provider}`, async () => {
    const mistake = await mistakeOf(text);
    assert.equal(placeOf(mistake), `line 3, ${line.split(":")[0]}`);
    assertWording("foreign_keys", `${line} on ${provider}`, mistake.message);
  });
}

Deno.test("parseConfig() refuses an accelerator in a pool on aws", async () => {
  const mistake = await mistakeOf(`${AWS}pools: [{name: gpu, accelerator_count: 1}]\n`);
  assert.equal(placeOf(mistake), "line 3, pools.0.accelerator_count");
  assert.match(mistake.message, /provider aws: on aws a GPU/);
});
