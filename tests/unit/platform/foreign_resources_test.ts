import assert from "node:assert/strict";
import type { Client } from "../../../lib/platform/aws/client.ts";
import { clusterResources } from "../../../lib/platform/aws/cloud.ts";
import { describeWorkers } from "../../../lib/platform/aws/list_instances.ts";
import { resourcesIn } from "../../../lib/platform/gcp/catalog.ts";
import type { ClientFor } from "../../../lib/platform/gcp/compute.ts";
import { listInstances } from "../../../lib/platform/gcp/list_instances.ts";
import { terminate } from "../../../lib/platform/gcp/terminate.ts";

const OURS = "mine-0a1b2c3d";
const OWNERS = [OURS, "other-0a1b2c3d", undefined];

// A cloud, or a proxy before it, that heeds no filter answers with what is everybody's.

Deno.test("on AWS only what carries this cluster's tag is removed or terminated, whatever the filter let through", async () => {
  const tagged = (owner: string | undefined, role: string) => [
    ...(owner === undefined ? [] : [{ Key: "xcore-cluster", Value: owner }]),
    { Key: "xcore-role", Value: role },
  ];
  const list = () =>
    Promise.resolve(OWNERS.map((owner) => ({ id: `of ${owner}`, Tags: tagged(owner, "base") })));
  const aws = {
    resources: new Proxy({}, { get: () => ({ list }) }),
    describeInstances: () =>
      Promise.resolve({
        Reservations: [{
          Instances: OWNERS.map((owner) => ({ InstanceId: `of ${owner}`, Tags: tagged(owner, "worker") })),
        }],
      }),
  } as unknown as Client;
  const session = { ask: <T>(_doing: string, call: (aws: Client) => Promise<T>) => call(aws) };
  const found = await clusterResources(session, OURS);
  assert.deepEqual([...new Set(found.map(({ id }) => id))], [`of ${OURS}`]);
  const workers = await describeWorkers(session, OURS, {});
  assert.deepEqual(workers.found.map(({ InstanceId }) => InstanceId), [`of ${OURS}`]);
});

function gceInstance(name: string, labels: Readonly<Record<string, string>>) {
  return {
    name,
    labels,
    zone: "zones/a-b-c",
    selfLink: `https://x/projects/p/zones/a-b-c/instances/${name}`,
    machineType: "t",
    status: "RUNNING",
    creationTimestamp: "2026-01-01T00:00:00Z",
    guestAccelerators: [],
    networkInterfaces: [],
    scheduling: {},
  };
}

Deno.test("on Google Cloud only what carries this cluster's label or name is removed or terminated, too", async () => {
  const names = [OURS, `${OURS}-ssh`, `${OURS}2`, `my-${OURS}`, "default"];
  const named = names.map((name) => ({ name, selfLink: `https://x/projects/p/global/networks/${name}` }));
  const instances = OWNERS.map((owner, i) =>
    gceInstance(`${OURS}-${i}`, owner === undefined ? {} : { "xcore-cluster": owner })
  );
  const clientFor: ClientFor = (client) => {
    const items = client === "InstancesClient" ? instances : named;
    const kind = client === "InstancesClient" ? "instances" : "subnetworks";
    return Promise.resolve({
      list: () => Promise.resolve([items]),
      initialize: () => Promise.resolve(),
      innerApiCalls: {
        aggregatedList: () => Promise.resolve([null, null, { items: { "zones/a-b-c": { [kind]: items } } }]),
      },
    } as never);
  };
  const found = await resourcesIn(clientFor, "p").list(OURS, null, null);
  const last = [...new Set(found.map(({ id }) => id.slice(id.lastIndexOf("/") + 1)))];
  assert.deepEqual(last, [`${OURS}-0`, OURS, `${OURS}-ssh`]);

  const deleted: string[] = [];
  const workers = OWNERS.map((owner, i) => {
    const cluster: Record<string, string> = owner === undefined ? {} : { "xcore-cluster": owner };
    return gceInstance(`${OURS}-worker-${i}`, { ...cluster, "xcore-role": "worker", "xcore-request": "r" });
  });
  const compute = {
    instances: () => Promise.resolve({ instances: workers, unreachable: [] }),
    instance: (_zone: string, name: string) =>
      Promise.resolve(workers.find((one) => one.name === name) ?? null),
    delete: (_zone: string, name: string) => Promise.resolve(void deleted.push(name)),
  } as never;
  const listed = await listInstances(compute, OURS, null, () => 0);
  assert.deepEqual(listed.instances.map(({ name }) => name), ["worker-0"]);
  await terminate(compute, OURS, workers.map(({ name }) => `a-b-c/${name}/r`));
  assert.deepEqual(deleted, [`${OURS}-worker-0`]);
});
