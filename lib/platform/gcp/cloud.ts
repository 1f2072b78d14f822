/** What the base asks of Google beside what Terraform does. @module */

import type { GcpConfig } from "../../config/config.ts";
import { XcoreError } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import type { InstanceLife } from "../base.ts";
import type { Cloud } from "../cloud.ts";
import type { PlatformOptions } from "../platform.ts";
import { consoleOf } from "./boot_log.ts";
import { type ExistingNetwork, existingNetwork, hostProjectOf } from "./existing_network.ts";
import { images } from "./images.ts";
import { clusterRegion } from "./list_instances.ts";
import { RESOURCE_KINDS } from "./catalog.ts";
import { gcpSession } from "./session.ts";

/** Google as the base sees it. */
export interface GcpCloud extends Cloud {
  /** The project everything is in. */
  project(): Promise<string>;
  /** The network that the config names; null: one is made. */
  network(): Promise<ExistingNetwork | null>;
  /** Those of these machine types that a zone has. */
  typesIn(zone: string, types: readonly string[]): Promise<readonly string[]>;
  /** Link of the image that a name, or a family's name, stands for now; null: there is none. */
  image(owner: string, name: string): Promise<string | null>;
}

/**
 * https://cloud.google.com/compute/docs/instances/instance-lifecycle; one that is powered off can
 * only be made anew here.
 */
const LIVES: Readonly<Record<string, InstanceLife>> = {
  PROVISIONING: "pending",
  STAGING: "pending",
  RUNNING: "running",
  REPAIRING: "running",
  TERMINATED: "off",
  SUSPENDED: "off",
};

/** The cluster's Google. Nothing is asked before a method is called. */
export function cloud({ runtime, config }: PlatformOptions<GcpConfig>): GcpCloud {
  const session = gcpSession(runtime, config);
  return {
    project: () => session.ask("choose a project", (google) => Promise.resolve(google.project)),
    network: () =>
      session.ask(
        "find the network",
        ({ catalog, project }) => existingNetwork(catalog, config, project),
      ),
    typesIn: (zone, types) =>
      session.ask("find the machine types", async ({ catalog }) => {
        const found = await Promise.all(types.map((type) => catalog.machineType(zone, type)));
        return types.filter((_, i) => found[i] !== null);
      }),
    image: async (owner, name) => {
      const found = await session.ask("find the image", ({ catalog }) => catalog.image(owner, name));
      return found?.selfLink ?? null;
    },
    resourceKinds: RESOURCE_KINDS,
    credentials: () => Promise.resolve({}), // Terraform finds them where the client does
    owner: () => session.ask("choose a project", (google) => Promise.resolve(google.project)),
    images: () => session.ask("list the machine images", (google) => images(google, config.clusterId)),
    removeImage: ({ name }) =>
      session.ask(`remove the image ${name}`, ({ catalog }) => catalog.deleteImage(name)),
    clockAheadMs: () => clockAheadMs(runtime),
    lifeOf: (id) =>
      session.ask("read the scheduler's instance", async ({ compute }) => {
        const found = await compute.instance(...placeOf(id));
        return found === null ? "gone" : LIVES[found.status] ?? "stopping";
      }),
    launchedAtMs: (id) =>
      session.ask("read the scheduler's instance", async ({ compute }) => {
        const found = await compute.instance(...placeOf(id));
        const launchedMs = Date.parse(found?.creationTimestamp ?? "");
        return Number.isNaN(launchedMs) ? null : launchedMs;
      }),
    console: (id, after) =>
      session.ask("read the console", ({ compute }) => consoleOf(compute, placeOf(id), after)),
    resources: () =>
      session.ask(
        "list the cluster's resources",
        ({ resources }) => resources.list(config.clusterId, clusterRegion(config), hostProjectOf(config)),
      ),
    remove: (resource) =>
      session.ask(`remove ${resource.kind} ${resource.id}`, ({ resources }) => resources.remove(resource)),
  };
}

/** An instance's id, as Terraform has it. */
export function instanceId(project: string, zone: string, name: string): string {
  return `projects/${project}/zones/${zone}/instances/${name}`;
}

function placeOf(id: string): [zone: string, name: string] {
  const [, , , zone = "", , name = ""] = id.split("/");
  return [zone, name];
}

const COMPUTE_API = "https://compute.googleapis.com/compute/v1/";

const TIMEOUT_MS = 10_000;

/**
 * Milliseconds that Google's clock is ahead of this machine's, to a second or so. Every answer has
 * the time, a refusal too: no credentials are needed, which Google refuses when the clocks differ.
 *
 * @throws {XcoreError} it does not answer
 */
export async function clockAheadMs(runtime: Runtime): Promise<number> {
  const url = runtime.env("GOOGLE_COMPUTE_CUSTOM_ENDPOINT") ?? COMPUTE_API;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    const aheadMs = Date.parse(response.headers.get("date") ?? "") - runtime.clock.nowMs();
    if (!Number.isNaN(aheadMs)) return aheadMs;
    throw new TypeError("its answer has no date");
  } catch (error) {
    throw new XcoreError(
      `Cannot ask Google what time it is: ${error instanceof Error ? error.message : error}`,
      "Check that this machine reaches the internet, then run the command again.",
      error,
    );
  }
}
