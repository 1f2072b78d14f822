/** Rules of the clouds' own grammars. @module */

import type { Breach, Known } from "./_known.ts";

/** EC2's types have a dot, Google's do not. */
export function machineRule({ provider, ...known }: Known): Breach[] {
  if (provider !== "aws" && provider !== "gcp") return [];
  const types: [key: string, type: string | null | undefined][] = [
    ["scheduler_type", known.schedulerType],
    ["worker_type", known.workerType],
  ];
  known.fallbackWorkerTypes?.forEach((type, i) => types.push([`fallback_worker_types.${i}`, type]));
  known.pools?.forEach(({ workerType }, i) => types.push([`pools.${i}.worker_type`, workerType]));
  const form = provider === "aws" ? /^[a-z0-9-]+\.[a-z0-9-]+$/ : /^[a-z0-9]+(-[a-z0-9]+)*$/;
  const words = provider === "aws" ? "an EC2 type such as c5.xlarge" : "a Google type such as n1-standard-4";
  return types.flatMap(([key, type]) =>
    typeof type !== "string" || form.test(type)
      ? []
      : [{ keys: [key], message: `found ${type}, allowed ${words}` }]
  );
}

/** A zone is in its region, and named after it. */
export function zoneRule({ provider, regionName, zoneName, zones }: Known): Breach[] {
  if (provider === "local" || typeof regionName !== "string") return [];
  const named: [key: string, zone: string | null | undefined][] = [["zone_name", zoneName]];
  zones?.forEach((zone, i) => named.push([`zones.${i}`, zone]));
  return named.flatMap(([key, zone]) =>
    typeof zone !== "string" || (zone.startsWith(regionName) && zone !== regionName)
      ? []
      : [{ keys: [key], message: `found ${zone}, allowed zones of region_name, which is ${regionName}` }]
  );
}

const OURS = /^xcore-/;

const GRAMMAR = {
  aws: {
    key: /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/ui,
    value: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
    keys: "up to 128 letters, digits, spaces and _.:/=+-@, not beginning with aws:",
    values: "up to 256 letters, digits, spaces and _.:/=+-@",
    most: 40,
  },
  gcp: {
    key: /^[a-z][a-z0-9_-]{0,62}$/,
    value: /^[a-z0-9_-]{0,63}$/,
    keys: "up to 63 lower-case letters, digits, _ and -, beginning with a letter",
    values: "up to 63 lower-case letters, digits, _ and -",
    most: 50,
  },
};

/** Tags as the cloud takes them, and none of ours. */
export function tagRule({ provider, tags }: Known): Breach[] {
  if (provider !== "aws" && provider !== "gcp" || tags === undefined) return [];
  const grammar = GRAMMAR[provider];
  const breaches = Object.entries(tags).flatMap(([key, value]): Breach[] => {
    const keys = [`tags.${key}`, "tags"];
    if (OURS.test(key)) {
      return [{ keys, message: "found a name of xcore's own, allowed names not beginning with xcore-" }];
    }
    if (!grammar.key.test(key)) {
      return [{ keys, message: `found a name that ${provider} refuses, allowed ${grammar.keys}` }];
    }
    if (grammar.value.test(value)) return [];
    return [{ keys, message: `found ${JSON.stringify(value)}, allowed ${grammar.values}` }];
  });
  const count = Object.keys(tags).length;
  if (count > grammar.most) {
    breaches.push({
      keys: ["tags"],
      message: `found ${count} tags, allowed ${grammar.most}, beside xcore's own`,
    });
  }
  return breaches;
}
