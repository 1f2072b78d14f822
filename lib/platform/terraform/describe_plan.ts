/** What a start makes and costs, in two lines. Pure. @module */

import type { CloudConfig } from "../../config/config.ts";
import type { Planned } from "./terraform.ts";
import type { ResourceTypes, TerraformSpec, Variables } from "./terraform_spec.ts";

/** The two lines; none when there is nothing to make. */
export function describePlan<V extends Variables>(
  config: CloudConfig,
  planned: readonly Planned[],
  variables: V,
  { types }: Pick<TerraformSpec<V>, "types">,
): readonly string[] {
  if (planned.length === 0) return [];
  return [whatIsMade(planned, variables, types), whatItCosts(config, variables)];
}

function whatIsMade(planned: readonly Planned[], variables: Variables, types: ResourceTypes): string {
  const count = (type: string | null) =>
    planned.filter((it) => it.type === type && it.change !== "delete").length;
  const subnets = count(types.subnet);
  const parts = [
    count(types.network) > 0 ? "a network" : "",
    subnets > 0 ? `${subnets} ${subnets === 1 ? "subnet" : "subnets"}` : "",
    count(types.firewall) > 0 ? `a firewall that lets in ${variables.allowed_cidr.join(", ")}` : "",
    count(types.key) > 0 ? "your SSH key" : "",
    count(types.instance) > 0
      ? `the scheduler (${variables.scheduler_type}, ${variables.disk_gb} GB disk)`
      : "",
  ].filter((part) => part !== "");
  const what = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  const resources = planned.length === 1 ? "resource" : "resources";
  return `To make in ${variables.region_name}, ${planned.length} ${resources}${what}.`;
}

function whatItCosts(config: CloudConfig, { scheduler_type, public_ip }: Variables): string {
  const { prices, workerType: worker } = config;
  const known = [
    priceOf(prices, scheduler_type, "the scheduler"),
    priceOf(prices, worker, "each worker while it runs"),
  ].filter((words) => words !== null);
  const unknown = [...new Set([scheduler_type, worker])].filter((type) => prices[type] === undefined);
  const cost = known.length === 0 ? "" : `Per hour: ${known.join(", ")}. `;
  const missing = unknown.length === 0
    ? ""
    : `The price of ${unknown.join(" and ")} is not known: name it under \`prices\` in the config. `;
  return `${cost}${missing}Disks${public_ip ? " and public addresses" : ""} come on top.`;
}

function priceOf(prices: CloudConfig["prices"], type: string, what: string): string | null {
  return prices[type] === undefined ? null : `${prices[type]} US dollars for ${what} (${type})`;
}
