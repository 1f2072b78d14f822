/** What pip is asked for. @module */

import { type Node } from "./facts.ts";

/** The recorded packages in exactly their versions, and the further ones as they were written. */
export function requirements({ python, extraPackages }: Node): string[] {
  const pinned = Object.entries(python.packages)
    .flatMap(([name, version]) => version === null ? [] : [`${name}==${version}`]);
  return [...pinned, ...extraPackages];
}

/** `3.11.7` → `3.11` */
export function minorVersion(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
