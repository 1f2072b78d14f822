/** What is known of a cluster's base, for its status. @module */

import type { Home } from "../config/home.ts";
import type { BaseState } from "../platform/base.ts";
import type { Runtime } from "../runtime.ts";
import type { ClusterFacts } from "../status/status.ts";

/** The verbs that change a cluster as a whole; each writes its name into the lock it works under. */
export type Verb = NonNullable<ClusterFacts["verb"]>;

/** A base's state, and the verb that is at work on it. */
export async function clusterFacts(runtime: Runtime, home: Home, base: BaseState): Promise<ClusterFacts> {
  return {
    base: base.state,
    verb: await verbAtWork(runtime, home),
    url: base.url,
    dashboardUrl: base.http === null ? null : `https://${base.http.host}:${base.http.port}/status`,
    startedAtMs: base.startedAtMs,
  };
}

async function verbAtWork(runtime: Runtime, home: Home): Promise<Verb | null> {
  if (!await runtime.files.isLocked(home.verbLock)) return null;
  const note = await runtime.files.readTextIfExists(home.verbLock);
  return note === "start" || note === "shutdown" ? note : null;
}
