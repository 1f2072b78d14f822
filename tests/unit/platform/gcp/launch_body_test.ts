import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import type { GcpOutputs } from "../../../../lib/platform/gcp/base.ts";
import { bulkInsertBody } from "../../../../lib/platform/gcp/launch.ts";
import { attemptOf } from "../../../contract/provider/contract.ts";
import { on } from "../../config/_on.ts";

/**
 * The messages that a bulkInsert consists of, each with its fields and their types: those of google.cloud.compute.v1 as
 * @google-cloud/compute 7.8.0 describes them in protos.json.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  await Deno.readTextFile(new URL("fixtures/bulk_insert_messages.json", import.meta.url)),
);

/** Fields that Google fills in, by the reference of instances.bulkInsert. */
const OUTPUT_ONLY = new Set(["BulkInsertInstanceResourcePerInstanceProperties.name"]);

/** What in a value is not as the type says, by its path. */
function wrongIn(value: unknown, type: string, path: string): string[] {
  const [, kind, inner = type] = /^(list|map):(.*)$/.exec(type) ?? [];
  if (kind === "list") {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((each, i) => wrongIn(each, inner, `${path}.${i}`));
  }
  if (kind === "map") {
    return Object.entries(value as object).flatMap(([key, each]) => wrongIn(each, inner, `${path}.${key}`));
  }
  const fields = MESSAGES[type];
  if (fields !== undefined) {
    return Object.entries(value as object).flatMap(([key, each]) => {
      const field = fields[key];
      if (field === undefined) return [`${path}.${key} is not in ${type}`];
      if (OUTPUT_ONLY.has(`${type}.${key}`)) return [`${path}.${key} is output only`];
      return wrongIn(each, field, `${path}.${key}`);
    });
  }
  // JSON has numbers of 64 bits as text.
  const wanted = type === "bool" ? "boolean" : /^(int32|uint32)$/.test(type) ? "number" : "string";
  return typeof value === wanted || /64$/.test(type) && Number.isInteger(value)
    ? []
    : [`${path} is no ${type}`];
}

const BASE: GcpOutputs = {
  project: "my-lab",
  region: "us-central1",
  zone: "us-central1-a",
  subnetwork: "projects/my-lab/regions/us-central1/subnetworks/s",
  image: "projects/ubuntu-os-cloud/global/images/noble",
  sshKeys: "ubuntu:ssh-ed25519 AAAA",
  schedulerName: "scheduler",
  schedulerId: "1",
  schedulerPrivateIp: "10.0.0.2",
  schedulerPublicIp: null,
};

/** What a launch sends, as JSON. */
async function bodyOf(lines: string, market: "spot" | "on-demand", type: string, accelerator: string | null) {
  const text = `provider: gcp\ncluster_id: xcore-0a1b2c3d\nzone_name: us-central1-a\n${lines}`;
  const config = on("gcp", await parseConfig(text, "config.yaml"));
  const order = { pool: "default", zone: "us-central1-a", resources: {}, slots: 1 };
  const attempt = attemptOf({ ...order, type, market, accelerator, acceleratorCount: 1 }, ["worker-0"]);
  const body = bulkInsertBody({
    attempt,
    zone: "us-central1-a",
    config,
    base: BASE,
    startupScript: "#!/bin/sh\n",
  });
  return JSON.parse(JSON.stringify(body));
}

const FULL = "tags: {project: thesis}\nservice_account: me@my-lab.iam.gserviceaccount.com\n";

for (const market of ["spot", "on-demand"] as const) {
  Deno.test(`a launch ${market} sends only what Google's API has, in the types that it has`, async () => {
    for (const lines of [FULL, "public_ip: false\nnetwork: n\n"]) {
      for (const accelerator of ["nvidia-tesla-t4", null]) {
        const body = await bodyOf(lines, market, "n1-standard-4", accelerator);
        assert.deepEqual(wrongIn(body, "BulkInsertInstanceResource", "body"), []);
      }
    }
  });
}

Deno.test("a field that the API has not, or that is output only, is found", async () => {
  const body = await bodyOf("", "spot", "n1-standard-4", null);
  body.instanceProperties.scheduling.preemptionNotice = "120";
  body.perInstanceProperties["xcore-0a1b2c3d-worker-0"].name = "a";
  body.instanceProperties.disks[0].boot = "yes";
  assert.deepEqual(wrongIn(body, "BulkInsertInstanceResource", "body"), [
    "body.perInstanceProperties.xcore-0a1b2c3d-worker-0.name is output only",
    "body.instanceProperties.disks.0.boot is no bool",
    "body.instanceProperties.scheduling.preemptionNotice is not in Scheduling",
  ]);
});
