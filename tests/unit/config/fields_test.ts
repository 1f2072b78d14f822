import assert from "node:assert/strict";
import { camelOf } from "../../../lib/protocol/camel_of.ts";
import type { Config, PoolConfig } from "../../../lib/config/config.ts";
import {
  type ConfigKey,
  defaultOn,
  KEYS,
  POOL_KEYS,
  type PoolKey,
  PROVIDERS,
  settingOf,
} from "../../../lib/config/settings.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { ID, mistakeOf, placeOf } from "./_texts.ts";

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

Deno.test("the table and the interfaces have the same names", () => {
  // Checked when the tests are type-checked.
  const same: [Same<Camel<ConfigKey>, keyof Config>, Same<Camel<PoolKey>, keyof PoolConfig>] = [true, true];
  assert.deepEqual(same, [true, true]);
});

for (const provider of PROVIDERS) {
  Deno.test(`parseConfig() fills in each key of the table, and no other, on ${provider}`, async () => {
    const config = await parseConfig(`provider: ${provider}\n${ID}`, "config.yaml");
    assert.deepEqual(Object.keys(config).sort(), KEYS.map(camelOf).sort());
  });

  Deno.test(`parseConfig() fills in the table's defaults on ${provider}`, async () => {
    const config = await parseConfig(`provider: ${provider}\n${ID}`, "config.yaml");
    for (const key of KEYS) {
      if (settingOf(key)!.default === undefined) continue;
      assert.deepEqual(config[camelOf(key) as keyof Config], defaultOn(settingOf(key)!, provider), key);
    }
  });
}

Deno.test("the defaults of a cluster on aws stay what users have come to know", async () => {
  const config = await parseConfig(`provider: aws\n${ID}`, "config.yaml");
  const known: Partial<Config> = {
    provider: "aws",
    clusterName: "xcore",
    clusterId: "xcore-0a1b2c3d",
    regionName: null,
    zoneName: null,
    projectName: null,
    tags: {},
    imageName: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
    imageOwner: "099720109477",
    schedulerType: "t2.small",
    diskGb: 20,
    workerType: "t3.small",
    acceleratorType: null,
    acceleratorCount: 0,
    pools: [],
    slotsPerWorker: 1,
    zones: [],
    fallbackWorkerTypes: [],
    maxWorkers: 1,
    minWorkers: 0,
    maxIdleTimeS: "auto",
    market: "on-demand",
    holdResultsS: null,
    bootTimeoutS: null,
    bootDelayS: 0,
    daemonGraceS: 900,
    orphanTimeoutH: 12,
    maxWorkerLifetimeH: 168,
    allowedCidr: ["auto"],
    allowWorld: false,
    addressUrl: "https://checkip.amazonaws.com",
    subnetIds: [],
    network: null,
    publicIp: true,
    instanceProfile: null,
    serviceAccount: null,
    scopes: [],
    maxHourlyUsd: null,
    budgetUsd: null,
    onBudget: "drain",
    prices: {},
    python: null,
    packages: [],
    publicKeyPath: null,
    userName: "ubuntu",
    schedulerPort: 8786,
    dashboardPort: 8787,
    pollIntervalS: 1,
  };
  // A setting that is newer has its default in the table alone.
  for (const [key, usual] of Object.entries(known)) assert.deepEqual(config[key as keyof Config], usual, key);
});

Deno.test("each key says in whole sentences what it is, and names its unit", () => {
  const units = { _s: /second/i, _gb: /gigabyte/i, _h: /hour/i, _usd: /dollar/i };
  for (const key of KEYS) {
    const comments = [settingOf(key)!.description, ...Object.values(settingOf(key)!.descriptions ?? {})];
    for (const comment of comments) {
      assert.match(comment, /^[A-Za-z].*\.$/, key);
      for (const [suffix, unit] of Object.entries(units)) {
        if (key.endsWith(suffix)) assert.match(comment, unit, key);
      }
    }
  }
});

Deno.test("what made the scheduler asks for a restart, what the daemon goes by does not", () => {
  const needed = KEYS.filter((key) => settingOf(key)!.scheduler);
  const made = [
    "python",
    "packages",
    "scheduler_port",
    "dashboard_port",
    "region_name",
    "zone_name",
    "network",
  ];
  for (const key of [...made, "scheduler_type", "allowed_cidr", "image_name"]) {
    assert.ok(needed.includes(key as ConfigKey), key);
  }
  for (
    const key of [
      "max_workers",
      "min_workers",
      "max_idle_time_s",
      "worker_type",
      "pools",
      "prices",
      "budget_usd",
    ]
  ) {
    assert.ok(!needed.includes(key as ConfigKey), key);
  }
});

Deno.test("a name that -c takes is a name that cluster_name takes, and the other way round", async () => {
  const system = systemRuntime(null);
  const runtime = { ...system, env: (name: string) => name === "HOME" ? "/home/ann" : undefined };
  const long = "a".repeat(30);
  for (const name of ["a", "a-b", "a1-", long, `${long}a`, "A", "1a", "-a", "a_b", "a.b", "", "a b"]) {
    let taken = true;
    try {
      homeOf(runtime, name);
    } catch {
      taken = false;
    }
    const text = `provider: local\ncluster_name: ${JSON.stringify(name)}\ncluster_id: ${
      JSON.stringify(`${name}-0a1b2c3d`)
    }\n`;
    const parsed = await parseConfig(text, "config.yaml").then(() => true, () => false);
    assert.equal(parsed, taken, JSON.stringify(name));
  }
});

Deno.test("a pool has a name, and nothing else it must have", async () => {
  const { pools } = await parseConfig(`provider: local\n${ID}pools: [{name: gpu}]\n`, "config.yaml");
  assert.deepEqual(pools, [{
    name: "gpu",
    workerType: null,
    acceleratorType: null,
    acceleratorCount: 0,
    resources: {},
    diskGb: null,
    diskType: null,
    maxWorkers: 1,
    minWorkers: 0,
    market: null,
  }]);
  assert.deepEqual(Object.keys(pools[0]!).sort(), POOL_KEYS.map(camelOf).sort());
  const mistake = await mistakeOf(`provider: local\n${ID}pools:\n  - max_workers: 2\n`);
  assert.equal(placeOf(mistake), "line 4, pools.0.name");
  assert.match(mistake.message, /^missing; /);
});
