/** What a person is told when something is wrong: what was found, and what to do. @module */

import assert from "node:assert/strict";
import type { Status } from "../../../../lib/model/status.ts";
import type { Ran } from "../harness.ts";

/** Asserts that a program failed with this exit code, and that its last two lines say what and what to do. */
export function assertComplaint(ran: Ran, code: number, what: RegExp, whatToDo: RegExp): void {
  assert.equal(ran.code, code, `exit code ${ran.code}\n${ran.stdout}${ran.stderr}`);
  const [found = "", hint = ""] = ran.stderr.trimEnd().split("\n").slice(-2);
  assert.match(found, what);
  assert.match(hint, whatToDo);
}

/** Asserts that the status has one problem with this code, in these words. */
export function assertProblem({ problems }: Status, code: string, what: RegExp, whatToDo: RegExp): void {
  const found = problems.filter((problem) => problem.code === code);
  assert.equal(found.length, 1, `problems: ${Deno.inspect(problems)}`);
  assert.match(found[0]!.message, what);
  assert.match(found[0]!.hint, whatToDo);
}

/** Whether the status has a problem with this code. */
export function has({ problems }: Status, code: string): boolean {
  return problems.some((problem) => problem.code === code);
}
