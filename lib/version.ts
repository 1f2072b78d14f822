/** Which xcore this is. @module */

import manifest from "../deno.json" with { type: "json" };

/** The version, `0.1.0`. */
export const VERSION: string = manifest.version;

/** What a build was made from. */
export interface BuildStamp {
  /**
   * The last commit that changed the program, shortened; null when it was not built in a git
   * repository.
   */
  readonly commit: string | null;
  /** The commit's day, `2026-11-29`. */
  readonly date: string | null;
  /** True when the sources were not as in that commit. */
  readonly changed: boolean;
}

/**
 * The place for a {@linkcode BuildStamp}: tools/bundle.ts writes one as JSON over this very text.
 */
export const STAMP = "__XCORE_BUILD_STAMP__";

/** Which build this is. */
export interface Version extends BuildStamp {
  /** `0.1.0` */
  readonly version: string;
  /** True when it was never built: Deno runs its TypeScript. */
  readonly from_source: boolean;
  /** The version of the Deno that runs it. */
  readonly deno: string;
}

/**
 * Which build this is.
 *
 * @param deno the version of the Deno that runs it
 * @param stamp what its build has written
 */
export function versionOf(deno: string, stamp: string = STAMP): Version {
  const fromSource = !stamp.startsWith("{");
  const built: BuildStamp = fromSource
    ? { commit: null, date: null, changed: false }
    : JSON.parse(stamp) as BuildStamp;
  return { version: VERSION, ...built, from_source: fromSource, deno };
}

/** In one line: `xcore 0.1.0 (commit f3f16a9, 2026-11-29; Deno 2.7.14)`. */
export function versionText(version: Version): string {
  return `xcore ${buildText(version)}`;
}

/** The same without the name. */
export function buildText({ version, commit, date, changed, from_source, deno }: Version): string {
  const build = from_source
    ? "from source"
    : commit === null
    ? "unknown commit"
    : `commit ${commit}, ${date}${changed ? ", with uncommitted changes" : ""}`;
  return `${version} (${build}; Deno ${deno})`;
}
