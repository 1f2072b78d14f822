/** What a newcomer types first, on a machine with Node and Python and nothing else. */

import assert from "node:assert/strict";
import { bareMachine, type Ran } from "./_machine.ts";

const DENO = ["npx", "-y", "deno@2.7.14"];

/** What no person is to see: a stack of Rust's, JavaScript's or Python's. */
const STACK = /^Stack backtrace|panicked at|^ +at (\S+ \()?(file|ext):|^Traceback \(most recent call last\)/m;

/** What went wrong, and the end of all it printed. */
function story({ stdout, stderr }: Ran): string {
  const lines = stdout.trimEnd().split("\n");
  const failed = lines.filter((line) => line.startsWith("FAILED "));
  const ends = [stderr.trimEnd().split("\n"), lines].flatMap((all) => all.slice(-10));
  return ["", ...failed, "…", ...ends].join("\n");
}

Deno.test("on a bare machine, the demo shows its result, and the stage quick passes and says what it skips and why", async (t) => {
  await using machine = await bareMachine();

  await t.step("deno task demo", async () => {
    const ran = await machine.run(...DENO, "task", "demo");
    assert.equal(ran.code, 0, story(ran));
    assert.match(ran.stdout, /the job prints: 3$/m, story(ran));
    assert.doesNotMatch(ran.stdout + ran.stderr, STACK);
  });

  await t.step("deno task test quick", async () => {
    const ran = await machine.run(...DENO, "task", "test", "quick");
    assert.equal(ran.code, 0, story(ran));
    const lines = ran.stdout.trimEnd().split("\n");
    const [, passed, skipped] = /^(\d+) passed, 0 failed, (\d+) skipped$/.exec(lines.at(-1)!) ?? [];
    assert.ok(Number(passed) > 1000, lines.at(-1) ?? "nothing was printed");
    const reasons = lines.filter((line) => line.startsWith("SKIPPED "));
    assert.equal(reasons.length, Number(skipped));
    for (const line of reasons) assert.match(line, /^SKIPPED .+: .+: .+/);
    for (const remedy of [/: apt install shellcheck$/, /: apt install git$/, /: apt install golang-go$/]) {
      assert.ok(reasons.some((line) => remedy.test(line)), `no reason ${remedy}`);
    }
    console.error(reasons.join("\n"));
  });
});
