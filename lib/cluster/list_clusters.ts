/** `xcore list`: the clusters that have files in this home, and what each costs. @module */

import type { Home } from "../config/home.ts";
import { homesOf } from "../config/home.ts";
import { refuseOpenHome, resolvedHome } from "../config/home_access.ts";
import { loadConfig } from "../config/load_config.ts";
import { askStatus } from "../daemon/control.ts";
import { asXcoreError, NotRunningError } from "../errors.ts";
import type { ClusterState, Status } from "../model/mod.ts";
import type { Runtime } from "../runtime.ts";
import { readShutdownNote } from "../status/shutdown_note.ts";
import { wasStarted } from "./existence.ts";

/** A cluster in the list. */
export interface ListedCluster {
  /** The name for `-c`; null for the cluster that needs none. */
  readonly cluster: string | null;
  /** `cluster_name` of its configuration; null where that cannot be read. */
  readonly name: string | null;
  readonly id: string | null;
  readonly provider: string | null;
  /** `unknown`: neither its daemon nor its platform tells. */
  readonly state: ClusterState | "unknown";
  /** US dollars; null where a price is not known, 0 where nothing costs. */
  readonly per_hour_usd: number | null;
  /** When it was started, or last shut down; ISO 8601, UTC. */
  readonly since: string | null;
  /** Absolute path of its folder. */
  readonly home: string;
  /** Why its state is not known, one line, and what to do. */
  readonly error: { readonly message: string; readonly hint: string } | null;
}

/**
 * Every cluster that has a configuration below $XCORE_HOME, the one without a name first. Asks the
 * daemon of each or, where none answers, the platform of those that were started and not shut down.
 */
export async function listClusters(runtime: Runtime): Promise<ListedCluster[]> {
  const homes = await clusterHomes(runtime);
  return await Promise.all(homes.map((home) => listed(runtime, home)));
}

/** The homes of the clusters that have a configuration, or were started and have lost it. */
export async function clusterHomes(runtime: Runtime): Promise<Home[]> {
  const homes = await Promise.all((await homesOf(runtime)).map((home) => resolvedHome(runtime, home)));
  const there = await Promise.all(
    homes.map(async (home) => await runtime.files.exists(home.config) || await wasStarted(runtime, home)),
  );
  return homes.filter((_, i) => there[i]);
}

async function listed(runtime: Runtime, home: Home): Promise<ListedCluster> {
  const unknown: ListedCluster = {
    ...{ cluster: home.cluster, name: null, id: null, provider: null, state: "unknown" },
    ...{ per_hour_usd: null, since: null, home: home.dir, error: null },
  };
  try {
    await refuseOpenHome(runtime, home);
    const told = await askStatus(runtime, home);
    if (told !== null) return { ...unknown, ...factsOf(told) };
    const { clusterName: name, clusterId: id, provider } = await loadConfig(runtime, home);
    const known = { ...unknown, name, id, provider };
    try {
      // A shutdown removes what a start has written last: nothing is to be asked for.
      if (!await wasStarted(runtime, home)) {
        const note = await readShutdownNote(runtime, home);
        const since = note?.endedAtMs == null ? null : new Date(note.endedAtMs).toISOString();
        return { ...known, state: "down", per_hour_usd: 0, since };
      }
      const { statusWithoutDaemon } = await import("./status_without_daemon.ts");
      const found = await statusWithoutDaemon({ runtime, home });
      const silent = found.problems.find(({ code }) => code === "provider_unreachable");
      if (silent === undefined) return { ...known, ...factsOf(found) };
      return { ...known, error: { message: silent.message, hint: silent.hint } };
    } catch (error) {
      return { ...known, error: reasonOf(error) };
    }
  } catch (error) {
    return { ...unknown, error: reasonOf(error) };
  }
}

function reasonOf(error: unknown): ListedCluster["error"] {
  const { message, hint } = asXcoreError(error, "read the cluster");
  return { message, hint };
}

function factsOf({ cluster, cost }: Status): Omit<ListedCluster, "cluster" | "home" | "error"> {
  const { name, id, provider, state, started_at, shut_down } = cluster;
  return {
    ...{ name, id, provider, state },
    per_hour_usd: cost.per_hour_usd,
    since: state === "down" ? shut_down?.at ?? null : started_at,
  };
}

/** How long a daemon of another cluster is waited for. */
const ANSWER_WITHIN_MS = 500;

/**
 * The other clusters of this home that cost while this one is looked at: those whose daemon answers, and
 * those on a cloud that were started and not shut down. No platform is asked.
 */
export async function otherCosts(
  runtime: Runtime,
  home: Home,
): Promise<readonly Pick<ListedCluster, "cluster" | "name" | "provider" | "per_hour_usd">[]> {
  const others = (await clusterHomes(runtime)).filter(({ dir }) => dir !== home.dir);
  const found = await Promise.all(
    others.map(async (other) => {
      const told = await askStatus(runtime, other, ANSWER_WITHIN_MS);
      if (told !== null) {
        const { name, provider, per_hour_usd } = factsOf(told);
        return provider === "local" ? null : { cluster: other.cluster, name, provider, per_hour_usd };
      }
      if (!await wasStarted(runtime, other)) return null;
      const { clusterName: name, provider } = await loadConfig(runtime, other);
      return provider === "local" ? null : { cluster: other.cluster, name, provider, per_hour_usd: null };
    }).map((found) => found.catch(() => null)),
  );
  return found.filter((one) => one !== null);
}

/** No cluster at all is an error of who types the command. */
export const NO_CLUSTERS = new NotRunningError(
  "There is no cluster: nothing is set up in this home",
  "Set one up with `xcore init local`; `xcore init -h` has the clouds.",
);
