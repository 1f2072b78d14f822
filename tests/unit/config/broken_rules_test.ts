import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { AWS, GCP, LOCAL, mistakeOf, mistakesOf, PATH, placeOf } from "./_texts.ts";
import { assertWording } from "../../support/wording.ts";

const BROKEN: readonly [what: string, text: string, place: string][] = [
  [
    "more workers at least than at most",
    `${LOCAL}max_workers: 2\nmin_workers: 3\n`,
    "line 4, min_workers",
  ],
  [
    "more workers at least than the usual most",
    `${LOCAL}min_workers: 2\n`,
    "line 3, min_workers",
  ],
  [
    "more workers of a pool at least than at most",
    `${LOCAL}max_workers: 9\npools:\n  - {name: one, max_workers: 2, min_workers: 2}\n  - {name: gpu, min_workers: 2}\n`,
    "line 6, pools.1.min_workers",
  ],
  [
    "one port for two",
    `${LOCAL}scheduler_port: 9000\ndashboard_port: 9000\n`,
    "line 4, dashboard_port",
  ],
  [
    "the scheduler on the dashboard's usual port",
    `${LOCAL}scheduler_port: 8787\n`,
    "line 3, scheduler_port",
  ],
  [
    "an identity of another cluster",
    `${LOCAL}cluster_name: other\n`,
    "line 2, cluster_id",
  ],
  [
    "an identity of a cluster with a longer name",
    "provider: local\ncluster_id: xcore-a-0a1b2c3d\n",
    "line 2, cluster_id",
  ],
  [
    "the world",
    `${AWS}allowed_cidr: [auto, 0.0.0.0/0]\n`,
    "line 3, allowed_cidr.1",
  ],
  [
    "half of the world",
    `${AWS}allowed_cidr:\n  - 192.0.2.0/24\n  - 128.0.0.0/1\n`,
    "line 5, allowed_cidr.1",
  ],
  ["a region of AWS without its hyphen", `${AWS}region_name: us-east1\n`, "line 3, region_name"],
  ["a region of Google's on AWS", `${AWS}region_name: europe-west2\n`, "line 3, region_name"],
  ["a region of Google's with a hyphen", `${GCP}region_name: us-east-1\n`, "line 3, region_name"],
  ["a region of AWS on Google's cloud", `${GCP}region_name: eu-west-2\n`, "line 3, region_name"],
  ["a zone of AWS on Google's cloud", `${GCP}zone_name: eu-west-2b\n`, "line 3, zone_name"],
  [
    "nobody",
    `${GCP}allowed_cidr: []\n`,
    "line 3, allowed_cidr",
  ],
  [
    "GPUs of no type",
    `${GCP}accelerator_count: 1\n`,
    "line 3, accelerator_count",
  ],
  [
    "a pool's GPUs of no type",
    `${GCP}pools: [{name: gpu, accelerator_count: 1}]\n`,
    "line 3, pools.0.accelerator_count",
  ],
  [
    "a pool named default",
    `${LOCAL}pools:\n  - name: default\n`,
    "line 4, pools.0.name",
  ],
  [
    "two pools of one name",
    `${LOCAL}pools:\n  - name: gpu\n  - name: big\n  - name: gpu\n`,
    "line 6, pools.2.name",
  ],
  [
    "a Google type on aws",
    `${AWS}worker_type: n1-standard-4\n`,
    "line 3, worker_type",
  ],
  [
    "an EC2 type on gcp",
    `${GCP}scheduler_type: t2.small\n`,
    "line 3, scheduler_type",
  ],
  [
    "a wrong fallback",
    `${AWS}fallback_worker_types: [c5.large, n1-standard-1]\n`,
    "line 3, fallback_worker_types.1",
  ],
  [
    "a pool's wrong type",
    `${GCP}pools:\n  - name: a\n    worker_type: c5.large\n`,
    "line 5, pools.0.worker_type",
  ],
  [
    "a zone of another region",
    `${GCP}region_name: europe-west2\nzone_name: us-central1-a\n`,
    "line 4, zone_name",
  ],
  [
    "a region as a zone",
    `${AWS}region_name: eu-west-2\nzones: [eu-west-2]\n`,
    "line 4, zones.0",
  ],
  [
    "a tag of AWS's own",
    `${AWS}tags: {"aws:x": y}\n`,
    "line 3, tags.aws:x",
  ],
  [
    "a tag of ours",
    `${GCP}tags: {xcore-cluster: y}\n`,
    "line 3, tags.xcore-cluster",
  ],
  [
    "a label's capitals",
    `${GCP}tags: {Project: thesis}\n`,
    "line 3, tags.Project",
  ],
  [
    "a label's value with spaces",
    `${GCP}tags: {project: my thesis}\n`,
    "line 3, tags.project",
  ],
  [
    "a tag's name with a dot, by its line",
    `${GCP}tags:\n  a: b\n  x.y: z\n`,
    "line 5, tags.x.y",
  ],
  [
    "a value that EC2 has no sign for",
    `${AWS}tags: {note: "a;b"}\n`,
    "line 3, tags.note",
  ],
  [
    "too many tags",
    `${AWS}tags: {${Array.from({ length: 41 }, (_, i) => `t${i}: x`).join(", ")}}\n`,
    "line 3, tags",
  ],
];

for (const [what, text, place] of BROKEN) {
  Deno.test(`parseConfig() refuses ${what}`, async () => {
    const mistake = await mistakeOf(text);
    assert.equal(placeOf(mistake), place);
    assertWording("rules", what, mistake.message);
  });
}

const KEPT: readonly [what: string, text: string][] = [
  ["as many workers at least as at most", `${LOCAL}max_workers: 2\nmin_workers: 2\n`],
  ["a pool's workers beyond those outside", `${LOCAL}pools: [{name: gpu, max_workers: 5, min_workers: 5}]\n`],
  ["no workers at all", `${LOCAL}max_workers: 0\n`],
  ["ports exchanged", `${LOCAL}scheduler_port: 8787\ndashboard_port: 8786\n`],
  ["a range of one part in 256", `${AWS}allowed_cidr: [10.0.0.0/8]\n`],
  ["anybody on local, where nothing listens", `${LOCAL}allowed_cidr: [0.0.0.0/0]\n`],
  [
    "a pool's GPUs of the type outside",
    `${GCP}accelerator_type: nvidia-tesla-t4\npools: [{name: gpu, accelerator_count: 1}]\n`,
  ],
  ["any type on local", `${LOCAL}worker_type: n1-standard-4\nfallback_worker_types: [c5.large]\n`],
  ["zones where no region is named", `${GCP}zone_name: us-central1-a\n`],
  ["EC2's local zones", `${AWS}region_name: us-west-2\nzones: [us-west-2-lax-1a]\n`],
  ["tags with spaces and any script on aws", `${AWS}tags: {Kostenstelle: "Bücher 5"}\n`],
  ["GPUs on local, of no type", `${LOCAL}accelerator_count: 2\n`],
];

for (const [what, text] of KEPT) {
  Deno.test(`parseConfig() takes ${what} for right`, async () => {
    assert.ok(await parseConfig(text, PATH));
  });
}

Deno.test("a rule is not judged on a value that is itself a mistake", async () => {
  const mistakes = await mistakesOf(`${LOCAL}max_workers: "5"\nmin_workers: 3\n`);
  assert.deepEqual(mistakes.map(({ key }) => key), ["max_workers"]);
});
