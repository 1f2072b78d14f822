/**
 * The provider on somebody else's emulator, `gcplocal`. Version 0.1.0 has neither bulkInsert nor aggregated lists, filters,
 * machine types, images or permissions: of what the provider asks, it answers for the project, for one instance, and removes.
 */

import assert from "node:assert/strict";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import type { CloudResource } from "../../../lib/platform/cloud.ts";
import { cloud as gcpCloud } from "../../../lib/platform/gcp/cloud.ts";
import { provider as gcpProvider } from "../../../lib/platform/gcp/provider.ts";
import { isEnclosed } from "../../emulators/enclosed.ts";
import { placeWith } from "../../unit/config/_home.ts";
import { on } from "../../unit/config/_on.ts";
import { until } from "../local/harness.ts";

const CONFIG = `provider: gcp
cluster_name: xcore
cluster_id: xcore-0a1b2c3d
project_name: my-lab
zone_name: europe-west2-b
`;

/** Runs `body` with one that has started, and ends it. */
async function withGcplocal(body: (address: string) => Promise<void>): Promise<void> {
  assert.ok(
    isEnclosed(),
    "run it in a network of its own: deno run -A tests/emulators/enclosed.ts deno test …",
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const server = new Deno.Command(Deno.env.get("XCORE_TEST_PYTHON")!, {
    args: ["-m", "gcplocal", "start", "--host", "127.0.0.1", "--port", String(port)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const address = `http://127.0.0.1:${port}`;
  const answers = async () => {
    const response = await fetch(`${address}/health`).catch(() => null);
    await response?.body?.cancel();
    return response?.ok === true;
  };
  try {
    await until("gcplocal answers", answers, (yes) => yes, 120);
    await body(address);
  } finally {
    server.kill("SIGKILL");
    await server.status;
  }
}

/** Makes one of each thing that a cluster stands on, in the order of Terraform. */
async function makeThings(compute: string): Promise<CloudResource[]> {
  const name = "xcore-0a1b2c3d";
  const project = "projects/my-lab";
  const made: [thing: string, place: string, body: Readonly<Record<string, unknown>>][] = [
    ["network", "global", { name, autoCreateSubnetworks: false }],
    ["subnetwork", "regions/europe-west2", { name, network: name, ipCidrRange: "10.128.0.0/20" }],
    ["firewall", "global", { name: `${name}-inside`, network: name }],
    ["instance", "zones/europe-west2-b", { name: `${name}-scheduler`, machineType: "f1-micro" }],
  ];
  const resources: CloudResource[] = [];
  for (const [thing, place, body] of made) {
    const path = `${project}/${place}/${thing}s`;
    const response = await fetch(compute + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer any" },
      body: JSON.stringify(body),
    });
    const said = await response.text();
    assert.ok(response.ok, said);
    resources.unshift({ kind: thing, id: `${path}/${body.name}` });
  }
  return resources;
}

Deno.test("gcplocal: the provider finds its project, reads the scheduler's instance, and removes a cluster's base", async () => {
  await using place = await placeWith(null);
  await withGcplocal(async (address) => {
    const compute = `${address}/compute/v1/`;
    const variables: Readonly<Record<string, string>> = {
      GOOGLE_COMPUTE_CUSTOM_ENDPOINT: compute,
      GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT: `${address}/v1/`,
      GOOGLE_OAUTH_ACCESS_TOKEN: "any",
    };
    const runtime = { ...place.runtime, env: (name: string) => variables[name] };
    const options = {
      runtime,
      home: place.home,
      config: on("gcp", await parseConfig(CONFIG, "config.yaml")),
    };
    const provider = gcpProvider(options);
    const cloud = gcpCloud(options);

    const checks = await Array.fromAsync(provider.check());
    assert.deepEqual(checks.slice(0, 2).map(({ name, outcome }) => `${name} ${outcome}`), [
      "Google credentials passed",
      "Project passed",
    ]);

    const resources = await makeThings(compute);
    const [scheduler] = resources;
    assert.equal(await cloud.lifeOf(scheduler!.id), "running");
    // It knows no aggregated list; a provider that took that for an empty one would believe its workers gone.
    await assert.rejects(provider.list(), /Cannot list the instances: /);

    assert.deepEqual(resources.map(({ kind }) => kind), cloud.resourceKinds);
    for (const resource of resources) {
      await cloud.remove(resource);
      await cloud.remove(resource); // gone already: success
      const response = await fetch(compute + resource.id, { headers: { authorization: "Bearer any" } });
      await response.body?.cancel();
      assert.equal(response.status, 404, resource.id);
    }
    assert.equal(await cloud.lifeOf(scheduler!.id), "gone");
  });
});
