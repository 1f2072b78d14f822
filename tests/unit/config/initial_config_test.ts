import assert from "node:assert/strict";
import { camelOf } from "../../../lib/protocol/camel_of.ts";
import type { Config } from "../../../lib/config/config.ts";
import { concerns, descriptionOn, KEYS, PROVIDERS, settingOf } from "../../../lib/config/settings.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { initialConfig, type InitialValues } from "../../../lib/config/initial_config.ts";
import { drawCloudValues, drawValues } from "./_draw.ts";
import { forSeeds } from "../../support/fakes/random.ts";
import { ID, PATH } from "./_texts.ts";

const CLUSTER = { clusterName: "xcore", clusterId: "xcore-0a1b2c3d" };

function written(text: string): string[] {
  return text.split("\n").flatMap((line) => /^([a-z_]+):/.exec(line)?.[1] ?? []);
}

async function assertReadsBack(provider: "aws" | "local", values: InitialValues): Promise<void> {
  const text = initialConfig({ provider, ...CLUSTER, values });
  const config = await parseConfig(text, PATH);
  for (const [key, value] of Object.entries(values)) {
    assert.deepEqual(config[camelOf(key) as keyof Config], value, `${key} in\n${text}`);
  }
}

for (const provider of PROVIDERS) {
  Deno.test(`initialConfig() writes every key that concerns ${provider}, in the order of the table`, () => {
    const keys = KEYS.filter((key) => concerns(settingOf(key)!, provider));
    assert.deepEqual(written(initialConfig({ provider, ...CLUSTER })), keys);
  });

  Deno.test(`initialConfig() for ${provider} reads back as a file that says nothing`, async () => {
    const text = initialConfig({ provider, ...CLUSTER });
    assert.deepEqual(await parseConfig(text, PATH), await parseConfig(`provider: ${provider}\n${ID}`, PATH));
  });

  Deno.test(`initialConfig() for ${provider} puts its comment above each key, on lines of 100 characters`, () => {
    const lines = initialConfig({ provider, ...CLUSTER }).split("\n");
    for (const [i, line] of lines.entries()) {
      if (line.startsWith("#")) assert.ok(line.length <= 100, line);
      const key = KEYS.find((key) => line.startsWith(`${key}:`));
      if (key === undefined) continue;
      let from = i;
      while (lines[from - 1]!.startsWith("# ")) from--;
      const comment = lines.slice(from, i).map((above) => above.slice(2)).join(" ");
      assert.equal(comment.replace(/ \(restart\)$/, ""), descriptionOn(settingOf(key)!, provider));
    }
  });
}

Deno.test("initialConfig() says which changes wait for a restart", () => {
  const text = initialConfig({ provider: "local", ...CLUSTER });
  assert.match(text, /\(restart\)\nscheduler_port: 8786\n/);
  assert.doesNotMatch(text, /\(restart\)\nmax_workers/);
});

Deno.test("initialConfig() heads each part with its title, also where its first key is not written", () => {
  const titles = initialConfig({ provider: "local", ...CLUSTER }).match(/^# ---- .* ----$/gm);
  assert.deepEqual(titles, [
    "# ---- The cluster ----",
    "# ---- Workers ----",
    "# ---- Scaling ----",
    "# ---- Notifications ----",
    "# ---- When this machine is asleep or gone ----",
    "# ---- Network and access ----",
    "# ---- Python ----",
  ]);
});

Deno.test("initialConfig() leaves out what does not concern the provider", () => {
  const text = initialConfig({
    provider: "local",
    ...CLUSTER,
    values: { network: "lab", python: "/usr/bin/python3" },
  });
  assert.doesNotMatch(text, /network: lab/);
  assert.match(text, /^python: \/usr\/bin\/python3$/m);
});

Deno.test("initialConfig() writes values for local that read back exactly", async () => {
  await forSeeds(200, (random) => assertReadsBack("local", drawValues(random)));
});

Deno.test("initialConfig() writes values for aws that read back exactly", async () => {
  await forSeeds(200, (random) => assertReadsBack("aws", drawCloudValues(random)));
});
