/** What a person is told when something is wrong: what was found, and what to do. @module */

import assert from "node:assert/strict";
import type { Status } from "../../../../lib/model/status.ts";
import { assertWording } from "../../../support/wording.ts";
import type { Ran, TestCluster } from "../harness.ts";

/** What is another at each run, by the name that stands for it in the wording: `{ port: 8786 }`. */
export type Facts = Readonly<Record<string, string | number>>;

/** The last two lines of a program that failed: what was found, and what to do. */
export function complaintOf({ stderr }: Ran): string {
  return stderr.trimEnd().split("\n").slice(-2).join("\n");
}

/**
 * Asserts that a program ended with this exit code, and that its last two lines say what was found and what to do.
 *
 * @param what the case, once in messages/failures.json
 */
export function assertComplaint(
  cluster: TestCluster,
  ran: Ran,
  code: number,
  what: string,
  facts: Facts = {},
): void {
  assert.equal(ran.code, code, `exit code ${ran.code}\n${ran.stdout}${ran.stderr}`);
  assertWording("failures", what, withNames(complaintOf(ran), cluster, facts));
}

/** Asserts that the status has one problem with this code, and its message and hint in their words. */
export function assertProblem(
  cluster: TestCluster,
  { problems }: Status,
  code: string,
  what: string,
  facts: Facts = {},
): void {
  const found = problems.filter((problem) => problem.code === code);
  assert.equal(found.length, 1, `problems: ${Deno.inspect(problems)}`);
  const { message, hint } = found[0]!;
  assertWording("failures", what, withNames(`${message}\n${hint}`, cluster, facts));
}

/** Whether the status has a problem with this code. */
export function has({ problems }: Status, code: string): boolean {
  return problems.some((problem) => problem.code === code);
}

/** The text with names in the place of what is another at each run. */
function withNames(text: string, { folder }: TestCluster, facts: Facts): string {
  // Longer ones first: a path has the folder in it, and the folder may have a number.
  const all = Object.entries({ ...facts, folder, escaped: folder.replaceAll("\n", "\\n") })
    .sort(([, one], [, other]) => String(other).length - String(one).length);
  return all.reduce((named, [name, value]) => {
    const what = typeof value === "number" ? new RegExp(`\\b${value}\\b`, "g") : value;
    return named.replaceAll(what, `{${name}}`);
  }, text)
    .replaceAll("{escaped}", "{folder}")
    .replaceAll(/\b127\.0\.0\.1:\d+/g, "{address}")
    .replaceAll(/\.\d{8}T\d{6}Z\.[^/.]+\.log/g, ".{time}.log")
    .replaceAll(/\b[0-9a-f]{24}\.json\.\d+\.[0-9a-f]{8}\.part/g, "{process file}")
    .replaceAll(/[^\s(]+:\{folder\}/g, "{machine}:{folder}");
}
