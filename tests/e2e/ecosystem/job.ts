/** A script of the ecosystem's, run from zero workers at the default idle time. @module */

import { type Lack, needing } from "../../support/needs.ts";
import { withCluster } from "../local/harness.ts";

const JOBS = new URL("jobs/", import.meta.url);

/** Where a job is, and what it needs. */
export interface JobOptions {
  /** The folder of its script; that of this file's jobs when not given. */
  readonly folder?: URL;
  /** What is missing for it. */
  readonly lack?: Lack;
}

/**
 * Defines a test that runs a script, which has to succeed.
 *
 * @param script its file
 * @param args its arguments
 * @param check what it has printed, line by line, is as it should be
 */
export function job(
  name: string,
  script: string,
  args: readonly string[],
  check: (printed: readonly string[]) => void,
  { folder = JOBS, lack = null }: JobOptions = {},
): void {
  Deno.test(needing(lack, name, async () => {
    await withCluster({ max_workers: 2 }, async (cluster) => {
      const printed = await cluster.pythonOk(new URL(script, folder).pathname, ...args);
      check(printed.trimEnd().split("\n"));
    });
  }));
}
