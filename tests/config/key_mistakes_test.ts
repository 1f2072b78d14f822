import assert from "node:assert/strict";
import { AWS, GCP, ID, LOCAL, mistakeOf } from "./_texts.ts";

const WORKERS = "a whole number from 0 to 10000";

/** One mistake each; the text follows two lines of a valid config. */
const MISTAKES: readonly [what: string, text: string, said: string][] = [
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
