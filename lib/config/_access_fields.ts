/** Keys of the network, of access, money and Python. @module */

import { CLOUDS, type Fields } from "./_field.ts";
import { amount, list, PATH, PORT, text } from "./kinds.ts";

/** See {@linkcode import("./fields.ts").FIELDS}. */
export const ACCESS_FIELDS = {
  allowed_cidr: {
    title: "Network and access",
    kind: list({ is: "range" }, "ranges of addresses such as 192.0.2.7/32, or auto"),
    default: ["auto"],
    comment: "Addresses that may reach the cluster, such as [192.0.2.7/32]. auto: this machine's own.",
    only: CLOUDS,
    scheduler: true,
  },
  allow_world: {
    kind: { is: "flag" },
    default: false,
    comment: "true: allowed_cidr may let the whole internet in. Rarely wise.",
    only: CLOUDS,
    scheduler: true,
  },
  address_url: {
    kind: text(/^https?:\/\/[^\s"'`\\]+$/, "a web address such as https://checkip.amazonaws.com"),
    default: "https://checkip.amazonaws.com",
    comment: "Web page that answers with the address of who asks; for auto in allowed_cidr.",
    only: CLOUDS,
  },
  subnet_ids: {
    kind: list(text(/^subnet-[0-9a-f]{8,17}$/, "a subnet's id such as subnet-0a1b2c3d"), "subnet ids"),
    default: [],
    comment: "Existing subnets to use. []: xcore makes a network of its own.",
    only: ["aws"],
    elsewhere: "on gcp name the network under `network`",
    scheduler: true,
  },
  network: {
    kind: text(/^([a-z0-9.:-]+\/)*[a-z][a-z0-9-]{0,62}$/, "a network's name"),
    default: null,
    comment: "Existing network to use. null: xcore makes one of its own.",
    only: ["gcp"],
    elsewhere: "on aws name subnets under `subnet_ids`",
    scheduler: true,
  },
  public_ip: {
    kind: { is: "flag" },
    default: true,
    comment: "Whether machines have a public address. false needs an existing network with a way out.",
    only: CLOUDS,
    scheduler: true,
  },
  scheduler_port: {
    kind: PORT,
    default: 8786,
    comment: "Port of the scheduler.",
    scheduler: true,
  },
  dashboard_port: {
    kind: PORT,
    default: 8787,
    comment: "Port of the dashboard.",
    scheduler: true,
  },
  instance_profile: {
    kind: text(/^[\w+=,.@-]{1,128}$/, "an instance profile's name"),
    default: null,
    comment: "IAM instance profile of the machines, when tasks need AWS themselves. null: none.",
    only: ["aws"],
    elsewhere: "on gcp name a service_account",
    scheduler: true,
  },
  service_account: {
    kind: text(/^[a-z0-9-]+@[a-z0-9.-]+$/, "a service account's e-mail address"),
    default: null,
    comment: "Service account of the machines, when tasks need Google Cloud themselves. null: none.",
    only: ["gcp"],
    elsewhere: "on aws name an instance_profile",
    scheduler: true,
  },
  scopes: {
    kind: list(text(/^[a-z][a-z0-9.:/_-]*$/, "a scope such as storage-ro"), "scopes such as storage-ro"),
    default: [],
    comment: "What service_account may be used for, such as [storage-ro].",
    only: ["gcp"],
    scheduler: true,
  },
  public_key_path: {
    kind: PATH,
    default: null,
    comment: "Your public SSH key, a full path, for `xcore ssh`. null: no one can log in.",
    only: CLOUDS,
    scheduler: true,
  },
  user_name: {
    kind: text(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, "a user's name"),
    default: null,
    defaults: { aws: "ubuntu", gcp: "ubuntu" },
    comment: "User that SSH logs in as.",
    only: CLOUDS,
    scheduler: true,
  },
  max_hourly_usd: {
    title: "Money",
    kind: amount("US dollars", 0),
    default: null,
    comment: "US dollars an hour that the cluster may cost at most. Not enforced: max_workers is the limit.",
    only: CLOUDS,
  },
  budget_usd: {
    kind: amount("US dollars", 0),
    default: null,
    comment: "US dollars that the cluster may spend in all. Not enforced: max_workers is the limit.",
    only: CLOUDS,
  },
  on_budget: {
    kind: { is: "choice", of: ["drain", "stop"] },
    default: "drain",
    comment:
      "When the budget is spent: drain (running tasks end first) or stop (at once). Not enforced either.",
    only: CLOUDS,
  },
  prices: {
    kind: {
      is: "map",
      keys: /^[a-z][a-z0-9.-]*$/,
      of: amount("US dollars", 0),
      example: "{c5.xlarge: 0.17}",
    },
    default: {},
    comment:
      "US dollars an hour by machine type, such as {c5.xlarge: 0.17}. What is not here has an unknown price.",
    only: CLOUDS,
  },
  python: {
    title: "Python",
    kind: PATH,
    default: null,
    comment: "Python that scheduler and workers use, a full path. Run your scripts with the same one.",
    comments: {
      aws: "Python on this machine that you run scripts with, a full path: machines get the same versions.",
      gcp: "Python on this machine that you run scripts with, a full path: machines get the same versions.",
    },
    scheduler: true,
  },
  packages: {
    kind: list(
      text(/^[A-Za-z0-9][^\p{Cc}\s'"`$\\]{0,255}$/u, "a package as pip knows it, such as numpy==2.1.0"),
      "packages as pip knows them, such as numpy==2.1.0",
    ),
    default: [],
    comment: "Further Python packages to install on the machines, such as [numpy, mdtraj].",
    only: CLOUDS,
    scheduler: true,
  },
} satisfies Partial<Fields>;
