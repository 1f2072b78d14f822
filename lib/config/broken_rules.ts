/** Rules that tie settings to each other and to the clouds' own grammars. @module */

import type { ProviderName } from "./settings.ts";

/**
 * The values that rules judge, in the file's form; what has a mistake of its own is missing, in a
 * list undefined.
 */
export interface Known {
  readonly provider?: ProviderName;
  readonly cluster_name?: string;
  readonly cluster_id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly region_name?: string | null;
  readonly zone_name?: string | null;
  readonly zones?: readonly (string | undefined)[];
  readonly scheduler_type?: string | null;
  readonly worker_type?: string | null;
  readonly fallback_worker_types?: readonly (string | undefined)[];
  readonly accelerator_type?: string | null;
  readonly accelerator_count?: number;
  readonly pools?: readonly (KnownPool | undefined)[];
  readonly max_workers?: number;
  readonly min_workers?: number;
  readonly allowed_cidr?: readonly (string | undefined)[];
  readonly allow_world?: boolean;
  readonly scheduler_port?: number;
  readonly dashboard_port?: number;
}

interface KnownPool {
  readonly name?: string;
  readonly worker_type?: string | null;
  readonly accelerator_type?: string | null;
  readonly accelerator_count?: number;
  readonly max_workers?: number;
  readonly min_workers?: number;
}

/** A broken rule. */
export interface BrokenRule {
  /** Paths of the settings it is about, the most telling first. */
  readonly paths: readonly Path[];
  readonly message: string;
}

type Path = readonly (string | number)[];
type Rule = (known: Known) => readonly BrokenRule[];

/** The range that is not taken for the whole internet: one of its 256 parts, or less. */
const WIDEST_PREFIX = 8;

const workers: Rule = ({ pools = [], ...flat }) =>
  [{ at: [], ...flat }, ...pools.map((pool, i) => ({ at: ["pools", i], ...pool }))].flatMap(
    ({ at, min_workers: min, max_workers: max }) =>
      min === undefined || max === undefined || min <= max ? [] : [
        broken(
          `found ${min}, allowed at most max_workers, which is ${max}`,
          [...at, "min_workers"],
          [...at, "max_workers"],
        ),
      ],
  );

const ports: Rule = ({ scheduler_port, dashboard_port }) =>
  scheduler_port === undefined || scheduler_port !== dashboard_port ? [] : [
    broken(
      `found ${dashboard_port}, allowed any port but scheduler_port's, which is the same`,
      ["dashboard_port"],
      ["scheduler_port"],
    ),
  ];

const identity: Rule = ({ cluster_name: name, cluster_id: id }) =>
  name === undefined || id === undefined || id.slice(0, -"-12345678".length) === name ? [] : [
    broken(
      `found ${id}, allowed ${name}- and 8 digits or letters a-f: it belongs to cluster_name, ` +
        "and neither is ever changed",
      ["cluster_id"],
      ["cluster_name"],
    ),
  ];

const access: Rule = ({ provider, allowed_cidr, allow_world }) => {
  if (provider === undefined || provider === "local" || allowed_cidr === undefined) return [];
  if (allowed_cidr.length === 0) {
    return [broken("found an empty list, which shuts xcore out too: write [auto]", ["allowed_cidr"])];
  }
  return allowed_cidr.flatMap((range, i) =>
    allow_world !== false || range === undefined || !isWorld(range) ? [] : [
      broken(
        `found ${range}, which lets the internet in, allowed only with allow_world: true: write auto, ` +
          "or the range of your institute",
        ["allowed_cidr", i],
        ["allow_world"],
      ),
    ]
  );
};

function isWorld(range: string): boolean {
  return range !== "auto" && Number(range.split("/")[1]) < WIDEST_PREFIX;
}

/**
 * On GCP an accelerator needs a type; a type without a count is a pool that has its accelerators
 * switched off.
 */
const accelerators: Rule = ({ provider, accelerator_type, accelerator_count = 0, pools = [] }) => {
  if (provider !== "gcp" || accelerator_type !== null) return [];
  const message = "found a count without a type, allowed with accelerator_type, such as nvidia-tesla-t4";
  return [
    ...accelerator_count > 0 ? [broken(message, ["accelerator_count"])] : [],
    ...pools.flatMap((pool, i) =>
      pool?.accelerator_type === null && (pool.accelerator_count ?? 0) > 0
        ? [broken(message, ["pools", i, "accelerator_count"])]
        : []
    ),
  ];
};

const poolNames: Rule = ({ pools = [] }) => {
  const names = pools.map((pool) => pool?.name);
  return names.flatMap((name, i) => {
    const path = ["pools", i, "name"];
    if (name === "default") {
      return [
        broken("found default, allowed any other name: that is the pool of the settings outside", path),
      ];
    }
    return name !== undefined && names.indexOf(name) < i
      ? [broken(`found ${name} a second time, allowed once`, path)]
      : [];
  });
};

const TYPES = {
  aws: { form: /^[a-z0-9-]+\.[a-z0-9-]+$/, allowed: "an EC2 type such as c5.xlarge" },
  gcp: { form: /^[a-z0-9]+(-[a-z0-9]+)*$/, allowed: "a Google type such as n1-standard-4" },
};

/** EC2's types have a dot, Google's do not. */
const machineTypes: Rule = (known) => {
  const { provider, fallback_worker_types = [], pools = [] } = known;
  if (provider !== "aws" && provider !== "gcp") return [];
  const { form, allowed } = TYPES[provider];
  const types: (readonly [type: string | null | undefined, path: Path])[] = [
    [known.scheduler_type, ["scheduler_type"]],
    [known.worker_type, ["worker_type"]],
    ...fallback_worker_types.map((type, i) => [type, ["fallback_worker_types", i]] as const),
    ...pools.map((pool, i) => [pool?.worker_type, ["pools", i, "worker_type"]] as const),
  ];
  return types.flatMap(([type, path]) =>
    typeof type !== "string" || form.test(type) ? [] : [broken(`found ${type}, allowed ${allowed}`, path)]
  );
};

const REGIONS = {
  aws: {
    form: /^[a-z]{2,4}(-[a-z]+)+-\d+$/,
    allowed: "an AWS region such as eu-west-2",
    near: (name: string) => name.replace(/(?<=[a-z])(?=\d+$)/, "-"),
  },
  gcp: {
    form: /^(?!eu-)[a-z]+-[a-z]+\d+$/,
    allowed: "a Google region such as europe-west2",
    near: (name: string) => name.replace(/-(?=\d+$)/, ""),
  },
};

/** AWS's regions end in a hyphen and a number, Google's in a number alone. */
const regions: Rule = ({ provider, region_name: region }) => {
  if (provider !== "aws" && provider !== "gcp" || typeof region !== "string") return [];
  const { form, allowed, near } = REGIONS[provider];
  if (form.test(region)) return [];
  const meant = form.test(near(region)) ? `; did you mean ${near(region)}?` : "";
  return [broken(`found ${region}, allowed ${allowed}${meant}`, ["region_name"])];
};

/** Google's zones are their region with a letter, or more than one. */
const zones: Rule = ({ provider, region_name, zone_name: zone }) =>
  provider !== "gcp" || typeof region_name === "string" || typeof zone !== "string" ||
    /^[a-z]+-[a-z]+\d+-[a-z0-9]+$/.test(zone)
    ? []
    : [broken(`found ${zone}, allowed a Google zone such as europe-west2-b`, ["zone_name"])];

/** A zone is in its region, and named after it. */
const zonesInRegion: Rule = ({ provider, region_name: region, zone_name, zones = [] }) => {
  if (provider === "local" || typeof region !== "string") return [];
  const named = [
    [zone_name, ["zone_name"]] as const,
    ...zones.map((zone, i) => [zone, ["zones", i]] as const),
  ];
  return named.flatMap(([zone, path]) =>
    typeof zone !== "string" || (zone.startsWith(region) && zone !== region)
      ? []
      : [broken(`found ${zone}, allowed zones of region_name, which is ${region}`, path)]
  );
};

const TAGS = {
  aws: {
    name: /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/ui,
    value: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
    names: "up to 128 letters, digits, spaces and _.:/=+-@, not beginning with aws:",
    values: "up to 256 letters, digits, spaces and _.:/=+-@",
    most: 40,
  },
  gcp: {
    name: /^[a-z][a-z0-9_-]{0,62}$/,
    value: /^[a-z0-9_-]{0,63}$/,
    names: "up to 63 lower-case letters, digits, _ and -, beginning with a letter",
    values: "up to 63 lower-case letters, digits, _ and -",
    most: 50,
  },
};

/** Tags as the cloud takes them, and none of xcore's own. */
const tagGrammar: Rule = ({ provider, tags }) => {
  if (provider !== "aws" && provider !== "gcp" || tags === undefined) return [];
  const { name, value, names, values, most } = TAGS[provider];
  const wrong = Object.entries(tags).flatMap(([tag, content]) => {
    const message = tag.startsWith("xcore-")
      ? "found a name of xcore's own, allowed names not beginning with xcore-"
      : !name.test(tag)
      ? `found a name that ${provider} refuses, allowed ${names}`
      : !value.test(content)
      ? `found ${JSON.stringify(content)}, allowed ${values}`
      : null;
    return message === null ? [] : [broken(message, ["tags", tag])];
  });
  const count = Object.keys(tags).length;
  return count <= most
    ? wrong
    : [...wrong, broken(`found ${count} tags, allowed ${most}, beside xcore's own`, ["tags"])];
};

const RULES: readonly Rule[] = [
  workers,
  ports,
  identity,
  access,
  accelerators,
  poolNames,
  machineTypes,
  regions,
  zones,
  zonesInRegion,
  tagGrammar,
];

/** Every broken rule. */
export function brokenRules(known: Known): BrokenRule[] {
  return RULES.flatMap((rule) => rule(known));
}

function broken(message: string, ...paths: readonly Path[]): BrokenRule {
  return { paths, message };
}
