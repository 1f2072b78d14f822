import assert from "node:assert/strict";
import { KEYS, settingOf } from "../../../../lib/config/settings.ts";
import { initialConfig, type InitialValues } from "../../../../lib/config/initial_config.ts";
import { suggested, valuesOf } from "../_run.ts";
import { withHome } from "../_home.ts";
import { GPU_POOL } from "../../config/_texts.ts";

const IDENTITY = KEYS.filter((key) => settingOf(key)!.identity === true);

/** What is suggested in a home with this config. */
async function values(config: string | null, ...words: string[]): Promise<readonly string[]> {
  let found: readonly string[] | "files" = [];
  await withHome(async (home) => {
    if (config !== null) await Deno.writeTextFile(`${home}/config.yaml`, config);
    found = valuesOf(await suggested(home, words));
  });
  assert.notEqual(found, "files");
  return found;
}

function config(provider: "local" | "aws", values: InitialValues = {}): string {
  return initialConfig({ provider, clusterName: "xcore", clusterId: "xcore-00000000", values });
}

Deno.test("completions of config get are all keys where no cluster is set up", async () => {
  assert.deepEqual(await values(null, "config", "get", ""), KEYS);
});

Deno.test("completions of config set leave out keys that may not be changed", async () => {
  assert.ok(IDENTITY.length > 0);
  assert.deepEqual(
    await values(null, "config", "set", ""),
    KEYS.filter((key) => !IDENTITY.includes(key)),
  );
});

Deno.test("completions of keys leave out those that mean nothing with the cluster's provider", async () => {
  assert.deepEqual(await values(config("aws"), "config", "set", "on_"), ["on_budget"]);
  assert.deepEqual(await values(config("local"), "config", "set", "on_"), []);
  assert.deepEqual(await values(config("local"), "config", "set", "boot_d"), ["boot_delay_s"]);
});

Deno.test("completions of keys come from a config that is broken, too", async () => {
  assert.deepEqual(await values("provider: local\nmax_workers: [", "config", "get", "max_i"), [
    "max_idle_time_s",
  ]);
});

Deno.test("completions of scale are pools and usual times", async () => {
  const text = `${config("local")}\npools: [{name: gpu}, {name: big}]\n`.replace(/^pools: \[\]$/m, "");
  assert.deepEqual(await values(text, "scale", "4", "--pool", ""), ["default", "gpu", "big"]);
  assert.deepEqual(await values(null, "scale", "4", "--for", ""), ["30m", "2h", "8h"]);
});

Deno.test("completions of a pool's keys come with its name", async () => {
  const text = config("local", { pools: [GPU_POOL] });
  assert.deepEqual(await values(text, "config", "get", "pool"), ["pools"]);
  assert.deepEqual(await values(text, "config", "get", "pools.g"), [
    "pools.gpu.name",
    "pools.gpu.worker_type",
    "pools.gpu.accelerator_count",
    "pools.gpu.resources",
    "pools.gpu.max_workers",
    "pools.gpu.min_workers",
  ]);
  assert.deepEqual(await values(config("local"), "config", "get", "pools."), []);
});

Deno.test("completions of a value are those that its key may have", async () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    market: ["on-demand", "spot", "spot-then-on-demand"],
    allow_world: ["true", "false"],
    hold_results_s: ["unlimited"],
    slots_per_worker: ["auto"],
    on_budget: ["drain", "stop", "shutdown"],
    "pools.gpu.market": ["on-demand", "spot", "spot-then-on-demand"],
    max_workers: [],
    nosuch: [],
  };
  for (const [key, expected] of Object.entries(cases)) {
    assert.deepEqual(await values(null, "config", "set", key, ""), expected, key);
  }
  assert.deepEqual(await values(null, "config", "get", "market", ""), []);
});

Deno.test("completions of a path's value are files", async () => {
  assert.equal(valuesOf(await suggested("/nonexistent", ["config", "set", "python", "/usr"])), "files");
});

Deno.test("completions of a second key and value are as those of the first", async () => {
  assert.deepEqual(await values(null, "config", "set", "max_workers", "2", "mark"), ["market"]);
  assert.deepEqual(await values(null, "config", "set", "max_workers", "2", "market", "o"), ["on-demand"]);
});

Deno.test("completions do not convert a config of the Python tool", async () => {
  await withHome(async (home) => {
    const old = "terraform_config: {provider: aws}\nadaptive_config: {}\ndask_config: {}\n";
    await Deno.writeTextFile(`${home}/config.yaml`, old);
    for (const key of ["max", "pools."]) await suggested(home, ["config", "get", key]);
    assert.equal(await Deno.readTextFile(`${home}/config.yaml`), old);
  });
});
