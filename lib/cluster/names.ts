/** What a cluster's machines and processes are called, and names that are none of theirs. @module */

import { nearest } from "../util/nearest.ts";
import { NotFoundError, NotRunningError, type XcoreError } from "../errors.ts";
import type { Cluster } from "./cluster.ts";

/** As many names as fit into a line. */
const MOST_SHOWN = 8;

/**
 * The error for a name that means nothing in this cluster.
 *
 * @param doing `log in`; completes "Cannot …"
 * @param others names that would do beside the workers'
 */
export async function noSuchName(
  { provider, base }: Pick<Cluster, "provider" | "base">,
  doing: string,
  name: string,
  others: readonly string[],
): Promise<XcoreError> {
  const { instances } = await provider.list();
  if (instances.length === 0 && (await base.describe()).state === "absent") {
    return new NotRunningError(`Cannot ${doing}: no cluster is running`, "Start one with `xcore start`.");
  }
  const names = [...new Set(instances.map(({ name }) => name))].sort(byNumber);
  const near = nearest(name, [...names, ...others]);
  const shown = [...names.slice(0, MOST_SHOWN), ...(names.length > MOST_SHOWN ? ["…"] : []), ...others];
  return new NotFoundError(
    `Cannot ${doing}: there is no ${name}`,
    `${near === null ? "" : `Did you mean ${near}? `}There are: ${shown.join(", ")}.`,
  );
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}
