/** The settings of config.yaml, one row each, in the order in which they are written. @module */

import { isProvider, type ProviderName, PROVIDERS } from "./provider_name.ts";
import {
  ACCELERATOR_TYPE,
  addressRange,
  amount,
  autoOr,
  choice,
  count,
  flag,
  list,
  MACHINE_TYPE,
  map,
  NAME,
  PATH,
  positive,
  text,
  unlimitedOr,
  type ValueType,
  wordOr,
  ZONE,
} from "./value_type.ts";

export { type ProviderName, PROVIDERS };

/** The providers that are clouds. */
export const CLOUDS: readonly ("aws" | "gcp")[] = ["aws", "gcp"];

/** One setting. */
export interface Setting {
  readonly type: ValueType;
  /** In the code's form; undefined: the file must have the key. Null: null is a value, too. */
  readonly default?: unknown;
  /** Where a provider's default differs. */
  readonly defaults?: Readonly<Partial<Record<ProviderName, unknown>>>;
  /** The comment above the key, in whole sentences, unit included. */
  readonly description: string;
  /** Where a provider's description differs. */
  readonly descriptions?: Readonly<Partial<Record<ProviderName, string>>>;
  /**
   * Providers that use it; undefined: all. Under `local` it may be recorded without effect; under
   * another cloud only its default is allowed.
   */
  readonly only?: readonly ProviderName[];
  /** What to do instead under another cloud. */
  readonly instead?: string;
  /** Begins a part of the written file, under this title. */
  readonly title?: string;
  /** True: a change takes effect with a new scheduler only. */
  readonly scheduler?: true;
  /** True: it identifies the cluster and is never changed. */
  readonly identity?: true;
}

/** Checks rows without widening them: the types of the configuration are drawn from them. */
const rows = <const Rows extends Readonly<Record<string, Setting>>>(table: Rows): Rows => table;

const MARKET = choice(["on-demand", "spot", "spot-then-on-demand"]);
const WORKERS = count(0, 10_000);
const PORT = count(1, 65535);
const GPU_COUNT = count(0, 16);
const DISK_GB = count(8, 16_384, "gigabytes");
const DISK_TYPE = text(/^(pd|hyperdisk)-[a-z]+(-[a-z]+)*$/, "a disk type such as pd-balanced");
const DISK_ON_AWS = "on aws every disk is gp3";
const GPU_ON_AWS =
  "on aws a GPU comes with the machine: choose a worker_type that has one, such as g4dn.xlarge";

/**
 * The settings of one of the `pools`; a null is taken from the setting of the same name outside.
 */
export const POOL_SETTINGS = rows({
  name: { type: NAME, description: "The pool's name." },
  worker_type: { type: MACHINE_TYPE, default: null, description: "Machine type." },
  accelerator_type: {
    type: ACCELERATOR_TYPE,
    default: null,
    description: "GPU attached to each worker.",
    only: ["gcp"],
    instead: GPU_ON_AWS,
  },
  accelerator_count: {
    type: GPU_COUNT,
    default: 0,
    description: "Number of GPUs of each worker.",
    only: ["gcp", "local"],
    instead: GPU_ON_AWS,
  },
  resources: {
    type: map(/^[A-Za-z_][\w.-]{0,62}$/, positive(), "{GPU: 1}"),
    default: {},
    description: "Resources that one worker offers to tasks that ask for them.",
  },
  disk_gb: { type: DISK_GB, default: null, description: "Disk of each worker, in gigabytes.", only: CLOUDS },
  disk_type: {
    type: DISK_TYPE,
    default: null,
    description: "Type of each worker's disk.",
    only: ["gcp"],
    instead: DISK_ON_AWS,
  },
  max_workers: { type: WORKERS, default: 1, description: "Maximum number of workers of this pool." },
  min_workers: {
    type: WORKERS,
    default: 0,
    description: "Minimum number of workers of this pool, even without tasks.",
  },
  market: { type: MARKET, default: null, description: "How its workers are paid for.", only: CLOUDS },
});

const POOLS = "Further pools of workers, each launched for tasks that ask for its resources, such as ";

/** All settings but `pools`, whose type depends on the provider. */
export const SETTINGS = rows({
  provider: {
    title: "The cluster",
    type: choice(PROVIDERS),
    description: "Where the workers run: local (this machine), aws or gcp.",
    scheduler: true,
    identity: true,
  },
  cluster_name: {
    type: NAME,
    default: "xcore",
    description: "The cluster's name.",
    scheduler: true,
    identity: true,
  },
  cluster_id: {
    type: text(
      /^[a-z][a-z0-9-]{0,29}-[0-9a-f]{8}$/,
      "the cluster's name, a hyphen and 8 digits or letters a-f",
    ),
    description: "Identifies everything that belongs to this cluster. Do not change it.",
    scheduler: true,
    identity: true,
  },
  tags: {
    type: map(/^[^\p{Cc}]{1,128}$/u, text(/^[^\p{Cc}]{0,256}$/u, "one line of text"), "{project: thesis}"),
    default: {},
    description: "Your own labels on every cloud resource, such as {project: thesis}.",
    only: CLOUDS,
  },
  region_name: {
    title: "Where it runs",
    type: text(/^[a-z]+(-[a-z]+)+-?\d+$/, "a region's name such as eu-west-2"),
    default: null,
    description: "Region, such as eu-west-2. null: the one in your AWS settings.",
    descriptions: { gcp: "Region, such as europe-west2. null: the region of zone_name." },
    only: CLOUDS,
    scheduler: true,
  },
  zone_name: {
    type: ZONE,
    default: null,
    description: "Zone, such as europe-west2-b.",
    only: ["gcp"],
    instead: "name zones for workers under `zones`",
    scheduler: true,
  },
  project_name: {
    type: text(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "a project's id such as my-lab-123456"),
    default: null,
    description: "Project id. null: the one in your Google credentials.",
    only: ["gcp"],
    scheduler: true,
  },
  scheduler_type: {
    type: MACHINE_TYPE,
    default: null,
    defaults: { aws: "t2.small", gcp: "f1-micro" },
    description: "Machine type of the scheduler.",
    only: CLOUDS,
    scheduler: true,
  },
  image_name: {
    type: text(/^[A-Za-z0-9][\w ./:*?()[\]'@-]{0,254}$/, "an image's name"),
    default: null,
    defaults: {
      aws: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
      gcp: "ubuntu-2404-lts-amd64",
    },
    description: "System image of scheduler and workers. * matches anything; the newest match is used.",
    descriptions: {
      gcp:
        "System image of scheduler and workers: the name of an image, or of a family (its newest is used).",
    },
    only: CLOUDS,
    scheduler: true,
  },
  image_owner: {
    type: text(/^[a-z0-9][a-z0-9.:-]{2,62}$/, "the owner's account or project"),
    default: null,
    defaults: { aws: "099720109477", gcp: "ubuntu-os-cloud" },
    description: "Account that owns the image, in quotes. 099720109477 is Canonical.",
    descriptions: { gcp: "Project that owns the image." },
    only: CLOUDS,
    scheduler: true,
  },
  disk_gb: {
    type: DISK_GB,
    default: 20,
    description: "Disk of each machine, in gigabytes.",
    only: CLOUDS,
    scheduler: true,
  },
  disk_type: {
    type: DISK_TYPE,
    default: null,
    description: "Type of each machine's disk. null: hyperdisk-balanced for the machine types that take " +
      "nothing else, such as c4 and n4, and pd-balanced for all others.",
    only: ["gcp"],
    instead: DISK_ON_AWS,
    scheduler: true,
  },
  disk_kms_key: {
    type: text(/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, "the ARN of a key of AWS KMS"),
    default: null,
    description: "ARN of the KMS key that encrypts each machine's disk. null: AWS's own key for disks.",
    only: ["aws"],
    instead: "Google Cloud encrypts every disk with a key of its own",
    scheduler: true,
  },
  worker_type: {
    title: "Workers",
    type: MACHINE_TYPE,
    default: null,
    defaults: { aws: "t3.small", gcp: "e2-medium" },
    description: "Machine type of the workers.",
    only: CLOUDS,
  },
  accelerator_type: {
    type: ACCELERATOR_TYPE,
    default: null,
    description: "GPU attached to each worker, such as nvidia-tesla-t4.",
    only: ["gcp"],
    instead: GPU_ON_AWS,
  },
  accelerator_count: {
    type: GPU_COUNT,
    default: 0,
    description:
      'GPUs of each worker. With 1 or more, workers run the tasks that ask for resources={"GPU": 1}.',
    only: ["gcp", "local"],
    instead: GPU_ON_AWS,
  },
  slots_per_worker: {
    type: autoOr(count(1, 1024)),
    default: 1,
    description: "Tasks that one worker runs at a time. auto: as many as it has cores.",
    descriptions: {
      local: "Tasks that one worker runs at a time. auto: this machine's cores, shared among all workers.",
    },
  },
  threads_per_task: {
    type: autoOr(wordOr("none", count(1, 1024))),
    default: "auto",
    description:
      "Threads that numerical libraries use in a task. auto: where tasks share a machine, an equal share " +
      "of its cores in the worker's Python, and no limit for the programs that it starts; none: no " +
      "limit; a number: for both. Your own OMP_NUM_THREADS and the like come first.",
  },
  working_dir: {
    type: PATH,
    default: null,
    description:
      "Folder in which tasks run and find modules, a full path. null: the one where `xcore start` was typed.",
    only: ["local"],
    scheduler: true,
  },
  worker_memory: {
    type: autoOr(text(/^(0\.\d+|[1-9]\d{0,6}(\.\d+)?) ?[MGT]iB$/, "an amount of memory such as 4 GiB")),
    default: "auto",
    description:
      "Memory of each worker with the programs of its tasks, such as 4 GiB; one that uses it up is " +
      "ended. auto: this machine's, shared equally among all workers.",
    only: ["local"],
  },
  market: {
    type: MARKET,
    default: "on-demand",
    description:
      "How workers are paid for: on-demand, spot (cheaper, but the cloud may take them back at any " +
      "time) or spot-then-on-demand (spot while it is available).",
    only: CLOUDS,
  },
  zones: {
    type: list(ZONE, "zone names"),
    default: [],
    description:
      "Zones to try for workers, in this order, such as [eu-west-2a, eu-west-2b]; for spot workers " +
      "the cheapest first. []: any.",
    descriptions: {
      gcp:
        "Zones to try for workers, in this order, such as [europe-west2-b, europe-west2-c]. []: zone_name's.",
    },
    only: CLOUDS,
  },
  fallback_worker_types: {
    type: list(MACHINE_TYPE, "machine types"),
    default: [],
    description: "Machine types to try, in this order, when there is no capacity for worker_type.",
    only: CLOUDS,
  },
  boot_delay_s: {
    type: amount("seconds", 0, 3600),
    default: 0,
    description: "Seconds to delay each worker's start, to imitate a cloud's boot time.",
    only: ["local"],
  },
  pools: {
    type: list(NAME, "pools"), // replaced for each provider, see config_schema.ts
    default: [],
    description: POOLS + "[{name: gpu, worker_type: g4dn.xlarge, resources: {GPU: 1}, max_workers: 2}].",
    descriptions: {
      local: POOLS + "[{name: gpu, resources: {GPU: 1}, max_workers: 2}].",
      gcp: POOLS + "[{name: gpu, worker_type: n1-standard-4, accelerator_type: nvidia-tesla-t4, " +
        "accelerator_count: 1}].",
    },
  },
  max_workers: {
    title: "Scaling",
    type: WORKERS,
    default: 1,
    description: "Maximum number of workers at a time.",
  },
  min_workers: {
    type: WORKERS,
    default: 0,
    description: "Minimum number of workers, even without tasks.",
  },
  max_idle_time_s: {
    type: autoOr(amount("seconds", 0)),
    default: 300,
    defaults: { aws: "auto", gcp: "auto" },
    description:
      "Seconds that a worker may be idle before it is terminated. auto: as long as a worker takes to " +
      "boot, from 60 to 300; 300 for as many as waiting tasks may want soon.",
  },
  hold_results_s: {
    type: unlimitedOr(amount("seconds", 0)),
    default: null,
    description:
      "Seconds that an idle worker is kept for results that only it holds. unlimited: for as long " +
      "as the script that wants them is connected.",
  },
  boot_timeout_s: {
    type: amount("seconds", 1),
    default: null,
    description:
      "Seconds that a worker may take to join before it is replaced. null: 600, or 1800 with a GPU.",
  },
  poll_interval_s: {
    type: amount("seconds", 0.1, 60),
    default: 1,
    description:
      "Seconds between two checks of the scheduler at most, which tells of new tasks at once; five times that while there is nothing to do, but no more than 5.",
  },
  shutdown_when_idle_h: {
    type: amount("hours", 0.001, 8760),
    default: null,
    description:
      "Hours without a task and without a connected client after which the daemon shuts the whole cluster down, the " +
      "scheduler included. null: never.",
  },
  notify: {
    title: "Notifications",
    type: text(/^[^\p{Cc}]{1,1000}$/u, "a command line for the shell"),
    default: null,
    description:
      "Command that the daemon runs by `sh -c` with one JSON event on stdin, for 30 seconds at most, when a budget is low or " +
      "reached, a worker is lost, nothing can be launched, the cluster is idle for an hour or the daemon has shut it down. " +
      "null: none.",
  },
  daemon_grace_s: {
    title: "When this machine is asleep or gone",
    type: amount("seconds", 1),
    default: 900,
    description: "Seconds without the xcore daemon after which idle workers shut down by themselves.",
  },
  orphan_timeout_h: {
    type: amount("hours", 0.001),
    default: 12,
    description:
      "Hours with neither daemon nor script after which the scheduler's machine switches itself off.",
    descriptions: {
      local: "Hours with neither daemon nor script after which the scheduler shuts down by itself.",
    },
  },
  max_worker_lifetime_h: {
    type: amount("hours", 2, 2880),
    default: 168,
    description:
      "Hours after which a worker takes no new tasks and leaves when its task ends; one hour later its " +
      "machine powers off, whatever it runs. For workers launched from now on.",
    only: CLOUDS,
  },
  max_cluster_lifetime_h: {
    type: amount("hours", 1, 8760),
    default: null,
    description:
      "Hours after which the scheduler's machine powers off, and its workers with it, whatever they run. null: never.",
    only: CLOUDS,
    scheduler: true,
  },
  allowed_cidr: {
    title: "Network and access",
    type: list(addressRange(), "ranges of addresses such as 192.0.2.7/32, or auto"),
    default: ["auto"],
    description:
      "Addresses that may connect to the cluster, such as [192.0.2.7/32]. auto: this machine's own.",
    only: CLOUDS,
    scheduler: true,
  },
  allow_world: {
    type: flag(),
    default: false,
    description: "true: allowed_cidr may admit the whole internet. Rarely wise.",
    only: CLOUDS,
    scheduler: true,
  },
  address_url: {
    // Its answer decides whom the firewall lets in; one of this machine cannot be changed on its way.
    type: text(
      /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])[^\s"'`\\]*$/,
      "an address with https such as https://checkip.amazonaws.com",
    ),
    default: "https://checkip.amazonaws.com",
    description: "Service that reports your public IP address; for auto in allowed_cidr.",
    only: CLOUDS,
  },
  subnet_ids: {
    type: list(text(/^subnet-[0-9a-f]{8,17}$/, "a subnet's id such as subnet-0a1b2c3d"), "subnet ids"),
    default: [],
    description: "Existing subnets to use. []: xcore makes a network of its own.",
    only: ["aws"],
    instead: "on gcp name the network under `network`",
    scheduler: true,
  },
  network: {
    type: text(/^([a-z0-9.:-]+\/)*[a-z][a-z0-9-]{0,62}$/, "a network's name"),
    default: null,
    description:
      "Existing network to use, or projects/HOST/global/networks/NAME of a shared VPC. null: that of " +
      "`subnetwork`, or where there is none, one that xcore makes.",
    only: ["gcp"],
    instead: "on aws name subnets under `subnet_ids`",
    scheduler: true,
  },
  subnetwork: {
    type: text(
      /^(projects\/[a-z0-9.:-]+\/regions\/[a-z0-9-]+\/subnetworks\/)?[a-z][a-z0-9-]{0,62}$/,
      "a subnetwork's name",
    ),
    default: null,
    description:
      "Existing subnetwork to use, or projects/HOST/regions/REGION/subnetworks/NAME of a shared VPC. " +
      "null: the only one that `network` has in the region.",
    only: ["gcp"],
    instead: "on aws name subnets under `subnet_ids`",
    scheduler: true,
  },
  public_ip: {
    type: flag(),
    default: true,
    description: "Whether machines have a public address. false needs an existing network with a way out.",
    only: CLOUDS,
    scheduler: true,
  },
  scheduler_port: {
    type: PORT,
    default: 8786,
    description: "Port of the scheduler.",
    scheduler: true,
  },
  dashboard_port: {
    type: PORT,
    default: 8787,
    description: "Port of the scheduler's HTTPS: Dask's dashboard, and what xcore asks.",
    scheduler: true,
  },
  instance_profile: {
    type: text(/^[\w+=,.@-]{1,128}$/, "an instance profile's name"),
    default: null,
    description: "IAM instance profile of the machines, when tasks use AWS themselves. null: none.",
    only: ["aws"],
    instead: "on gcp name a service_account",
    scheduler: true,
  },
  service_account: {
    type: text(/^[a-z0-9-]+@[a-z0-9.-]+$/, "a service account's e-mail address"),
    default: null,
    description: "Service account of the machines, when tasks use Google Cloud themselves. null: none.",
    only: ["gcp"],
    instead: "on aws name an instance_profile",
    scheduler: true,
  },
  scopes: {
    type: list(text(/^[a-z][a-z0-9.:/_-]*$/, "a scope such as storage-ro"), "scopes such as storage-ro"),
    default: [],
    description: "What service_account may be used for, such as [storage-ro].",
    only: ["gcp"],
    scheduler: true,
  },
  public_key_path: {
    type: PATH,
    default: null,
    description: "Your public SSH key, a full path, for `xcore ssh`. null: no one can log in.",
    only: CLOUDS,
    scheduler: true,
  },
  user_name: {
    type: text(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, "a user's name"),
    default: null,
    defaults: { aws: "ubuntu", gcp: "ubuntu" },
    description: "User that SSH logs in as.",
    only: CLOUDS,
    scheduler: true,
  },
  max_hourly_usd: {
    title: "Money",
    type: amount("US dollars", 0),
    default: null,
    description:
      "Maximum cost of scheduler and workers together in US dollars an hour: nothing is launched beyond it, nor while a price is unknown.",
    only: CLOUDS,
  },
  budget_usd: {
    type: amount("US dollars", 0),
    default: null,
    description:
      "What the cluster may cost in US dollars from `xcore start` to `xcore shutdown`. Nothing is launched whose first " +
      "minute would exceed it, nor while a price is unknown; once it is used up, on_budget says what happens.",
    only: CLOUDS,
  },
  budget_per_day_usd: {
    type: amount("US dollars", 0),
    default: null,
    description:
      "What the cluster may cost in US dollars on one day, from midnight to midnight UTC; as budget_usd otherwise.",
    only: CLOUDS,
  },
  on_budget: {
    type: choice(["drain", "stop", "shutdown"]),
    default: "drain",
    description:
      "When a budget is used up: drain (running tasks finish, no other begins, then the workers end), stop (the " +
      "workers end at once) or shutdown (the scheduler too, as by `xcore shutdown --yes`).",
    only: CLOUDS,
  },
  prices: {
    type: map(/^[a-z][a-z0-9.-]*$/, amount("US dollars", 0), "{c5.xlarge: 0.17}"),
    default: {},
    description:
      "US dollars an hour by machine type, with its GPUs, such as {c5.xlarge: 0.17}. They count before those of a list.",
    only: CLOUDS,
  },
  price_list_url: {
    type: text(
      /^(auto|none|https:\/\/[^\s"'`\\]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/[^\s"'`\\]*)?)$/,
      "auto, none or an https address",
    ),
    default: "auto",
    description:
      "Where public prices come from: auto (the SkyPilot project's catalog), none, or another address with the same files.",
    only: CLOUDS,
  },
  python: {
    title: "Python",
    type: PATH,
    default: null,
    description: "Python that scheduler and workers use, a full path. Run your scripts with the same one.",
    descriptions: {
      aws: "Python on this machine that you run scripts with, a full path: machines get the same versions.",
      gcp: "Python on this machine that you run scripts with, a full path: machines get the same versions.",
    },
    scheduler: true,
  },
  packages: {
    type: list(
      text(/^[A-Za-z0-9][^\p{Cc}\s'"`$\\]{0,255}$/u, "a package as pip knows it, such as numpy==2.1.0"),
      "packages as pip knows them, such as numpy==2.1.0",
    ),
    default: [],
    description: "Further Python packages to install on the machines, such as [numpy, mdtraj].",
    only: CLOUDS,
    scheduler: true,
  },
  allow_unhashed_packages: {
    type: flag(),
    default: false,
    description:
      "true: machines may install Python packages whose content nothing checks: those without a wheel, such as " +
      "git+https://…, and all where the package index does not answer at `xcore start`.",
    only: CLOUDS,
  },
  apt_packages: {
    type: list(
      text(/^[a-z0-9][a-z0-9.+-]{1,127}$/, "a package of Ubuntu's such as ffmpeg"),
      "packages of Ubuntu's such as ffmpeg",
    ),
    default: [],
    description: "Ubuntu packages to install on the machines, such as [ffmpeg, libxrender1].",
    only: CLOUDS,
    scheduler: true,
  },
  setup_script: {
    type: PATH,
    default: null,
    description:
      "Script on this machine, a full path, that each cloud machine runs once as root before Dask starts. null: none.",
    only: CLOUDS,
    scheduler: true,
  },
  env: {
    type: map(
      /^(?!XCORE_)[A-Za-z_]\w{0,127}$/,
      text(/^[^\0]{0,32768}$/, "a text, in quotes where it looks like a number"),
      '{OMP_NUM_THREADS: "4"}',
    ),
    default: {},
    description:
      'Environment variables of workers and their tasks, such as {OMP_NUM_THREADS: "4"}. For workers launched from ' +
      "now on.",
  },
});

/** A key of config.yaml. */
export type ConfigKey = keyof typeof SETTINGS;

/** A key of one of the `pools`. */
export type PoolKey = keyof typeof POOL_SETTINGS;

/** The keys of config.yaml, in their order. */
export const KEYS = Object.keys(SETTINGS) as readonly ConfigKey[];

/** The keys of a pool. */
export const POOL_KEYS = Object.keys(POOL_SETTINGS) as readonly PoolKey[];

/** The setting of a key, or undefined when there is no such key. */
export function settingOf(key: string): Setting | undefined {
  return Object.hasOwn(SETTINGS, key) ? SETTINGS[key as ConfigKey] : undefined;
}

/** The default of a row under a provider; undefined when the file must have it. */
export type DefaultOn<S extends Setting, P extends ProviderName> = Setting extends S ? unknown
  : S extends { defaults: { readonly [Key in P]: infer Default } } ? Default
  : S extends { default: infer Default } ? Default
  : undefined;

/** A setting's default under a provider. */
export function defaultOn<S extends Setting, P extends ProviderName>(
  setting: S,
  provider: P,
): DefaultOn<S, P> {
  return (setting.defaults?.[provider] ?? setting.default) as DefaultOn<S, P>;
}

/** A setting's description under a provider. */
export function descriptionOn(setting: Setting, provider: ProviderName): string {
  return setting.descriptions?.[provider] ?? setting.description;
}

/** Whether the setting has an effect under a provider. */
export function concerns(setting: Setting, provider: ProviderName): boolean {
  return setting.only?.includes(provider) ?? true;
}

/** The provider that values name, or null when they name none that there is. */
export function providerIn(values: unknown): ProviderName | null {
  const named = (values as { provider?: unknown } | null)?.provider;
  return isProvider(named) ? named : null;
}
