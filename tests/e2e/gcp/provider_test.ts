import assert from "node:assert/strict";
import { getSetting, setSettings } from "../../../lib/cluster/set_settings.ts";
import {
  AuthError,
  CapacityError,
  PrerequisiteError,
  QuotaError,
  ThrottledError,
  XcoreError,
} from "../../../lib/errors.ts";
import type { CheckResult } from "../../../lib/platform/check_result.ts";
import { base } from "../../../lib/platform/gcp/base.ts";
import { clockAheadMs } from "../../../lib/platform/gcp/cloud.ts";
import { existingNetwork } from "../../../lib/platform/gcp/existing_network.ts";
import { bulkInsertBody } from "../../../lib/platform/gcp/launch.ts";
import { provider } from "../../../lib/platform/gcp/provider.ts";
import { gcpSession } from "../../../lib/platform/gcp/session.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { type Gce, withGce } from "../../emulators/gce.ts";
import { assertWording } from "../../support/wording.ts";
import { attemptOf, namesOf } from "../../contract/provider/contract.ts";
import { on } from "../../unit/config/_on.ts";
import { baseOf, type GcpCluster, gcpCluster, type GcpClusterOptions, orderIn } from "./_project.ts";

/** Registers a test on an emulation of its own. */
function test(
  name: string,
  body: (gce: Gce, cluster: GcpCluster) => Promise<void>,
  options: GcpClusterOptions = {},
): void {
  Deno.test(name, async () => {
    await withGce(async (gce) => {
      await using cluster = await gcpCluster(gce, options);
      await body(gce, cluster);
    });
  });
}

/** An instance as the API has it, as far as it is looked at here. */
interface Raw {
  readonly labels: Readonly<Record<string, string>>;
  readonly networkInterfaces: readonly { readonly accessConfigs: readonly unknown[] }[];
  readonly disks: readonly { readonly diskSizeGb: string; readonly autoDelete: boolean }[];
  readonly serviceAccounts: readonly { readonly scopes: readonly string[] }[];
  readonly guestAccelerators: readonly { readonly acceleratorCount: number }[];
  readonly scheduling: Readonly<Record<string, unknown>>;
  readonly shieldedInstanceConfig: { readonly enableSecureBoot: boolean };
}

async function raw(gce: Gce, { config }: GcpCluster, worker: string): Promise<Raw> {
  const zone = `projects/${gce.project}/zones/${gce.zone}`;
  return await gce.call("GET", `${zone}/instances/${config.clusterId}-${worker}`);
}

async function checksOf({ provider }: GcpCluster): Promise<Record<string, CheckResult>> {
  const results = await Array.fromAsync(provider.check());
  return Object.fromEntries(results.map((result) => [result.name, result]));
}

test("launch() of 100 workers is one call that changes anything", async (gce, { provider }) => {
  await gce.control("limits", { region_quotas: { CPUS: 1000 } });
  const names = Array.from({ length: 100 }, (_, i) => `worker-${i}`);
  await gce.control("calls", { reset: true });
  const { instances } = await provider.launch(attemptOf(orderIn(gce), names));
  assert.equal(instances.length, 100);
  const calls = await gce.control<Record<string, number>>("calls");
  const changing = Object.entries(calls).filter(([kind]) =>
    !kind.startsWith("GET") && !kind.includes("operations")
  );
  assert.deepEqual(changing, [["POST instances/bulkInsert", 1]]);
});

let sleptMs = 0;

test(
  "launch() does not wait for machines that take long",
  async (gce, { provider }) => {
    await gce.control("times", { insert_s: 1e6 });
    const attempt = attemptOf(orderIn(gce), ["worker-0"]);
    const error = await provider.launch(attempt).then(() => null, (error) => error);
    assert.ok(error instanceof Error && !(error instanceof XcoreError), "whether it was launched is open");
    assert.ok(sleptMs > 10_000 && sleptMs < 30_000, `${sleptMs} ms`);
    await assert.rejects(provider.launch(attempt), /still at work/);
    assert.equal((await gce.control<Record<string, number>>("calls"))["POST instances/bulkInsert"], 2);
  },
  {
    clock: {
      monotonicMs: () => sleptMs,
      sleep: (ms) => {
        sleptMs += ms;
        return Promise.resolve();
      },
    },
  },
);

const ACCOUNT = "robot@test-project.iam.gserviceaccount.com";
/** What `service_account` takes beside the role that `xcore init gcp --policy` prints. */
const GIVES_ACCOUNT = "compute.instances.setServiceAccount";

test("a worker is as the config has it", async (gce, cluster) => {
  await gce.control("access", { granted: [GIVES_ACCOUNT] });
  await cluster.provider.launch(attemptOf(orderIn(gce), ["worker-3"]));
  const made = await raw(gce, cluster, "worker-3");
  assert.equal(made.labels["xcore-cluster"], "xcore-0a1b2c3d");
  assert.equal(made.labels.project, "thesis");
  assert.equal(made.networkInterfaces[0]!.accessConfigs.length, 0);
  assert.equal(made.disks[0]!.diskSizeGb, "40");
  assert.equal(made.disks[0]!.autoDelete, true);
  assert.deepEqual(made.serviceAccounts[0]!.scopes, ["https://www.googleapis.com/auth/devstorage.read_only"]);
  assert.deepEqual(made.scheduling.maxRunDuration, { seconds: "176400" });
  assert.equal(made.scheduling.instanceTerminationAction, "DELETE");
  assert.equal(made.scheduling.onHostMaintenance, "MIGRATE");
  assert.equal(made.shieldedInstanceConfig.enableSecureBoot, true);
}, {
  config:
    "tags: {project: thesis}\npublic_ip: false\nnetwork: test\ndisk_gb: 40\nmax_worker_lifetime_h: 48\n" +
    "service_account: me@test-project.iam.gserviceaccount.com\nscopes: [storage-ro]\n",
});

test("a worker without a service account has none", async (gce, cluster) => {
  await cluster.provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  const made = await raw(gce, cluster, "worker-0");
  assert.deepEqual(made.serviceAccounts, []);
  assert.equal(made.networkInterfaces[0]!.accessConfigs.length, 1);
});

test("a GPU or a spot worker ends for maintenance, and a GPU's driver is let in", async (gce, cluster) => {
  const accelerator = { accelerator: "nvidia-tesla-t4", acceleratorCount: 2 };
  await cluster.provider.launch(attemptOf({ ...orderIn(gce), ...accelerator }, ["worker-0"]));
  await cluster.provider.launch(attemptOf({ ...orderIn(gce), market: "spot" }, ["worker-1"]));
  const [gpu, spot] = await Promise.all(["worker-0", "worker-1"].map((name) => raw(gce, cluster, name)));
  assert.equal(gpu!.guestAccelerators[0]!.acceleratorCount, 2);
  assert.equal(gpu!.scheduling.onHostMaintenance, "TERMINATE");
  assert.equal(gpu!.shieldedInstanceConfig.enableSecureBoot, false);
  assert.equal(spot!.scheduling.onHostMaintenance, "TERMINATE");
  assert.equal(spot!.scheduling.provisioningModel, "SPOT");
  assert.deepEqual(spot!.scheduling.preemptionNoticeDuration, { seconds: "120" });
  assert.ok(!("preemptionNoticeDuration" in gpu!.scheduling));
});

test("launch() says what kind of no it got", async (gce, { provider }) => {
  const launch = () => provider.launch(attemptOf(orderIn(gce), ["worker-0", "worker-1"]));
  for (const hides_causes of [false, true]) {
    await gce.control("limits", { stock: [{ zone: gce.zone, left: 0 }], hides_causes });
    await assert.rejects(launch(), CapacityError);
  }
  await gce.control("limits", { stock: [], hides_causes: false, preempts_at_once: true });
  const spot = { ...orderIn(gce), market: "spot" } as const;
  await assert.rejects(provider.launch(attemptOf(spot, ["worker-0"])), CapacityError);
  await gce.control("limits", { stock: [], region_quotas: { CPUS: 0 } });
  await assert.rejects(launch(), QuotaError);
  await gce.control("limits", { region_quotas: { CPUS: 72 }, calls_per_minute: { mutations: 0 } });
  await assert.rejects(launch(), ThrottledError);
  await gce.control("limits", { calls_per_minute: { mutations: 1500 } });
  await gce.control("access", { denied: ["compute.instances.create"] });
  await assert.rejects(launch(), AuthError);
  await gce.control("access", { denied: [], api_enabled: false });
  await assert.rejects(launch(), (error) => {
    assert.ok(error instanceof AuthError);
    assert.match(error.hint, /gcloud services enable compute\.googleapis\.com/);
    return true;
  });
  await gce.control("access", { api_enabled: true });
  assert.deepEqual((await provider.list()).instances, []);
});

test("launch() names the account that workers may not act as, and what to do", async (gce, { provider }) => {
  const withoutIt = provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  await assert.rejects(withoutIt, { name: "AuthError", message: new RegExp(GIVES_ACCOUNT) });
  await gce.control("access", { granted: [GIVES_ACCOUNT], denied: ["iam.serviceAccounts.actAs"] });
  await assert.rejects(provider.launch(attemptOf(orderIn(gce), ["worker-1"])), (error) => {
    assert.ok(error instanceof AuthError);
    assert.ok(error.message.includes(ACCOUNT));
    assert.match(error.hint, /roles\/iam\.serviceAccountUser/);
    return true;
  });
}, { config: `service_account: ${ACCOUNT}\n` });

test("each profile of a project refuses, or lacks, what such projects do", async (gce, { provider }) => {
  const profile = (name: string) => gce.control("profile", { name });
  const launch = () => provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  await profile("silent_zone");
  assert.equal((await provider.list()).complete, true);
  await profile("stock_out");
  await assert.rejects(launch(), CapacityError);
  await gce.control("limits", { stock: [] });
  await profile("institute");
  await assert.rejects(launch(), AuthError);
});

test("a quota for some of them gives those", async (gce, { provider }) => {
  await gce.control("limits", { region_quotas: { CPUS: 2 } });
  const { instances } = await provider.launch(attemptOf(orderIn(gce), ["worker-0", "worker-1", "worker-2"]));
  assert.deepEqual(namesOf(instances), ["worker-0", "worker-1"]);
});

test("a listing without the zones that are silent is not whole", async (gce, { provider }) => {
  await provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  await gce.control("access", { unreachable: ["us-central1-b"] });
  const { instances, complete, silent } = await provider.list();
  assert.deepEqual([namesOf(instances), complete, silent], [["worker-0"], false, ["us-central1-b"]]);
});

test("a zone that is silent in another region hides nothing of the cluster", async (gce, cluster) => {
  await cluster.provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  await gce.control("access", { unreachable: ["europe-west4-b"] });
  const { instances, complete } = await cluster.provider.list();
  assert.deepEqual([namesOf(instances), complete], [["worker-0"], true]);
  assert.deepEqual(await cluster.cloud.resources(), []);
  await gce.control("access", { unreachable: ["us-central1-b"] });
  await assert.rejects(cluster.cloud.resources());
});

test("a worker that switched itself off is stopped, and terminate() deletes it", async (gce, cluster) => {
  const { provider, config } = cluster;
  const { instances: [worker] } = await provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  const state = async () => (await provider.list()).instances[0]?.state;
  const until = async (wanted: string | undefined) => {
    while (await state() !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await until("running");
  await gce.control("power_off", {
    path: `projects/${gce.project}/zones/${gce.zone}/instances/${config.clusterId}-worker-0`,
  });
  await until("stopped");
  await provider.terminate([worker!.id]);
  await until(undefined);
});

test("terminate() of an id from an earlier launch leaves who has the name now", async (gce, { provider }) => {
  const first = await provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  await provider.terminate([first.instances[0]!.id]);
  while ((await provider.list()).instances.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const second = await provider.launch(attemptOf(orderIn(gce), ["worker-0"]));
  assert.notEqual(second.instances[0]!.id, first.instances[0]!.id);
  await provider.terminate([first.instances[0]!.id]);
  assert.notEqual((await provider.list()).instances[0]!.state, "stopping");
});

test(
  "machineTypes() tells cores, the accelerators that are part of a type, and what was meant by one that is not there",
  async (_gce, { provider }) => {
    assert.deepEqual(
      await provider.machineTypes(["n1-standard-4", "g2-standard-4", "n9-standard-1", "huge"]),
      {
        zones: ["us-central1-b", "us-central1-a"],
        types: {
          "n1-standard-4": { name: "n1-standard-4", cores: 4, accelerator: null, acceleratorCount: 0 },
          "g2-standard-4": { name: "g2-standard-4", cores: 4, accelerator: "nvidia-l4", acceleratorCount: 1 },
        },
        missing: { "n9-standard-1": ["n1-standard-1", "n1-standard-2", "n1-standard-4"], "huge": [] },
      },
    );
  },
  { config: "zones: [us-central1-b, us-central1-a]\n" },
);

test(
  "machineTypes() tells which accelerators no zone attaches, and what there is instead",
  async (_gce, { provider }) => {
    const { lacking } = await provider.machineTypes([], ["nvidia-tesla-t4", "nvidia-tesla-t44"]);
    assert.deepEqual(lacking, {
      "nvidia-tesla-t44": ["nvidia-l4", "nvidia-tesla-t4", "nvidia-tesla-v100"],
    });
  },
);

test(
  "a pool's accelerator that no zone attaches is refused, with the pool's name, as the config would have the zones",
  async (_gce, cluster) => {
    const { runtime, home } = cluster;
    const place = { runtime, home };
    const pools = (accelerator: string) =>
      `[{name: small}, {name: cards, accelerator_type: ${accelerator}, accelerator_count: 1}]`;
    await assert.rejects(
      setSettings(place, [["zones", "[us-central1-b]"], ["pools", pools("nvidia-tesla-t44")]]),
      {
        name: "ConfigError",
        message: "Cannot set pools.cards.accelerator_type: there is no nvidia-tesla-t44 in us-central1-b, " +
          "only nvidia-l4, nvidia-tesla-t4, nvidia-tesla-v100",
      },
    );
    assert.deepEqual(await getSetting(place, "pools"), []);
    await setSettings(place, [["pools", pools("nvidia-tesla-t4")]]);
    await assert.rejects(
      setSettings(place, [["pools.cards.accelerator_type", "nvidia-tesla-t44"]]),
      /^ConfigError: Cannot set pools\.cards\.accelerator_type: there is no nvidia-tesla-t44 in /,
    );
  },
);

test("check() names the account, the project and what it checked", async (gce, cluster) => {
  await gce.control("access", { resource_manager_enabled: true });
  const checks = await checksOf(cluster);
  assert.deepEqual(Object.values(checks).map(({ name, outcome }) => `${name} ${outcome}`), [
    "Google credentials passed",
    "Project passed",
    "Permissions passed",
    "Zones passed",
    "Image passed",
    "Machine types passed",
    "Quota passed",
  ]);
  assert.match(checks.Image!.message, /^ubuntu-2404-noble-amd64-v\d+ \(X86_64\)$/);
  assert.equal(checks["Machine types"]!.message, "f1-micro (1 vCPU), e2-medium (2 vCPU)");
});

test("check() warns where a project does not tell permissions, as new ones do not", async (_gce, cluster) => {
  const { Permissions, Zones, Quota } = await checksOf(cluster);
  assert.deepEqual([Permissions, Zones, Quota].map((check) => check?.outcome), [
    "warning",
    "passed",
    "passed",
  ]);
  assertWording("google", "permissions that are not told", `${Permissions!.message}\n${Permissions!.fix}`);
});

const ROBOT = "service_account: robot@test-project.iam.gserviceaccount.com\n";

test("check() tells whether machines may have the service account", async (gce, cluster) => {
  const check = async () => (await checksOf(cluster))["Service account"]!;
  assert.equal((await check()).outcome, "warning");
  await gce.control("access", { resource_manager_enabled: true });
  assert.equal((await check()).outcome, "passed");
  await gce.control("access", { denied: ["iam.serviceAccounts.actAs"] });
  const { outcome, fix } = await check();
  assert.equal(outcome, "warning");
  assert.match(fix!, /roles\/iam\.serviceAccountUser/);
}, { config: ROBOT });

test(
  "a project without billing, and an organisation's policy, are said with their fix",
  async (gce, cluster) => {
    const { provider } = cluster;
    await gce.control("access", { constraints: ["compute.vmExternalIpAccess"] });
    await assert.rejects(provider.launch(attemptOf(orderIn(gce), ["worker-0"])), (error) => {
      assert.ok(error instanceof AuthError);
      assert.match(error.hint, /public_ip false/);
      return true;
    });
    await gce.control("access", { constraints: [], billing_enabled: false });
    const { Project } = await checksOf(cluster);
    assert.equal(Project!.outcome, "failed");
    assert.match(Project!.fix!, /gcloud billing projects link/);
  },
);

test("check() says all at once what is wrong, each with its fix", async (gce, cluster) => {
  await gce.control("access", { denied: ["compute.firewalls.create"], resource_manager_enabled: true });
  const checks = await checksOf(cluster);
  assert.match(checks.Permissions!.message, /^missing: compute\.firewalls\.create$/);
  assert.match(checks.Permissions!.fix!, /gcloud projects add-iam-policy-binding test-project/);
  assert.match(checks.Image!.message, /has neither an image nor a family ubuntu-2604/);
  assert.match(
    checks["Machine types"]!.message,
    /us-central1-a has no n1-standard-3 \(n1-standard-\d is there\)/,
  );
  assert.match(checks["Machine types"]!.fix!, /xcore config set worker_type TYPE/);
  assert.match(
    checks.Accelerator!.message,
    /us-central1-a has no nvidia-tesla-t5 \(nvidia-tesla-t4 is there\)/,
  );
}, {
  config:
    "image_name: ubuntu-2604\nworker_type: n1-standard-3\naccelerator_type: nvidia-tesla-t5\naccelerator_count: 1\n",
});

test("check() compares max_workers with the quotas", async (gce, cluster) => {
  await gce.control("limits", { region_quotas: { CPUS: 8, NVIDIA_T4_GPUS: 1 } });
  const { Quota } = await checksOf(cluster);
  assert.equal(Quota!.outcome, "warning");
  assert.match(Quota!.message, /CPUS 8 of 8 left, 13 wanted/);
  assert.match(Quota!.message, /NVIDIA_T4_GPUS 1 of 1 left, 3 wanted/);
}, {
  config:
    "worker_type: n1-standard-4\naccelerator_type: nvidia-tesla-t4\naccelerator_count: 1\nmax_workers: 3\n",
});

const HOST = "projects/host-project";

/** Makes a subnetwork of a network in another project, or in this one. */
async function makeSubnetwork(gce: Gce, name: string, more: Record<string, string> = {}): Promise<void> {
  const { project = HOST, region = gce.region, network = "shared", ...body } = more;
  const whole = {
    name,
    network: `${project}/global/networks/${network}`,
    ipCidrRange: "10.9.0.0/24",
    ...body,
  };
  await gce.call("POST", `${project}/regions/${region}/subnetworks`, whole);
  const there = async () =>
    await gce.call("GET", `${project}/regions/${region}/subnetworks/${name}`).catch(() => null);
  while (await there() === null) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function makeNetwork(gce: Gce, name: string): Promise<void> {
  await gce.call("POST", `${HOST}/global/networks`, { name, autoCreateSubnetworks: false });
  while (await gce.call("GET", `${HOST}/global/networks/${name}`).catch(() => null) === null) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test(
  "the subnetwork of a shared VPC is the region's only one for machines, or the one that is named",
  async (gce, cluster) => {
    const { project } = gce;
    const network = `${HOST}/global/networks/shared`;
    await makeNetwork(gce, "shared");
    const found = async (settings: { network?: string; subnetwork?: string }) => {
      const config = { regionName: null, zoneName: gce.zone, network: null, subnetwork: null, ...settings };
      return await gcpSession(cluster.runtime, { projectName: project })
        .ask("find the network", ({ catalog }) => existingNetwork(catalog, config, project));
    };
    const refusal = async (settings: { network?: string; subnetwork?: string }) => {
      const error = await found(settings).then(() => null, (error) => error);
      return `${error?.name}: ${error?.message}\n${error?.hint}`;
    };
    assert.equal(await found({}), null);
    assertWording("google", "a network that is not there", await refusal({ network: "shared" }));
    assertWording("google", "a network without a subnetwork", await refusal({ network }));
    await makeSubnetwork(gce, "abroad", { region: "europe-west4" });
    await makeSubnetwork(gce, "proxies", { purpose: "REGIONAL_MANAGED_PROXY" });
    assertWording("google", "a network with none for machines here", await refusal({ network }));
    await makeSubnetwork(gce, "labs");
    const labs = {
      network,
      subnetwork: `${HOST}/regions/us-central1/subnetworks/labs`,
      project: "host-project",
    };
    assert.deepEqual(await found({ network }), labs);
    await makeSubnetwork(gce, "offices");
    assertWording("google", "a network with two subnetworks here", await refusal({ network }));
    assert.deepEqual(await found({ network, subnetwork: "labs" }), labs);
    assert.deepEqual(await found({ subnetwork: labs.subnetwork }), labs);
    assertWording("google", "a subnetwork that is not there", await refusal({ network, subnetwork: "lab" }));
    assertWording("google", "a subnetwork for proxies", await refusal({ network, subnetwork: "proxies" }));
    assertWording(
      "google",
      "a subnetwork of another region",
      await refusal({ subnetwork: `${HOST}/regions/europe-west4/subnetworks/abroad` }),
    );
    assertWording(
      "google",
      "a subnetwork of another network",
      await refusal({ network: "test", subnetwork: labs.subnetwork }),
    );
  },
);

test("what a cluster has in the host project of its network is found and removed", async (gce, cluster) => {
  await makeNetwork(gce, "shared");
  const name = `${cluster.config.clusterId}-outside`;
  await gce.call("POST", `${HOST}/global/firewalls`, { name, network: `${HOST}/global/networks/shared` });
  const id = `${HOST}/global/firewalls/${name}`;
  const { Network } = await checksOf(cluster);
  assert.equal(Network!.outcome, "failed", "it has no subnetwork");
  const there = () => cluster.cloud.resources();
  while ((await there()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(await there(), [{ kind: "firewall", id }]);
  await cluster.cloud.remove({ kind: "firewall", id });
  while ((await there()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}, { config: `network: ${HOST}/global/networks/shared\n` });

test(
  "a key is let in where the project has OS Login, and a policy that requires it says what to do",
  async (gce, cluster) => {
    const { project, zone } = gce;
    const base = { ...baseOf(gce), sshKeys: "ubuntu:ssh-ed25519 AAAA" };
    const body = (sshKeys: string | null) =>
      bulkInsertBody({
        attempt: attemptOf(orderIn(gce), ["worker-0"]),
        config: on("gcp", cluster.config),
        base: { ...base, sshKeys },
        zone,
        startupScript: "#!/bin/sh\n",
      });
    assert.ok(JSON.stringify(body(base.sshKeys)).includes('"enable-oslogin","value":"FALSE"'));
    assert.ok(!JSON.stringify(body(null)).includes("oslogin"));
    await gce.control("access", { constraints: ["compute.requireOsLogin"] });
    const launch = (sshKeys: string | null) =>
      gce.call("POST", `projects/${project}/zones/${zone}/instances/bulkInsert`, body(sshKeys));
    await assert.rejects(launch(base.sshKeys), /constraints\/compute\.requireOsLogin/);
    await launch(null);
  },
);

test("check() counts families, GPUs that come with a machine, addresses and disks", async (gce, cluster) => {
  await gce.control("profile", { name: "new_project" });
  await gce.control("limits", { region_quotas: { C2_CPUS: 4, PREEMPTIBLE_CPUS: 4 } });
  const { Quota } = await checksOf(cluster);
  const short = Quota!.message.split("; ").map((part) => part.split(" ")).map(([metric, , , , , wanted]) => [
    metric,
    wanted,
  ]);
  assert.deepEqual(Object.fromEntries(short), {
    C2_CPUS: "8",
    NVIDIA_L4_GPUS: "2",
    PREEMPTIBLE_CPUS: "8",
    SSD_TOTAL_GB: "350",
    IN_USE_ADDRESSES: "6",
    CPUS_ALL_REGIONS: "18",
    GPUS_ALL_REGIONS: "2",
  });
}, {
  config: "worker_type: n1-standard-1\nmax_workers: 1\n" +
    "pools: [{name: c, worker_type: c2-standard-4, max_workers: 2, disk_gb: 100}, " +
    "{name: g, worker_type: g2-standard-4, max_workers: 2, market: spot, disk_gb: 55}]\n",
});

test("check() knows a machine that cannot have the GPU", async (_gce, cluster) => {
  const results = (await Array.fromAsync(cluster.provider.check())).filter(({ name }) =>
    name === "Accelerator"
  );
  assert.deepEqual(results.map(({ outcome }) => outcome), ["failed", "failed", "passed"]);
  assert.match(results[0]!.fix!, /xcore config set pools\.a\.worker_type n1-/);
}, {
  config:
    "pools: [{name: a, worker_type: e2-medium, accelerator_type: nvidia-tesla-t4, accelerator_count: 1}, " +
    "{name: b, worker_type: g2-standard-4, accelerator_type: nvidia-tesla-t4, accelerator_count: 1}, " +
    "{name: c, worker_type: g2-standard-4, accelerator_type: nvidia-l4, accelerator_count: 1}]\n",
});

test(
  "each pool's machines have a disk that their family takes, and as large as the pool says",
  async (gce, cluster) => {
    const launch = (pool: string, type: string, name: string) =>
      cluster.provider.launch(attemptOf({ ...orderIn(gce), pool, type }, [name]));
    await launch("default", "c3-standard-4", "worker-0");
    await launch("fast", "c4-standard-4", "worker-1");
    await launch("old", "n1-standard-1", "worker-2");
    const gpu = { accelerator: "nvidia-l4", acceleratorCount: 1 };
    const own = { ...orderIn(gce), ...gpu, type: "g2-standard-4" };
    await cluster.provider.launch(attemptOf(own, ["worker-3"]));
    const sizes = await Promise.all(
      ["worker-0", "worker-1", "worker-2"].map(async (name) =>
        (await raw(gce, cluster, name)).disks[0]!.diskSizeGb
      ),
    );
    assert.deepEqual(sizes, ["20", "50", "20"]);
    const { quotas } = await gce.call<{ quotas: { metric: string; usage: number }[] }>(
      "GET",
      `projects/${gce.project}/regions/${gce.region}`,
    );
    const used = (wanted: string) => quotas.find(({ metric }) => metric === wanted)?.usage;
    assert.deepEqual(["SSD_TOTAL_GB", "HDB_TOTAL_GB", "DISKS_TOTAL_GB"].map(used), [40, 50, 20]);
  },
  {
    config: "pools: [{name: fast, worker_type: c4-standard-4, disk_gb: 50}, " +
      "{name: old, worker_type: n1-standard-1, disk_type: pd-standard}]\n",
  },
);

test("check() knows an image that is not for the machine's processor", async (_gce, cluster) => {
  const checks = await checksOf(cluster);
  assert.match(checks["Machine types"]!.message, /f1-micro is not ARM64, which the image is/);
}, { config: "image_name: ubuntu-2404-lts-arm64\n" });

test("check() stops where no call would be answered, and says why", async (gce, cluster) => {
  await gce.control("access", { api_enabled: false });
  const results = await Array.fromAsync(cluster.provider.check());
  assert.deepEqual(results.map(({ name, outcome }) => `${name} ${outcome}`), [
    "Google credentials passed",
    "Project failed",
  ]);
  assert.match(results[1]!.fix!, /gcloud services enable/);
});

test(
  "an expired token is an AuthError, and check() says where credentials are searched for",
  async (_gce, cluster) => {
    await assert.rejects(cluster.provider.list(), AuthError);
    assert.match((await checksOf(cluster)).Project!.fix!, /GOOGLE_APPLICATION_CREDENTIALS/);
  },
  { env: { GOOGLE_OAUTH_ACCESS_TOKEN: "ya29.expired" } },
);

test("an endpoint that is no address is said to be none", async (_gce, cluster) => {
  await assert.rejects(cluster.provider.list(), PrerequisiteError);
}, { env: { GOOGLE_COMPUTE_CUSTOM_ENDPOINT: "nowhere" } });

test("clockAheadMs() is how far Google's clock is ahead of this machine's, without credentials too", async (gce) => {
  const env = (name: string) => name === "GOOGLE_COMPUTE_CUSTOM_ENDPOINT" ? gce.endpoint : undefined;
  const real = systemRuntime(null);
  const clock = { ...real.clock, nowMs: () => Date.now() - 600_000 };
  assert.ok(Math.abs(await clockAheadMs({ ...real, env, clock }) - 600_000) < 60_000);
  const nobody = () => "http://127.0.0.1:9/";
  await assert.rejects(
    clockAheadMs({ ...real, env: nobody }),
    /^XcoreError: Cannot ask Google what time it is: /,
  );
});

test(
  "where a region has no f1-micro, init suggests its successor, and a start would take that",
  async (gce, cluster) => {
    const zoneName = "europe-west8-a";
    const milan = {
      ...cluster,
      config: { ...on("gcp", cluster.config), zoneName, regionName: "europe-west8", workerType: "e2-medium" },
    };
    const suggested = await base(milan).suggestConfig();
    assert.deepEqual([suggested.zone_name, suggested.scheduler_type], [zoneName, "e2-small"]);
    const checks = await checksOf({ ...cluster, provider: provider(milan) });
    assert.equal(checks["Machine types"]!.outcome, "passed");
    assert.match(checks["Machine types"]!.message, /^e2-small /);

    const home = { ...cluster, config: on("gcp", cluster.config) };
    assert.equal((await base(home).suggestConfig()).scheduler_type, undefined);
    const launch = cluster.provider.launch(attemptOf({ ...orderIn(gce), zone: zoneName }, ["worker-0"]));
    await assert.rejects(launch, CapacityError);
  },
);
