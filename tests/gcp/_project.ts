/** Clusters in an emulated project. */

import { parseConfig } from "../../lib/config/parse.ts";
import type { Config } from "../../lib/config/config.ts";
import { homeOf } from "../../lib/config/home.ts";
import type { Attempt } from "../../lib/model/mod.ts";
import type { Provider } from "../../lib/provider/provider.ts";
import type { GcpBase } from "../../lib/provider/gcp/base.ts";
import { gcpProvider } from "../../lib/provider/gcp/gcp.ts";
import { systemRuntime } from "../../lib/system.ts";
import type { Gce } from "../cloud/gce.ts";
import type { ProviderHarness } from "../provider/contract.ts";

/** A provider for the cluster of this config on this emulation; `env` are variables over those that it takes. */
export function gcpOn(gce: Gce, config: Config, env: Readonly<Record<string, string>> = {}): Provider {
  const variables: Readonly<Record<string, string>> = { ...gce.env, ...env };
  const runtime = { ...systemRuntime(null), env: (name: string) => variables[name] };
  const home = homeOf(systemRuntime(null), "gcp");
  const startupScript = ({ id }: Attempt) => Promise.resolve(`#!/bin/sh\n# ${id}\n`);
  return gcpProvider({ runtime, home, config }, () => Promise.resolve(baseOf(gce)), startupScript);
}

/** A cluster's config on gcp. */
export async function configOf(clusterId: string, settings = ""): Promise<Config> {
  const text = `provider: gcp\ncluster_name: ${clusterId.slice(0, -9)}\ncluster_id: ${clusterId}\n` +
    `zone_name: us-central1-a\nproject_name: test-project\n${settings}`;
  return await parseConfig(text, "config.yaml");
}

/** What Terraform would have made there. */
export function baseOf(gce: Gce): GcpBase {
  return {
    project: gce.project,
    region: gce.region,
    zone: gce.zone,
    subnetwork: gce.subnetwork,
    image: "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",
    sshKeys: null,
    schedulerName: "scheduler",
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
