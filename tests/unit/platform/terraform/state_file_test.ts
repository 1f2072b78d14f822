import assert from "node:assert/strict";
import { stateFile } from "../../../../lib/platform/terraform/state_file.ts";
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
