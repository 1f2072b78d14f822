import assert from "node:assert/strict";
import type { AwsConfig, Config, GcpConfig, LocalConfig, PoolConfig } from "../../../lib/config/config.ts";
import { configSchema, jsonSchemaOn } from "../../../lib/config/config_schema.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { loadConfig, updateConfig, writeSchema } from "../../../lib/config/load_config.ts";
import { concerns, KEYS, PROVIDERS, settingOf } from "../../../lib/config/settings.ts";
import * as z from "npm:zod@4.6.7";
import { YamlFile } from "../../../lib/config/yaml_file.ts";
import { placeWith } from "./_home.ts";
import { oldFile } from "./_old_files.ts";
import { AWS, GCP, ID, LOCAL } from "./_texts.ts";

type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;
type Market = "on-demand" | "spot" | "spot-then-on-demand";

Deno.test("the type of a configuration is as narrow as its provider's settings are", () => {
  // Checked when the tests are type-checked.
  const same: [
    Same<Config["provider"], "local" | "aws" | "gcp">,
    Same<Extract<Config, { provider: "gcp" }>, GcpConfig>,
    Same<AwsConfig["workerType"] | GcpConfig["userName"], string>,
    Same<LocalConfig["workerType"], string | null>,
    Same<AwsConfig["network"], null>,
    Same<GcpConfig["network"], string | null>,
    Same<AwsConfig["bootDelayS"], 0>,
    Same<Config["holdResultsS"], number | null>,
    Same<Config["slotsPerWorker"], number | "auto">,
    Same<Config["prices"], Readonly<Record<string, number>>>,
    Same<Config["allowedCidr"], readonly string[]>,
    Same<PoolConfig["market"], Market | null>,
  ] = [true, true, true, true, true, true, true, true, true, true, true, true];
  assert.ok(same.every(Boolean));
});

Deno.test("configSchema() is a union that `provider` tells apart", () => {
  const schema = configSchema();
  for (const text of [LOCAL, AWS, GCP]) {
    const { provider } = new YamlFile(text).values as { provider: string };
    assert.equal(schema.parse(new YamlFile(text).values).provider, provider);
  }
  const { error } = schema.safeParse({ provider: "azure" });
  assert.deepEqual(error?.issues.map(({ path }) => path), [["provider"]]);
});

/** What an editor makes of a text by the JSON Schema. */
function isFine(provider: typeof PROVIDERS[number], text: string): boolean {
  const schema = z.fromJSONSchema(jsonSchemaOn(provider) as Parameters<typeof z.fromJSONSchema>[0]);
  return schema.safeParse(new YamlFile(text).values).success;
}

for (const provider of PROVIDERS) {
  Deno.test(`jsonSchemaOn() describes every setting on ${provider}, and offers those that have an effect`, () => {
    const { properties, additionalProperties, required } = jsonSchemaOn(provider) as {
      properties: Readonly<Record<string, { description?: string; doNotSuggest?: true }>>;
      additionalProperties: boolean;
      required: readonly string[];
    };
    assert.deepEqual(Object.keys(properties).sort(), [...KEYS].sort());
    assert.deepEqual([additionalProperties, [...required].sort()], [false, ["cluster_id", "provider"]]);
    for (const [key, { description, doNotSuggest }] of Object.entries(properties)) {
      assert.match(description ?? "", /\.$/, key);
      assert.equal(doNotSuggest !== true, concerns(settingOf(key)!, provider), key);
    }
  });

  Deno.test(`jsonSchemaOn() finds a new config.yaml for ${provider} right`, () => {
    const text = initialConfig({ provider, clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });
    assert.ok(text.startsWith("# yaml-language-server: $schema=config.schema.json\n"));
    assert.ok(isFine(provider, text));
    for (const wrong of ["max_worker: 4", "on_budget: never", 'disk_gb: "20"', "pools: [{max_workers: 1}]"]) {
      assert.ok(!isFine(provider, `provider: ${provider}\n${ID}${wrong}\n`), wrong);
    }
  });
}

Deno.test("jsonSchemaOn() takes what the file may say: words, empty lists, and another cloud's default", () => {
  for (const line of ["hold_results_s: unlimited", "slots_per_worker: auto", "tags:", "network: null"]) {
    assert.ok(isFine("aws", `${AWS}${line}\n`), line);
  }
  assert.ok(!isFine("aws", `${AWS}network: lab\n`));
  assert.ok(isFine("gcp", `${GCP}network: lab\n`));
  assert.ok(isFine("local", `${LOCAL}network: lab\n`));
});

Deno.test("writeSchema() writes the provider's schema, and only what is not there", async () => {
  await using place = await placeWith(null);
  const { runtime, home } = place;
  await Deno.writeTextFile(home.configSchema, "that of an older xcore");
  await writeSchema(runtime, home, "gcp");
  assert.deepEqual(JSON.parse(await Deno.readTextFile(home.configSchema)), jsonSchemaOn("gcp"));
  const asIs = place.withFiles({ writeText: () => Promise.reject(new Error("it was written")) });
  await writeSchema(asIs, home, "gcp");
});

Deno.test("a file of the Python tool gets its schema when it is converted", async () => {
  await using place = await placeWith(oldFile("aws"));
  await loadConfig(place.runtime, place.home);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(place.home.configSchema)), jsonSchemaOn("aws"));
});

/** Defaults that were others then: a config that was written stays as it is. */
const OTHER_THEN: Readonly<Record<string, object>> = {
  aws: { workerType: "t2.small", maxIdleTimeS: 300 },
  gcp: { workerType: "f1-micro", maxIdleTimeS: 300 },
};

for (const provider of PROVIDERS) {
  Deno.test(`a config.yaml for ${provider} that commit fc3a1b1 wrote is read and changed as it is`, async () => {
    const text = await Deno.readTextFile(new URL(`fixtures/${provider}.yaml.fc3a1b1`, import.meta.url));
    await using place = await placeWith(text);
    const { runtime, home } = place;
    await using fresh = await placeWith(
      initialConfig({ provider, clusterName: "xcore", clusterId: "xcore-0a1b2c3d" }),
    );
    const now = await loadConfig(fresh.runtime, fresh.home);
    assert.deepEqual(await loadConfig(runtime, home), { ...now, ...OTHER_THEN[provider] });
    await updateConfig(runtime, home, [["max_workers", "7"], ["hold_results_s", "60"]]);
    assert.equal(
      await Deno.readTextFile(home.config),
      text.replace("\nmax_workers: 1\n", "\nmax_workers: 7\n")
        .replace("\nhold_results_s: unlimited\n", "\nhold_results_s: 60\n"),
    );
  });
}
