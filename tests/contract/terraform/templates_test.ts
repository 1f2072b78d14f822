import assert from "node:assert/strict";
import { join } from "node:path";
import { EMBEDDED } from "../../../lib/_embedded.ts";
import { givenVariables, layTemplates } from "../../../lib/platform/terraform/state_file.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { isOlder } from "../../../lib/util/is_older.ts";
import { needing, programs } from "../../support/needs.ts";
import { lackOfProviders } from "../../runner/providers.ts";

const runtime = systemRuntime(null);
const PROVIDERS = [...new Set(Object.keys(EMBEDDED).map((path) => /^terraform\/(\w+)\//.exec(path)?.[1]))]
  .filter((name) => name !== undefined);

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-templates-" });
  try {
    await body(join(folder, "terraform"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function terraform(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runtime.run(["terraform", ...args], { cwd: folder });
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

Deno.test("layTemplates() writes what is missing or changed, and leaves alone what is not its own", () =>
  withFolder(async (folder) => {
    await layTemplates(runtime, folder, "aws", { disk_gb: 20 });
    const mine = { "my_override.tf": "# mine", "terraform.tfstate": "{}", "test_override.tf.json": "{}" };
    for (const [name, text] of Object.entries(mine)) await Deno.writeTextFile(join(folder, name), text);
    await Deno.writeTextFile(join(folder, "network.tf"), "# of an older version");
    await layTemplates(runtime, folder, "aws", { disk_gb: 30 });
    for (const [name, text] of Object.entries(mine)) {
      assert.equal(await Deno.readTextFile(join(folder, name)), text);
    }
    assert.equal(await Deno.readTextFile(join(folder, "network.tf")), EMBEDDED["terraform/aws/network.tf"]);
    const variables = join(folder, "xcore.auto.tfvars.json");
    assert.deepEqual(JSON.parse(await Deno.readTextFile(variables)), { disk_gb: 30 });
    assert.equal((await Deno.stat(variables)).mode! & 0o777, 0o600);
  }));

Deno.test("givenVariables() are those that the templates were given last, or null", () =>
  withFolder(async (folder) => {
    assert.equal(await givenVariables(runtime, folder), null);
    await layTemplates(runtime, folder, "aws", { allowed_cidr: ["192.0.2.7/32"] });
    await layTemplates(runtime, folder, "aws", null);
    assert.deepEqual(await givenVariables(runtime, folder), { allowed_cidr: ["192.0.2.7/32"] });
    await Deno.writeTextFile(join(folder, "xcore.auto.tfvars.json"), "{");
    assert.equal(await givenVariables(runtime, folder), null);
  }));

/** Since 1.7: https://developer.hashicorp.com/terraform/language/tests/mocking */
function lackOfMocks(): string | null {
  const { stdout } = new Deno.Command("terraform", { args: ["version", "-json"] }).outputSync();
  const { terraform_version: version } = JSON.parse(new TextDecoder().decode(stdout));
  return isOlder(version, "1.7.0")
    ? `it takes Terraform 1.7 or newer, and ${version} is there: install it`
    : null;
}

for (const provider of PROVIDERS) {
  Deno.test(
    needing(
      programs("terraform"),
      `the templates for ${provider} are formatted`,
      () =>
        withFolder(async (folder) => {
          await layTemplates(runtime, folder, provider, {});
          await terraform(folder, "fmt", "-check", "-diff");
        }),
    ),
  );

  Deno.test(
    needing(lackOfProviders(), `the templates for ${provider} are valid`, () =>
      withFolder(async (folder) => {
        await layTemplates(runtime, folder, provider, {});
        await terraform(folder, "init", "-input=false", "-no-color");
        const said = JSON.parse(await terraform(folder, "validate", "-json", "-no-color"));
        assert.deepEqual([said.valid, said.diagnostics], [true, []]);
      })),
  );
}

Deno.test(
  needing(
    lackOfProviders() ?? lackOfMocks(),
    "a zone that comes or goes moves no other zone's subnet",
    () =>
      withFolder(async (folder) => {
        await layTemplates(runtime, folder, "aws", null);
        const test = "subnets.tftest.hcl";
        await Deno.copyFile(new URL(test, import.meta.url), join(folder, test));
        await terraform(folder, "init", "-input=false", "-no-color");
        assert.match(await terraform(folder, "test", "-no-color"), /^Success! 3 passed, 0 failed\.$/m);
      }),
  ),
);
