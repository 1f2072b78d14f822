/** Keys that say which cluster it is, and where and on what its scheduler runs. @module */

import { CLOUDS, type Fields, PROVIDERS } from "./_field.ts";
import { ANY_TEXT, count, MACHINE_TYPE, NAME, text, ZONE } from "./kinds.ts";

/** See {@linkcode import("./fields.ts").FIELDS}. */
export const CLUSTER_FIELDS = {
  provider: {
    title: "The cluster",
    kind: { is: "choice", of: PROVIDERS },
    default: undefined,
    comment: "Where the workers are: local (this machine), aws or gcp.",
    scheduler: true,
    identity: true,
  },
  cluster_name: {
    kind: NAME,
    default: "xcore",
    comment: "The cluster's name.",
    scheduler: true,
    identity: true,
  },
  cluster_id: {
    kind: text(
      /^[a-z][a-z0-9-]{0,29}-[0-9a-f]{8}$/,
      "the cluster's name, a hyphen and 8 digits or letters a-f",
    ),
    default: undefined,
    comment: "Marks all that belongs to this cluster. Leave it as it is: xcore finds its machines by it.",
    scheduler: true,
    identity: true,
  },
  tags: {
    kind: { is: "map", keys: /^[^\p{Cc}]{1,128}$/u, of: ANY_TEXT, example: "{project: thesis}" },
    default: {},
    comment: "Labels of your own on everything that is made, such as {project: thesis}.",
    only: CLOUDS,
  },
  region_name: {
    title: "Where it runs",
    kind: text(/^[a-z]+(-[a-z]+)+-?\d+$/, "a region's name such as eu-west-2"),
    default: null,
    comment: "Region, such as eu-west-2. null: the one your AWS settings name.",
    comments: { gcp: "Region, such as europe-west2. null: the one that zone_name is in." },
    only: CLOUDS,
    scheduler: true,
  },
  zone_name: {
    kind: ZONE,
    default: null,
    comment: "Zone, such as europe-west2-b.",
    only: ["gcp"],
    elsewhere: "name zones for workers under `zones`",
    scheduler: true,
  },
  project_name: {
    kind: text(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "a project's id such as my-lab-123456"),
    default: null,
    comment: "Project id. null: the one your Google credentials name.",
    only: ["gcp"],
    scheduler: true,
  },
  scheduler_type: {
    kind: MACHINE_TYPE,
    default: null,
    defaults: { aws: "t2.small", gcp: "f1-micro" },
    comment: "Machine type of the scheduler.",
    only: CLOUDS,
    scheduler: true,
  },
  image_name: {
    kind: text(/^[A-Za-z0-9][\w ./:*?()[\]'@-]{0,254}$/, "an image's name"),
    default: null,
    defaults: {
      aws: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
      gcp: "ubuntu-2404-lts-amd64",
    },
    comment: "System image of scheduler and workers (* stands for anything; the newest is taken).",
    comments: {
      gcp: "System image of scheduler and workers: an image's name, or a family's (its newest is taken).",
    },
    only: CLOUDS,
    scheduler: true,
  },
  image_owner: {
    kind: text(/^[a-z0-9][a-z0-9.:-]{2,62}$/, "the owner's account or project"),
    default: null,
    defaults: { aws: "099720109477", gcp: "ubuntu-os-cloud" },
    comment: "Account that the image comes from, in quotes; this one is Canonical's.",
    comments: { gcp: "Project that the image comes from." },
    only: CLOUDS,
    scheduler: true,
  },
  disk_gb: {
    kind: count(8, 16_384, "gigabytes"),
    default: 20,
    comment: "Disk of each machine, in gigabytes.",
    only: CLOUDS,
    scheduler: true,
  },
} satisfies Partial<Fields>;
