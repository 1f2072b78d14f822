/** What the test runs said, counted: JUnit files in, closing lines out. @module */

import { XcoreError } from "../../lib/errors.ts";
import { type Lack, reasonIn } from "../support/needs.ts";

/** A test that did not pass. */
export interface Case {
  readonly name: string;
  /** Why it was skipped and what to do about it, or how it failed; empty when nobody said. */
  readonly reason: string;
}

/** The outcome of one run of `deno test` or pytest. */
export interface Outcome {
  readonly passed: number;
  readonly failed: readonly Case[];
  readonly skipped: readonly Case[];
}

/**
 * Lines said of a failure at the end of a run: an assertion's message and what it compared, not the
 * whole stack.
 */
const FAILURE_LINES = 30;

const CASE = /<testcase((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase\s*>)/g;
const FAILURE = /<(?:failure|error)(?:\s+[\w:-]+="[^"]*")*\s*(?:\/>|>([\s\S]*?)<\/(?:failure|error)\s*>)/;

/**
 * Counts the test cases of a JUnit file. A step of a Deno test counts only when it was skipped: if
 * it fails, so does its test.
 */
export function parseJunit(xml: string): Outcome {
  const cases = [...xml.matchAll(CASE)].map(([, attributes = "", body = ""]) => ({
    id: `${attribute(attributes, "classname")}: ${attribute(attributes, "name")}`,
    body,
  }));
  const ids = new Set(cases.map(({ id }) => id));
  const isStep = (id: string) =>
    id.split(" > ").some((_, i, parts) => i > 0 && ids.has(parts.slice(0, i).join(" > ")));
  const failures = (test: string) =>
    cases.filter(({ id }) => id === test || id.startsWith(`${test} > `)).flatMap(({ id, body }) => {
      const text = FAILURE.exec(body)?.[1];
      return text === undefined
        ? []
        : [id === test ? plain(text) : `${id.slice(test.length + 3)}: ${plain(text)}`];
    });
  let passed = 0;
  const failed: Case[] = [];
  const skipped: Case[] = [];
  for (const { id, body } of cases) {
    const skip = /<skipped((?:\s+[\w:-]+="[^"]*")*)/.exec(body);
    if (skip !== null) {
      const { name, reason } = reasonIn(id);
      skipped.push({ name, reason: reason || attribute(skip[1] ?? "", "message") });
    } else if (isStep(id)) continue;
    else if (FAILURE.test(body)) failed.push({ name: id, reason: failures(id).join("\n") });
    else passed++;
  }
  return { passed, failed, skipped };
}

/** The outcome of a stage that cannot run here, which is said at once. */
export function skipped(stage: string, lack: NonNullable<Lack>): Outcome {
  console.error(`\n== ${stage}: SKIPPED: ${lack}`);
  return { passed: 0, failed: [], skipped: [{ name: stage, reason: lack }] };
}

/** The outcome of what went wrong beside all tests. */
export function broken(what: string, error: unknown): Outcome {
  const { message, hint } = error instanceof XcoreError ? error : { message: String(error), hint: "" };
  const said = hint === "" ? message.replace(/^\w*Error: /, "") : `${message}. ${hint}`;
  return { passed: 0, failed: [{ name: `${what}: ${said}`, reason: "" }], skipped: [] };
}

/**
 * `outcome`, and one failure more if the program failed though all it counted passed, or if it
 * counted nothing.
 */
export function withExitCode(outcome: Outcome, stage: string, code: number): Outcome {
  const ran = outcome.passed + outcome.failed.length + outcome.skipped.length;
  const name = code !== 0 && outcome.failed.length === 0
    ? `${stage}: ended with exit code ${code}`
    : ran === 0
    ? `${stage}: no test ran`
    : null;
  return name === null ? outcome : { ...outcome, failed: [...outcome.failed, { name, reason: "" }] };
}

/**
 * The closing lines and the exit code.
 *
 * @param strict a skipped test is a failure of the run
 */
export function closing(outcomes: readonly Outcome[], strict: boolean): { lines: string[]; code: number } {
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const { explained: skipped = [], unexplained = [] } = Object.groupBy(
    outcomes.flatMap((outcome) => outcome.skipped),
    ({ reason }) => reason === "" ? "unexplained" : "explained",
  );
  const reason =
    "It is skipped and does not say why: tests/support/needs.ts has what gives a test its reason.";
  const failed = [
    ...outcomes.flatMap((outcome) => outcome.failed),
    ...unexplained.map(({ name }) => ({ name, reason })),
  ];
  const lines = [
    ...failed.flatMap(({ name, reason }) => [
      `FAILED ${name}`,
      ...(reason === "" ? [] : reason.split("\n").slice(0, FAILURE_LINES).map((line) => `    ${line}`)),
    ]),
    ...skipped.map(({ name, reason }) => `SKIPPED ${name}: ${reason}`),
    ...(strict && skipped.length > 0 ? ["Skipped tests are not accepted here (CI=true)."] : []),
    `${passed} passed, ${failed.length} failed` + (skipped.length > 0 ? `, ${skipped.length} skipped` : ""),
  ];
  return { lines, code: failed.length > 0 || passed === 0 || (strict && skipped.length > 0) ? 1 : 0 };
}

function attribute(attributes: string, name: string): string {
  return unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

/** The text of an XML element, without a terminal's colours. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return unescaped(text).replace(/\x1b\[[\d;]*m/g, "").trim();
}

function unescaped(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (all, hex, dec, name) =>
      named[name] ?? (hex || dec ? String.fromCodePoint(parseInt(hex ?? dec, hex ? 16 : 10)) : all),
  );
}
