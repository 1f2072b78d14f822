import assert from "node:assert/strict";
import { join } from "node:path";
import { homeOf } from "../../../../lib/config/home.ts";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { AuthError, XcoreError } from "../../../../lib/errors.ts";
import type { CloudResource } from "../../../../lib/platform/cloud.ts";
import { outputsFile } from "../../../../lib/platform/terraform/state_file.ts";
import { terraformBase } from "../../../../lib/platform/terraform/terraform_base.ts";
import type { TerraformSpec, Variables } from "../../../../lib/platform/terraform/terraform_spec.ts";
import { machine } from "../../../support/machine.ts";
import { assertWording } from "../../../support/wording.ts";
import { failure } from "../../config/_home.ts";
import { on } from "../../config/_on.ts";

const VPC: CloudResource = { kind: "vpc", id: "vpc-1" };
const SCHEDULER: CloudResource = { kind: "instance", id: "i-1" };

/** A base with this state file, in an account that has what carries the tag; there is no Terraform. */
async function baseWith(
  text: string | null,
  tagged: readonly CloudResource[],
  { isMade = false, fails = false }: { isMade?: boolean; fails?: boolean } = {},
) {
  const here = await machine();
  const runtime = { ...here.runtime, run: () => Promise.reject(new Deno.errors.NotFound("terraform")) };
  const home = homeOf(runtime);
  await Deno.mkdir(home.terraform, { recursive: true });
  const state = join(home.terraform, "terraform.tfstate");
  if (text !== null) await Deno.writeTextFile(state, text);
  if (isMade) await Deno.writeTextFile(outputsFile(home), "{}");
  const there = [...tagged];
  const removed: string[] = [];
  const cloud = {
    resourceKinds: ["instance", "vpc"],
    resources: () => fails ? Promise.reject(new AuthError("no", "Renew.")) : Promise.resolve([...there]),
    lifeOf: (id: string) => Promise.resolve(there.some((one) => one.id === id) ? "running" : "gone"),
    remove({ id }: CloudResource) {
      removed.push(id);
      there.splice(there.findIndex((one) => one.id === id), 1);
      return Promise.resolve();
    },
  };
  const made = async () =>
    await runtime.files.exists(outputsFile(home)) ? { id: "i-1", uniqueId: "i-1", host: "192.0.2.1" } : null;
  const spec = { cloud, made, keyKinds: [] };
  const config = on(
    "aws",
    await parseConfig(
      "provider: aws\ncluster_id: xcore-0a1b2c3d\nallowed_cidr: [192.0.2.7/32]\n",
      "config.yaml",
    ),
  );
  const base = terraformBase({ runtime, home, config }, spec as unknown as TerraformSpec<Variables>);
  const said: string[] = [];
  return {
    base,
    removed,
    said: () => said.map((line) => line.replace(state, "STATE")),
    progress: (line: string) => void said.push(line),
    files: () => runtime.files.list(home.terraform),
    [Symbol.asyncDispose]: () => here[Symbol.asyncDispose](),
  };
}

const FOREIGN = JSON.stringify({
  version: 4,
  resources: [{
    mode: "managed",
    instances: [{ attributes: { tags: { "xcore-cluster": "xcore-4e5f6a7b" } } }],
  }],
});

const DAMAGED = ["", "{", '{"version": 4, "resources": [{"mode": "man', FOREIGN];

Deno.test("a state that is empty, cut short or of another cluster is no proof that no cluster exists, nor that one does", async () => {
  for (const text of DAMAGED) {
    await using some = await baseWith(text, [VPC]);
    assert.equal((await some.base.describe()).state, "partial");
    await using none = await baseWith(text, []);
    assert.equal((await none.base.describe()).state, "down");
    await using unknown = await baseWith(text, [], { fails: true });
    assert.equal((await unknown.base.describe()).state, "partial");
    const check = await Array.fromAsync(some.base.check(false));
    assert.ok(check.some(({ name, outcome }) => name === "Terraform state" && outcome === "warning"));
  }
});

Deno.test("down() with such a state removes what carries the cluster's tag, in order, and names the file", async () => {
  for (const text of DAMAGED) {
    await using cluster = await baseWith(text, [VPC, SCHEDULER], { isMade: true });
    await cluster.base.down(cluster.progress);
    assert.deepEqual(cluster.removed, ["i-1", "vpc-1"]);
    assertWording(
      "terraform",
      text === FOREIGN ? "another cluster's state" : "a damaged state",
      cluster.said()[0]!,
    );
    assert.equal((await cluster.base.describe()).state, "down");
    assert.deepEqual(await cluster.base.resources(), []);
    assert.deepEqual(await cluster.files(), [
      text === "" ? "terraform.tfstate" : "terraform.tfstate.damaged",
    ]);
    await cluster.base.down(cluster.progress);
  }
  await using unknown = await baseWith("{", [VPC], { fails: true });
  assert.ok(
    await failure(unknown.base.down(unknown.progress)) instanceof AuthError,
    "nothing is said to be removed",
  );
});

Deno.test("up() with such a state begins anew, once what carries the tag is removed", async () => {
  for (const text of DAMAGED) {
    await using cluster = await baseWith(text, [SCHEDULER, VPC]);
    // Nothing is left to hinder it but that this machine has no Terraform.
    assert.match((await failure(cluster.base.up(cluster.progress))).message, /Terraform/);
    assert.deepEqual(cluster.removed, ["i-1", "vpc-1"]);
    assert.equal((await cluster.files()).includes("terraform.tfstate"), text === "");
  }
});

Deno.test("no resource of a running cluster is an orphan for the state being damaged or gone", async () => {
  for (const text of [null, ...DAMAGED]) {
    await using cluster = await baseWith(text, [SCHEDULER, VPC], { isMade: true });
    assert.equal((await cluster.base.describe()).state, "up");
    const { base, progress } = cluster;
    for (
      const call of [() => base.orphans(), () => base.deleteOrphans(progress), () => base.allow(progress)]
    ) {
      assert.ok(await failure(call()) instanceof XcoreError);
    }
    assert.deepEqual(cluster.removed, []);
    await cluster.base.down(cluster.progress);
    assert.deepEqual(await cluster.base.resources(), []);
  }
  await using gone = await baseWith("{", [VPC]);
  assert.deepEqual(await gone.base.orphans(), ["vpc vpc-1"]);
});
