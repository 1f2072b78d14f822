/** Commands that have to fail. */

import assert from "node:assert/strict";
import type { TestCluster } from "../e2e/local/harness.ts";

/** Runs the program, which has to fail with this code; returns the two lines that it closes with, and all it printed. */
export async function refused(
  cluster: TestCluster,
  code: number,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ readonly lines: readonly string[]; readonly stdout: string }> {
  const ran = await cluster.xcoreBeside(args, env).ended;
  assert.equal(ran.code, code, `xcore ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
  return { lines: ran.stderr.trimEnd().split("\n").slice(-2), stdout: ran.stdout };
}
