/** Clusters in an emulated project. */

import type { Config } from "../../../lib/config/config.ts";
import type { Home } from "../../../lib/config/home.ts";
import { parseConfig } from "../../../lib/config/parse_config.ts";
import type { Attempt } from "../../../lib/model/mod.ts";
import type { GcpOutputs } from "../../../lib/platform/gcp/base.ts";
import { provider as gcpProvider } from "../../../lib/platform/gcp/provider.ts";
import type { Cloud } from "../../../lib/platform/cloud.ts";
import { cloud } from "../../../lib/platform/gcp/cloud.ts";
import type { Provider } from "../../../lib/platform/provider.ts";
import { outputsFile } from "../../../lib/platform/terraform/state_file.ts";
import type { Clock, Runtime } from "../../../lib/runtime.ts";
import type { Gce } from "../../emulators/gce.ts";
import { placeWith } from "../../unit/config/_home.ts";
import { on } from "../../unit/config/_on.ts";
import type { ProviderHarness } from "../../contract/provider/contract.ts";

/** One cluster's place in the project. */
export interface GcpCluster extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly home: Home;
  /** As config.yaml has it. */
  readonly config: Config;
  readonly provider: Provider;
  readonly cloud: Cloud;
  /** The provider as another process would have it. */
  again(): Provider;
}

/** What a cluster in the project is made with. */
export interface GcpClusterOptions {
  readonly clusterId?: string;
  /** Further lines of config.yaml. */
  readonly config?: string;
  /** Environment variables over those that the emulation takes. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is not as with the machine's clock. */
  readonly clock?: Partial<Clock>;
}

/** A cluster on the project's network, as Terraform would have left it. */
export async function gcpCluster(gce: Gce, options: GcpClusterOptions = {}): Promise<GcpCluster> {
  const { clusterId = "xcore-0a1b2c3d", config: lines = "", env = {}, clock = {} } = options;
  const place = await placeWith(null);
  const variables: Readonly<Record<string, string>> = { ...gce.env, ...env };
  const runtime = {
    ...place.runtime,
    env: (name: string) => variables[name],
    clock: { ...place.runtime.clock, ...clock },
  };
  const { home } = place;
  await runtime.files.mkdir(home.terraform);
  await runtime.files.writeText(outputsFile(home), outputsText(baseOf(gce)));
  const text = `provider: gcp\ncluster_name: ${clusterId.slice(0, -9)}\ncluster_id: ${clusterId}\n` +
    `zone_name: ${gce.zone}\nproject_name: ${gce.project}\n${lines}`;
  await runtime.files.writeText(home.config, text);
  const config = on("gcp", await parseConfig(text, "config.yaml"));
  const script = ({ id }: Attempt) => Promise.resolve(new TextEncoder().encode(`#!/bin/sh\n# ${id}\n`));
  const again = () => gcpProvider({ runtime, home, config }, script);
  return {
    ...{ runtime, home, config, provider: again(), again },
    cloud: cloud({ runtime, home, config }),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

function outputsText(base: GcpOutputs): string {
  const texts: Record<string, string | null> = {
    project_name: base.project,
    region_name: base.region,
    zone_name: base.zone,
    subnetwork: base.subnetwork,
    image: base.image,
    ssh_keys: base.sshKeys,
    scheduler_name: base.schedulerName,
    scheduler_id: base.schedulerId,
    scheduler_private_ip: base.schedulerPrivateIp,
    scheduler_public_ip: base.schedulerPublicIp,
  };
  const given = Object.entries(texts).filter(([, value]) => value !== null);
  return JSON.stringify(Object.fromEntries(given.map(([name, value]) => [name, { value }])));
}

/** What Terraform would have made there. */
export function baseOf(gce: Gce): GcpOutputs {
  return {
    project: gce.project,
    region: gce.region,
    zone: gce.zone,
    subnetwork: gce.subnetwork,
    image: "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",
    sshKeys: null,
    schedulerName: "scheduler",
    schedulerId: "4242",
    schedulerPrivateIp: "10.128.0.2",
    schedulerPublicIp: null,
  };
}

/** What a launch may ask for on this emulation. */
export function orderIn({ zone }: Gce): ProviderHarness["order"] {
  return {
    ...{ pool: "default", type: "n1-standard-1", accelerator: null, acceleratorCount: 0 },
    ...{ resources: {}, zone, market: "on-demand", slots: 1 },
  };
}
