import type { Config } from "../../../lib/config/config.ts";
import { type Gce, startGce } from "../../emulators/gce.ts";
import { providerContract, type ProviderHarness } from "../../contract/provider/contract.ts";
import { baseOf, gcpCluster, orderIn } from "./_project.ts";

const CALLS = {
  list: "GET aggregated/instances",
  launch: "POST instances/bulkInsert",
  terminate: "DELETE instances",
} as const;

const POLL_MS = 50;
/** Beyond what the suite asks for: quotas have tests of their own. */
const PLENTY = 1e6;

/** The real provider and Google's own client, on a Compute API whose instances exist in it alone. */
providerContract("gcp", async () => {
  const { gce, stop } = await startGce();
  await gce.control("limits", {
    region_quotas: { CPUS: PLENTY, INSTANCES: PLENTY, IN_USE_ADDRESSES: PLENTY, SSD_TOTAL_GB: PLENTY },
    project_quotas: { CPUS_ALL_REGIONS: PLENTY },
    calls_per_minute: { queries: PLENTY, mutations: PLENTY, list_requests: PLENTY, operation_reads: PLENTY },
  });
  const ours = await gcpCluster(gce);
  const namesake = await gcpCluster(gce, { clusterId: "xcore-99999999" });
  const harness: ProviderHarness = {
    provider: ours.provider,
    another: () => ours.again(),
    stranger: () => namesake.provider,
    order: orderIn(gce),
    accelerator: "nvidia-tesla-t4",
    foreign: () => foreign(gce, ours.config),
    allowOnly: async (names) => {
      await gce.control("limits", { only_names: names === null ? null : names.map((name) => `-${name}`) });
    },
    until,
    async print({ id }, text) {
      const [zone, name] = id.split("/");
      await gce.control("print", { path: `projects/${gce.project}/zones/${zone}/instances/${name}`, text });
    },
    trouble: {
      throttle: async (call) => void await gce.control("trouble", { throttle: CALLS[call] }),
      loseAnswer: async () => void await gce.control("trouble", { lose_answer: true }),
      hideNew: async (hidden) => void await gce.control("trouble", { hide_new: hidden }),
    },
    async dispose() {
      await namesake[Symbol.asyncDispose]();
      await ours[Symbol.asyncDispose]();
      await stop();
    },
  };
  return harness;
}, { most: 2500, troubled: true });

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** An instance that somebody made by hand, with the cluster's label and a worker's name, but no worker's role. */
async function foreign(gce: Gce, { clusterId }: Config) {
  const name = `${clusterId}-worker-0`;
  const path = `projects/${gce.project}/zones/us-central1-b/instances`;
  await gce.call("POST", path, {
    name,
    machineType: `zones/us-central1-b/machineTypes/e2-small`,
    labels: { "xcore-cluster": clusterId },
    networkInterfaces: [{ subnetwork: gce.subnetwork }],
    disks: [{ boot: true, initializeParams: { sourceImage: baseOf(gce).image } }],
  });
  const isThere = () =>
    gce.call<{ status: string }>("GET", `${path}/${name}`).then(
      ({ status }) => status !== "STOPPING",
      () => false,
    );
  await until(isThere);
  return { id: `us-central1-b/${name}/`, isThere };
}
