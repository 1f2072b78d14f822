import assert from "node:assert/strict";
import { PrerequisiteError } from "../../../lib/errors.ts";
import { findTerraform } from "../../../lib/platform/terraform/terraform.ts";
import { machine } from "../../python_env/_machine.ts";

const says = (version: string) => `echo '{"terraform_version": "${version}", "platform": "linux_amd64"}'`;

async function found(scripts: Readonly<Record<string, string>>) {
  await using here = await machine();
  for (const [name, line] of Object.entries(scripts)) await here.script(`bin/${name}`, line);
  return await findTerraform(here.runtime);
}

Deno.test("findTerraform() takes Terraform", async () => {
  const scripts = { terraform: says("1.11.4"), tofu: says("1.9.0") };
  assert.deepEqual(await found(scripts), { command: "terraform", product: "Terraform", version: "1.11.4" });
});

Deno.test("findTerraform() takes OpenTofu where there is no Terraform", async () => {
  assert.deepEqual(await found({ tofu: says("1.9.0") }), {
    command: "tofu",
    product: "OpenTofu",
    version: "1.9.0",
  });
});

Deno.test("findTerraform() refuses one that is too old, names it, and says what to do", async () => {
  await assert.rejects(
    found({ terraform: says("0.12.31") }),
    (error: unknown) =>
      error instanceof PrerequisiteError &&
      error.message === "Cannot use Terraform 0.12.31: it takes 1.1.0 or newer" &&
      /^Install Terraform/.test(error.hint),
  );
});

Deno.test("findTerraform() refuses a machine without either, and a program that does not answer", async () => {
  await assert.rejects(found({}), PrerequisiteError);
  await assert.rejects(found({ terraform: "echo segmentation fault; exit 1" }), PrerequisiteError);
});
