/** What pip is asked for. @module */

import type { Node } from "./boot_facts.ts";

/** The dashboard's; some 60 MB with what it needs, for which no worker should wait. */
const SCHEDULER_ONLY = ["bokeh"];

/** The recorded packages in exactly their versions, and the further ones as they were written. */
export function requirements(
  { python, extraPackages }: Pick<Node, "python" | "extraPackages">,
  role: "worker" | "scheduler",
): string[] {
  const pinned = Object.entries(python.packages)
    .filter(([name]) => role === "scheduler" || !SCHEDULER_ONLY.includes(name))
    .flatMap(([name, version]) => version === null ? [] : [`${name}==${version}`]);
  return [...pinned, ...extraPackages];
}

/** `3.11.7` → `3.11` */
export function minorVersion(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
