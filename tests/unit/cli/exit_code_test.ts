import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { exitCode, linesOf } from "../../../lib/cli/exit_code.ts";
import { main } from "../../../lib/cli/main.ts";
import {
  AuthError,
  ConfigError,
  InterruptedError,
  NotFoundError,
  NotRunningError,
  PrerequisiteError,
  UsageError,
  XcoreError,
} from "../../../lib/errors.ts";
import { keepingPrinter } from "./_printer.ts";
import { runtimeIn } from "./_run.ts";

const CODES: readonly (readonly [new (message: string, hint: string) => XcoreError, number])[] = [
  [XcoreError, 1],
  [ConfigError, 1],
  [AuthError, 1],
  [NotFoundError, 1],
  [UsageError, 2],
  [NotRunningError, 3],
  [PrerequisiteError, 4],
  [InterruptedError, 130],
];

for (const [Failure, code] of CODES) {
  Deno.test(`exitCode() is ${code} for ${Failure.name}`, () => {
    assert.equal(exitCode(new Failure("Cannot go on: it is late", "Sleep.")), code);
  });
}

Deno.test("exitCode() is 1 for whatever else is thrown", () => {
  for (const error of [new TypeError("x"), "x", undefined]) assert.equal(exitCode(error), 1);
});

Deno.test("linesOf() is what was found and what to do", () => {
  assert.deepEqual(linesOf(new UsageError("Cannot go on: it is late", "Sleep."), false), [
    "Cannot go on: it is late",
    "Sleep.",
  ]);
});

Deno.test("linesOf() is two lines, too, where a name has line breaks", () => {
  assert.deepEqual(linesOf(new UsageError("Cannot use /a\nb: \x1b[1mno", "Move /a\nb away."), false), [
    "Cannot use /a\\nb: \\u001b[1mno",
    "Move /a\\nb away.",
  ]);
});

Deno.test("linesOf() makes two lines of an unexpected error", () => {
  const lines = linesOf(new Deno.errors.PermissionDenied("no entry\nat all"), false);
  assertWording("errors", "an unexpected error", lines.join("\n"));
  assert.equal(linesOf(null, false).length, 2);
});

Deno.test("linesOf() lists the mistakes of a config that has several", () => {
  const mistakes = [
    { line: 3, key: "max_workers", message: "-1 is not allowed" },
    { line: null, key: "", message: "provider is missing" },
  ];
  assert.deepEqual(linesOf(new ConfigError("Cannot read it: 2 mistakes", "Mend them.", mistakes), false), [
    "Cannot read it: 2 mistakes",
    "  line 3, max_workers: -1 is not allowed",
    "  provider is missing",
    "Mend them.",
  ]);
});

Deno.test("linesOf() shows the stack, and the cause's, only to --debug", () => {
  const error = new XcoreError("Cannot go on: it is late", "Sleep.", new TypeError("the clock"));
  const lines = linesOf(error, true);
  assert.deepEqual(lines.slice(0, 2), linesOf(error, false));
  assert.ok(lines.some((line) => /^\s+at .*exit_code_test\.ts/.test(line)));
  assert.equal(lines.filter((line) => line === "caused by:").length, 1);
  assert.ok(lines.includes("TypeError: the clock"));
});

Deno.test("on Windows every command ends with 4 and one line that names WSL", async () => {
  for (const words of [["status"], ["-h"], []]) {
    const { printer, printed } = keepingPrinter();
    assert.equal(await main({ ...runtimeIn("/nonexistent"), os: "windows" }, words, printer), 4);
    assert.equal(printed.out, "");
    assert.equal(printed.said.length, 1);
    assert.match(printed.said[0]!, /^Cannot run on Windows itself: .*WSL.*`wsl --install`/);
  }
});
