import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { type Machines, poolsOf, workerTypesOf } from "../../../lib/config/pools_of.ts";
import type { MachineType, Pool } from "../../../lib/model/mod.ts";
import { AWS, GCP, LOCAL, PATH } from "./_texts.ts";

async function poolsFrom(text: string, machines?: Machines): Promise<Pool[]> {
  return poolsOf(await parseConfig(text, PATH), machines);
}

/** A machine type with these cores, and GPUs if any. */
function type(name: string, cores: number, gpus = 0): MachineType {
  return { name, cores, accelerator: gpus === 0 ? null : "T4", acceleratorCount: gpus };
}

Deno.test("poolsOf() makes the flat keys the pool default", async () => {
  const pools = await poolsFrom(
    `${AWS}worker_type: c5.xlarge\nmax_workers: 8\nmin_workers: 2\nmarket: spot\nzones: [eu-west-2a]\nslots_per_worker: 4\n`,
  );
  assert.deepEqual(pools, [{
    name: "default",
    type: "c5.xlarge",
    fallbackTypes: [],
    accelerator: null,
    acceleratorCount: 0,
    resources: {},
    slots: 4,
    minWorkers: 2,
    maxWorkers: 8,
    market: "spot",
    zones: ["eu-west-2a"],
    spotPricePerCore: {},
    bootTimeoutS: 600,
  }]);
});

Deno.test("poolsOf() lets a pool take from the flat keys what it does not say", async () => {
  const [, gpu] = await poolsFrom(
    `${GCP}worker_type: n1-standard-4\naccelerator_type: nvidia-tesla-t4\nmin_workers: 1\nmarket: spot\n` +
      `pools: [{name: gpu, accelerator_count: 2, max_workers: 3}]\n`,
  );
  assert.deepEqual(gpu, {
    name: "gpu",
    type: "n1-standard-4",
    fallbackTypes: [],
    accelerator: "nvidia-tesla-t4",
    acceleratorCount: 2,
    resources: { GPU: 2 },
    slots: 1,
    minWorkers: 0,
    maxWorkers: 3,
    market: "spot",
    zones: [],
    spotPricePerCore: {},
    bootTimeoutS: 1800,
  });
});

Deno.test("poolsOf() gives each pool a minimum of its own", async () => {
  const pools = await poolsFrom(
    `${LOCAL}max_workers: 4\nmin_workers: 1\npools: [{name: gpu, max_workers: 3, min_workers: 2}, {name: big}]\n`,
  );
  assert.deepEqual(pools.map(({ minWorkers }) => minWorkers), [1, 2, 0]);
});

Deno.test("poolsOf() prefers what a pool says of itself", async () => {
  const [flat, big] = await poolsFrom(
    `${AWS}worker_type: t2.small\npools: [{name: big, worker_type: c5.18xlarge, market: on-demand, resources: {BIG: 1}}]\nmarket: spot\n`,
  );
  assert.equal(flat!.type, "t2.small");
  assert.deepEqual([big!.type, big!.market, big!.resources, big!.bootTimeoutS], ["c5.18xlarge", "on-demand", {
    BIG: 1,
  }, 600]);
});

Deno.test("poolsOf() keeps the resources a pool names over its accelerators' count", async () => {
  const [, gpu] = await poolsFrom(
    `${LOCAL}pools: [{name: gpu, accelerator_count: 2, resources: {GPU: 1, MEM: 3}}]\n`,
  );
  assert.deepEqual(gpu!.resources, { GPU: 1, MEM: 3 });
  assert.equal(gpu!.acceleratorCount, 2);
});

Deno.test("poolsOf() gives every pool on local the type local and no zone", async () => {
  const pools = await poolsFrom(
    `${LOCAL}worker_type: c5.xlarge\nzones: [eu-west-2a]\naccelerator_count: 1\npools: [{name: a, worker_type: t2.small}]\n`,
  );
  assert.deepEqual(pools.map(({ type, zones }) => [type, zones]), [["local", []], ["local", []]]);
  assert.deepEqual(pools[0]!.resources, { GPU: 1 });
});

Deno.test("poolsOf() leaves out an accelerator that is switched off", async () => {
  const [flat] = await poolsFrom(`${GCP}accelerator_type: nvidia-tesla-t4\n`);
  assert.deepEqual([flat!.accelerator, flat!.resources, flat!.bootTimeoutS], [null, {}, 600]);
});

Deno.test("poolsOf() waits longer for a pool that offers GPUs by its machine type", async () => {
  const [, gpu] = await poolsFrom(
    `${AWS}pools: [{name: gpu, worker_type: g4dn.xlarge, resources: {GPU: 1}}]\n`,
  );
  assert.equal(gpu!.bootTimeoutS, 1800);
});

Deno.test("poolsOf() waits as long as boot_timeout_s says, GPU or not", async () => {
  const pools = await poolsFrom(`${LOCAL}boot_timeout_s: 42\npools: [{name: gpu, resources: {GPU: 1}}]\n`);
  assert.deepEqual(pools.map(({ bootTimeoutS }) => bootTimeoutS), [42, 42]);
});

Deno.test("poolsOf() puts workers beside the scheduler where zones are not named", async () => {
  const [beside] = await poolsFrom(`${GCP}zone_name: europe-west2-b\n`);
  assert.deepEqual(beside!.zones, ["europe-west2-b"]);
  const [named] = await poolsFrom(`${GCP}zone_name: europe-west2-b\nzones: [europe-west2-c]\n`);
  assert.deepEqual(named!.zones, ["europe-west2-c"]);
});

Deno.test("poolsOf() tries the offered zones where neither zones nor the scheduler's are named", async () => {
  const machineTypes = { zones: ["eu-west-2a", "eu-west-2b"], types: {} };
  const [anywhere] = await poolsFrom(AWS, { machineTypes });
  assert.deepEqual(anywhere!.zones, ["eu-west-2a", "eu-west-2b"]);
  const [named] = await poolsFrom(`${AWS}zones: [eu-west-2b]\n`, { machineTypes });
  assert.deepEqual(named!.zones, ["eu-west-2b"]);
});

Deno.test("poolsOf() offers the GPUs that are part of a machine type", async () => {
  const machineTypes = { zones: [], types: { "g4dn.12xlarge": type("g4dn.12xlarge", 48, 4) } };
  const text = `${AWS}worker_type: t3.small\npools: [{name: gpu, worker_type: g4dn.12xlarge}]\n`;
  const [flat, gpu] = await poolsFrom(text, { machineTypes });
  assert.deepEqual([flat!.accelerator, flat!.acceleratorCount, flat!.resources], [null, 0, {}]);
  assert.deepEqual([gpu!.accelerator, gpu!.acceleratorCount, gpu!.resources], ["T4", 4, { GPU: 4 }]);
  assert.equal(gpu!.bootTimeoutS, 1800);
  const [, unknown] = await poolsFrom(text);
  assert.deepEqual([unknown!.accelerator, unknown!.resources], [null, {}]);
});

Deno.test("poolsOf() lets types stand in for worker_type, not for a pool's own type", async () => {
  const text = `${AWS}worker_type: c5.xlarge\nfallback_worker_types: [c5a.xlarge, c5.xlarge, m5.xlarge]\n` +
    `pools: [{name: gpu, worker_type: g4dn.xlarge}, {name: plain, resources: {DISK: 1}}]\n`;
  const pools = await poolsFrom(text);
  assert.deepEqual(pools.map(({ fallbackTypes }) => fallbackTypes), [
    ["c5a.xlarge", "m5.xlarge"],
    [],
    ["c5a.xlarge", "m5.xlarge"],
  ]);
  assert.deepEqual(workerTypesOf(await parseConfig(text, PATH)), [
    "c5.xlarge",
    "g4dn.xlarge",
    "c5a.xlarge",
    "m5.xlarge",
  ]);
});

Deno.test("poolsOf() lets no type stand in for one with more GPUs", async () => {
  const types = Object.fromEntries(
    [type("g4dn.xlarge", 4, 1), type("g5.xlarge", 4, 1), type("c5.xlarge", 4)].map((
      fact,
    ) => [fact.name, fact]),
  );
  const [pool] = await poolsFrom(
    `${AWS}worker_type: g4dn.xlarge\nfallback_worker_types: [c5.xlarge, g5.xlarge, unheard.of]\n`,
    { machineTypes: { zones: [], types } },
  );
  assert.deepEqual(pool!.fallbackTypes, ["g5.xlarge"]);
});

const SLOTS: readonly [what: string, text: string, machines: Machines | undefined, slots: number][] = [
  ["shares this machine's cores among the workers", `${LOCAL}slots_per_worker: auto\nmax_workers: 2\n`, {
    cores: 8,
  }, 4],
  [
    "counts all pools' workers",
    `${LOCAL}slots_per_worker: auto\nmax_workers: 2\npools: [{name: a, max_workers: 2}]\n`,
    { cores: 8 },
    2,
  ],
  ["gives a worker one slot at least", `${LOCAL}slots_per_worker: auto\nmax_workers: 20\n`, { cores: 8 }, 1],
  ["takes all cores when no worker is allowed yet", `${LOCAL}slots_per_worker: auto\nmax_workers: 0\n`, {
    cores: 8,
  }, 8],
  ["counts one where cores are unknown", `${LOCAL}slots_per_worker: auto\n`, undefined, 1],
  ["asks for a cloud type's cores", `${AWS}slots_per_worker: auto\nworker_type: c5.xlarge\n`, {
    cores: 8,
    machineTypes: { zones: [], types: { "c5.xlarge": type("c5.xlarge", 4) } },
  }, 4],
  ["counts one for a type it does not know", `${AWS}slots_per_worker: auto\n`, {
    cores: 8,
    machineTypes: { zones: [], types: { "c5.xlarge": type("c5.xlarge", 4) } },
  }, 1],
  ["takes a number as it is", `${LOCAL}slots_per_worker: 3\n`, { cores: 8 }, 3],
];

for (const [what, text, machines, slots] of SLOTS) {
  Deno.test(`poolsOf() ${what}`, async () => {
    assert.equal((await poolsFrom(text, machines))[0]!.slots, slots);
  });
}

Deno.test("poolsOf() tells what a core of a spot instance costs, of types whose cores are known", async () => {
  const types = { "c5.xlarge": type("c5.xlarge", 4) };
  const [pool] = await poolsFrom(`${AWS}market: spot\n`, {
    machineTypes: { zones: [], types },
    spotPrices: { "c5.xlarge/us-east-1a": 0.08, "t3.small/us-east-1a": 0.006 },
  });
  assert.deepEqual(pool!.spotPricePerCore, { "c5.xlarge/us-east-1a": 0.02 });
});
