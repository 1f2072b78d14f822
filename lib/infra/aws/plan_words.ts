/** What a start makes and costs, in two lines. Pure. @module */

import type { Config } from "../../config/config.ts";
import { defaultOf, FIELDS } from "../../config/fields.ts";
import type { Planned } from "../terraform/terraform.ts";
import type { AwsVariables } from "./variables.ts";

/** The two lines; none when there is nothing to make. */
export function planWords(
  config: Config,
  planned: readonly Planned[],
  variables: AwsVariables,
): readonly string[] {
  return planned.length === 0 ? [] : [whatIsMade(planned, variables), whatItCosts(config, variables)];
}

function whatIsMade(planned: readonly Planned[], variables: AwsVariables): string {
  const count = (type: string) => planned.filter((it) => it.type === type && it.change !== "delete").length;
  const subnets = count("aws_subnet");
  const parts = [
    count("aws_vpc") > 0 ? "a network" : "",
    subnets > 0 ? `${subnets} ${subnets === 1 ? "subnet" : "subnets"}` : "",
    count("aws_security_group") > 0 ? `a firewall that lets in ${variables.allowed_cidr.join(", ")}` : "",
    count("aws_key_pair") > 0 ? "your SSH key" : "",
    count("aws_instance") > 0
      ? `the scheduler (${variables.scheduler_type}, ${variables.disk_gb} GB disk)`
      : "",
  ].filter((part) => part !== "");
  const what = parts.length === 0 ? "" : `: ${parts.join(", ")}`;
  const resources = planned.length === 1 ? "resource" : "resources";
  return `To make in ${variables.region_name}, ${planned.length} ${resources}${what}.`;
}

function whatItCosts({ prices, workerType }: Config, { scheduler_type, public_ip }: AwsVariables): string {
  const worker = workerType ?? defaultOf(FIELDS.worker_type, "aws") ?? "";
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

function priceOf(prices: Config["prices"], type: string, what: string): string | null {
  return prices[type] === undefined ? null : `${prices[type]} US dollars for ${what} (${type})`;
}
