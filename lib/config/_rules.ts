/** Rules that tie keys to each other. @module */

import { isWorld } from "./_range.ts";
import type { Breach, Known } from "./_known.ts";
import { machineRule, tagRule, zoneRule } from "./_cloud_rules.ts";

/** All broken rules. */
export function breachesOf(known: Known): Breach[] {
  return [
    workersRule,
    portsRule,
    identityRule,
    worldRule,
    acceleratorRule,
    poolNamesRule,
    machineRule,
    zoneRule,
    tagRule,
  ].flatMap((rule) => rule(known));
}

function workersRule({ minWorkers, maxWorkers }: Known): Breach[] {
  if (minWorkers === undefined || maxWorkers === undefined || minWorkers <= maxWorkers) return [];
  return [{
    keys: ["min_workers", "max_workers"],
    message: `found ${minWorkers}, allowed at most max_workers, which is ${maxWorkers}`,
  }];
}

function portsRule({ schedulerPort, dashboardPort }: Known): Breach[] {
  if (schedulerPort === undefined || schedulerPort !== dashboardPort) return [];
  return [{
    keys: ["dashboard_port", "scheduler_port"],
    message: `found ${dashboardPort}, allowed any port but scheduler_port's, which is the same`,
  }];
}

function identityRule({ clusterName, clusterId }: Known): Breach[] {
  if (clusterName === undefined || clusterId === undefined) return [];
  if (clusterId.slice(0, -"-12345678".length) === clusterName) return [];
  return [{
    keys: ["cluster_id", "cluster_name"],
    message:
      `found ${clusterId}, allowed ${clusterName}- and 8 digits or letters a-f: it belongs to cluster_name, ` +
      "and neither is ever changed",
  }];
}

function worldRule({ provider, allowedCidr, allowWorld }: Known): Breach[] {
  if (provider === undefined || provider === "local" || allowedCidr === undefined) return [];
  if (allowedCidr.length === 0) {
    return [{
      keys: ["allowed_cidr"],
      message: "found an empty list, which shuts xcore out too: write [auto]",
    }];
  }
  if (allowWorld !== false) return [];
  return allowedCidr.flatMap((range, i) =>
    range !== undefined && isWorld(range)
      ? [{
        keys: [`allowed_cidr.${i}`, "allow_world"],
        message:
          `found ${range}, which lets the internet in, allowed only with allow_world: true: write auto, ` +
          "or the range of your institute",
      }]
      : []
  );
}

/** On GCP an accelerator needs a type; a type without a count is a pool that has its accelerators switched off. */
function acceleratorRule({ provider, acceleratorType, acceleratorCount, pools }: Known): Breach[] {
  if (provider !== "gcp") return [];
  const message = "found a count without a type, allowed with accelerator_type, such as nvidia-tesla-t4";
  const breaches: Breach[] = [];
  if (acceleratorType === null && (acceleratorCount ?? 0) > 0) {
    breaches.push({ keys: ["accelerator_count"], message });
  }
  for (const [i, pool] of (pools ?? []).entries()) {
    if (acceleratorType === null && pool.acceleratorType === null && (pool.acceleratorCount ?? 0) > 0) {
      breaches.push({ keys: [`pools.${i}.accelerator_count`], message });
    }
  }
  return breaches;
}

function poolNamesRule({ pools }: Known): Breach[] {
  const seen = new Set<string>();
  return (pools ?? []).flatMap(({ name }, i) => {
    const keys = [`pools.${i}.name`];
    if (name === "default") {
      return [{
        keys,
        message: "found default, allowed any other name: that one is the pool of the keys outside",
      }];
    }
    if (name !== undefined && seen.has(name)) {
      return [{ keys, message: `found ${name} a second time, allowed once` }];
    }
    if (name !== undefined) seen.add(name);
    return [];
  });
}
