import assert from "node:assert/strict";
import { homeOf } from "../../../../lib/config/home.ts";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { asMade, stateFile } from "../../../../lib/platform/terraform/state_file.ts";
import { machine } from "../../../support/machine.ts";

const state = (...modes: string[]) =>
  JSON.stringify({ version: 4, resources: modes.map((mode) => ({ mode })) });

async function seen(files: Readonly<Record<string, string>>): Promise<string> {
  await using here = await machine();
  for (const [path, text] of Object.entries(files)) await here.write(path, text);
  return await stateFile(here.runtime.files, here.dir, "xcore-0a1b2c3d");
}

Deno.test("stateFile() tells whether Terraform knows of anything", async () => {
  assert.equal(await seen({}), "none");
  assert.equal(await seen({ "terraform.tfstate": state() }), "empty");
  assert.equal(await seen({ "terraform.tfstate": state("data") }), "empty");
  assert.equal(await seen({ "terraform.tfstate": state("data", "managed") }), "some");
});

Deno.test("stateFile() takes a state that is empty or cut short for no proof of anything", async () => {
  const whole = state("data", "managed");
  for (
    const text of [
      "",
      " \n",
      "{}",
      "[]",
      "null",
      '{"resources": [null]}',
      state("other"),
      '{"resources": {}}',
    ]
  ) {
    assert.equal(await seen({ "terraform.tfstate": text }), "damaged", text);
  }
  for (let end = 0; end < whole.length; end++) {
    assert.equal(await seen({ "terraform.tfstate": whole.slice(0, end) }), "damaged");
  }
});

Deno.test("stateFile() knows another cluster's state by the tags of what is in it", async () => {
  const tagged = (...ids: (string | null)[]) =>
    JSON.stringify({
      resources: ids.map((id) => ({
        mode: "managed",
        instances: [
          { attributes: { tags: null } },
          { attributes: id === null ? {} : { tags: { "xcore-cluster": id } } },
          { attributes: { labels: { "xcore-cluster": id ?? OWN } } },
          {},
        ],
      })),
    });
  const OWN = "xcore-0a1b2c3d";
  assert.equal(await seen({ "terraform.tfstate": tagged(OWN, null) }), "some");
  assert.equal(await seen({ "terraform.tfstate": tagged(OWN, "xcore-4e5f6a7b") }), "foreign");
  const data = { mode: "data", instances: [{ attributes: { tags: { "xcore-cluster": "xcore-4e5f6a7b" } } }] };
  const state = JSON.stringify({ resources: [data, ...JSON.parse(tagged(OWN)).resources] });
  assert.equal(
    await seen({ "terraform.tfstate": state }),
    "some",
    "a network that is another's, and only read",
  );
});

Deno.test("stateFile() takes a state that is kept elsewhere for something, so that Terraform is asked", async () => {
  assert.equal(await seen({ ".terraform/terraform.tfstate": state() }), "some");
});

Deno.test("asMade() has the type that the scheduler was made as, by which it costs", async () => {
  await using here = await machine();
  const home = homeOf(here.runtime);
  const config = await parseConfig(
    "provider: gcp\ncluster_id: xcore-0a1b2c3d\nzone_name: us-central1-a\n",
    "c",
  );
  assert.equal((await asMade(here.runtime, home, config)).schedulerType, config.schedulerType);
  await here.runtime.files.mkdir(home.terraform);
  await here.runtime.files.writeText(
    `${home.terraform}/xcore.auto.tfvars.json`,
    '{"scheduler_type": "e2-small"}',
  );
  assert.equal((await asMade(here.runtime, home, config)).schedulerType, "e2-small");
});
