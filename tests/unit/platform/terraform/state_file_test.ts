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
  return await stateFile(here.runtime.files, here.dir);
}

Deno.test("stateFile() tells whether Terraform knows of anything", async () => {
  assert.equal(await seen({}), "none");
  assert.equal(await seen({ "terraform.tfstate": state() }), "empty");
  assert.equal(await seen({ "terraform.tfstate": state("data") }), "empty");
  assert.equal(await seen({ "terraform.tfstate": state("data", "managed") }), "some");
});

Deno.test("stateFile() takes a state that is empty or cut short for no proof of anything", async () => {
  const whole = state("data", "managed");
  for (const text of ["", " \n", "{}", "[]", "null", '{"resources": [null]}', '{"resources": {}}']) {
    assert.equal(await seen({ "terraform.tfstate": text }), "damaged", text);
  }
  for (let end = 0; end < whole.length; end++) {
    assert.equal(await seen({ "terraform.tfstate": whole.slice(0, end) }), "damaged");
  }
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
