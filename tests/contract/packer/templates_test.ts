import assert from "node:assert/strict";
import { join } from "node:path";
import type { Config } from "../../../lib/config/config.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import { awsImageVariables } from "../../../lib/platform/aws/images.ts";
import { imageScript } from "../../../lib/platform/boot/boot_script.ts";
import { gcpImageVariables } from "../../../lib/platform/gcp/images.ts";
import { layPackerFiles } from "../../../lib/platform/packer/packer_images.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { on } from "../../unit/config/_on.ts";
import { needing, programs } from "../../support/needs.ts";
import { imageNode } from "../../unit/platform/boot/_facts.ts";

const runtime = systemRuntime(null);
const PLAIN = { type: "n1-standard-1", accelerator: null, acceleratorCount: 0 };
const GPU = { type: "n1-standard-4", accelerator: "nvidia-tesla-t4", acceleratorCount: 2 };
type Machine = typeof PLAIN | typeof GPU;

const VARIABLES = {
  aws: (config: Config, machine: Machine) =>
    awsImageVariables(on("aws", config), {
      name: "xcore-0a1b2c3d-image-1",
      machine,
      region: "eu-west-2",
      source: { id: "ami-0a24040000000002a", rootDeviceName: "/dev/sda1" },
      allowedRanges: ["192.0.2.7/32"],
      endpoint: undefined,
    }),
  gcp: (config: Config, machine: Machine) =>
    gcpImageVariables(on("gcp", config), {
      name: "xcore-0a1b2c3d-image-1",
      machine,
      project: "my-lab-123456",
      source: "ubuntu-2404-noble-amd64-v20261101",
      sourceProject: "ubuntu-os-cloud",
      network: null,
    }),
};
const CLOUDS = ["aws", "gcp"] as const;

const configOf = (provider: string, text = "") =>
  parseConfig(
    `provider: ${provider}\ncluster_id: xcore-0a1b2c3d\n${
      provider === "gcp" ? "zone_name: europe-west2-b\n" : ""
    }${text}`,
    "config.yaml",
  );

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-packer-" });
  try {
    await body(join(folder, "packer"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function packer(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await runtime.run(["packer", ...args], {
    env: { CHECKPOINT_DISABLE: "1" },
  });
  assert.equal(code, 0, stdout + stderr);
}

for (const cloud of CLOUDS) {
  Deno.test(`the image template for ${cloud} is given every variable that it declares, and no other`, async () => {
    const url = new URL(`../../../packer/${cloud}.pkr.hcl`, import.meta.url);
    const names = [...(await Deno.readTextFile(url)).matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name);
    assert.deepEqual(Object.keys(VARIABLES[cloud](await configOf(cloud), PLAIN)).sort(), names.sort());
  });

  Deno.test(needing(
    programs("packer"),
    `the image template for ${cloud} is formatted and valid, with a GPU too`,
    () =>
      withFolder(async (folder) => {
        const script = imageScript(imageNode({ cloud }));
        const texts = ["", "public_ip: false\nuser_name: me\n", "tags: {project: thesis}\n"];
        for (const [i, machine] of [PLAIN, GPU, PLAIN].entries()) {
          const variables = VARIABLES[cloud](await configOf(cloud, texts[i]), machine);
          await layPackerFiles(runtime, folder, cloud, { variables, script, fetchesPlugins: false });
          await packer("validate", folder);
          await packer("fmt", "-check", "-diff", folder);
          await layPackerFiles(runtime, folder, cloud, { variables, script, fetchesPlugins: true });
          await packer("fmt", "-check", "-diff", folder);
        }
      }),
  ));

  Deno.test(`layPackerFiles() shows the plugins for ${cloud} only to a Packer that fetches them`, () =>
    withFolder(async (folder) => {
      const input = { variables: { a: 1 }, script: "#!/bin/bash\n" };
      const own = ["origin.json", "my.pkr.hcl"];
      await layPackerFiles(runtime, folder, cloud, { ...input, fetchesPlugins: true });
      for (const name of own) await Deno.writeTextFile(join(folder, name), "mine");
      const plugins = await Deno.readTextFile(join(folder, `${cloud}.plugins.pkr.hcl`));
      assert.match(plugins, /^ +version = "\d+\.\d+\.\d+"$/m); // no range: nothing records what was fetched
      const template = () => Deno.readTextFile(join(folder, `${cloud}.pkr.hcl`));
      assert.match(await template(), /^ +temporary_key_pair_type = "ed25519"$/m);
      if (cloud === "aws") assert.match(await template(), /^ +http_tokens +=/m);
      assert.match(plugins, cloud === "aws" ? /hashicorp\/amazon"/ : /hashicorp\/googlecompute"/);
      await layPackerFiles(runtime, folder, cloud, { ...input, fetchesPlugins: false });
      assert.doesNotMatch(await template(), /http_tokens|imds_support|A Packer with/);
      assert.deepEqual(
        await runtime.files.list(folder),
        [...own, `${cloud}.pkr.hcl`, "provision.sh", "xcore.auto.pkrvars.json"].sort(),
      );
    }));
}

Deno.test(needing(
  programs("packer"),
  "the example of packer/ is formatted, and asks for the version of the plugin that xcore's own template does",
  async () => {
    const folder = new URL("../../../packer/", import.meta.url).pathname;
    await packer("fmt", "-check", "-diff", `${folder}examples`);
    const pinOf = async (name: string) =>
      /required_plugins {.*?^ {2}}/ms.exec(await Deno.readTextFile(folder + name))?.[0];
    assert.equal(await pinOf("examples/gromacs.pkr.hcl"), await pinOf("aws.plugins.pkr.hcl"));
  },
));

Deno.test("an image is built in unlimited mode on a burstable machine alone", async () => {
  const config = await configOf("aws");
  const isUnlimited = (type: string) => VARIABLES.aws(config, { ...PLAIN, type }).unlimited_credits;
  assert.deepEqual(["t3.small", "t4g.medium", "t2.small", "c5.large", "g4dn.xlarge"].map(isUnlimited), [
    ...[true, true, true, false, false],
  ]);
});

Deno.test("a machine for an image has a GPU attached on Google's cloud alone, and takes the addresses that the config lets in", async () => {
  const gcp = VARIABLES.gcp(await configOf("gcp"), GPU);
  const { accelerator_type: accelerator, accelerator_count: count } = gcp;
  const path = "projects/my-lab-123456/zones/europe-west2-b/acceleratorTypes/nvidia-tesla-t4";
  assert.deepEqual([accelerator, count], [path, 2]);
  const aws = VARIABLES.aws(
    await configOf("aws", "subnet_ids: [subnet-0a1b2c3d]\npublic_ip: false\n"),
    PLAIN,
  );
  assert.deepEqual(
    [aws.allowed_cidr, aws.subnet_id, aws.public_ip, aws.ec2_endpoint],
    [["192.0.2.7/32"], "subnet-0a1b2c3d", false, null],
  );
});
