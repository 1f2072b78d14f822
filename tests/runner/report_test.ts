import assert from "node:assert/strict";
import { broken, closing, parseJunit, withExitCode } from "./report.ts";

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="2" errors="0" time="0.274">
    <testsuite name="./a_test.ts" tests="6" disabled="2" errors="0" failures="2">
        <testcase name="a &lt;ok&gt; &amp; &quot;q&quot;" classname="./a_test.ts" time="0.000" line="1" col="6">
        </testcase>
        <testcase name="ignored (skipped: tmux is not installed: apt install tmux)" classname="./a_test.ts" time="0.000" line="3" col="6">
            <skipped/>
        </testcase>
        <testcase name="steps" classname="./a_test.ts" time="0.001" line="4" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="steps &gt; one" classname="./a_test.ts" time="0.000" line="4" col="45">
        </testcase>
        <testcase name="steps &gt; two" classname="./a_test.ts" time="0.000" line="4" col="74">
            <failure message="Uncaught Error: s">Error: s</failure>
        </testcase>
        <testcase name="steps &gt; three" classname="./a_test.ts" time="0.000" line="4" col="123">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

const PYTEST =
  `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1"
 failures="1" skipped="1" tests="4" time="0.2"><testcase classname="tests.test_a" name="test_ok" time="0.001" /><testcase
 classname="tests.test_a" name="test_bad" time="0.1"><failure message="assert 0">x &lt; y</failure></testcase><testcase
 classname="tests.test_a" name="test_s" time="0.0"><skipped type="pytest.skip" message="why &quot;not&quot;">a:4</skipped></testcase
><testcase classname="tests.test_a" name="test_e" time="0.0"><error message="failed on setup">x</error></testcase></testsuite></testsuites>`;

Deno.test("parseJunit() counts Deno's tests, and of their steps only the skipped", () => {
  assert.deepEqual(parseJunit(DENO), {
    passed: 1,
    failed: [{ name: "./a_test.ts: steps", reason: "1 test step failed.\ntwo: Error: s" }],
    skipped: [{ name: "./a_test.ts: ignored", reason: "tmux is not installed: apt install tmux" }, {
      name: "./a_test.ts: steps > three",
      reason: "",
    }],
  });
});

Deno.test("parseJunit() counts pytest's tests, errors as failures", () => {
  assert.deepEqual(parseJunit(PYTEST), {
    passed: 1,
    failed: [{ name: "tests.test_a: test_bad", reason: "x < y" }, {
      name: "tests.test_a: test_e",
      reason: "x",
    }],
    skipped: [{ name: "tests.test_a: test_s", reason: 'why "not"' }],
  });
});

const none = { passed: 0, failed: [], skipped: [] };
const good = { ...none, passed: 3 };

Deno.test("withExitCode() fails a run whose program failed with no failing test", () => {
  assert.deepEqual(withExitCode(good, "quick", 1).failed.map(({ name }) => name), [
    "quick: ended with exit code 1",
  ]);
});

Deno.test("withExitCode() fails a run in which no test ran", () => {
  assert.deepEqual(withExitCode(none, "quick", 0).failed.map(({ name }) => name), ["quick: no test ran"]);
});

Deno.test("withExitCode() leaves a good run as it is", () => {
  assert.equal(withExitCode(good, "quick", 0), good);
});

Deno.test("closing() ends a good run with its counts and 0", () => {
  assert.deepEqual(closing([good, good], true), { lines: ["6 passed, 0 failed"], code: 0 });
});

Deno.test("closing() names each failure with how it failed, and ends with 1", () => {
  const bad = { ...good, failed: [{ name: "a: b", reason: "x\ny" }, { name: "a: c", reason: "" }] };
  assert.deepEqual(closing([good, bad], false), {
    lines: ["FAILED a: b", "    x", "    y", "FAILED a: c", "6 passed, 2 failed"],
    code: 1,
  });
});

Deno.test("closing() says what was skipped, and only where strict fails for it", () => {
  const some = { ...good, skipped: [{ name: "a: b", reason: "there is no GPU: buy one" }] };
  const said = "SKIPPED a: b: there is no GPU: buy one";
  const count = "3 passed, 0 failed, 1 skipped";
  assert.deepEqual(closing([some], false), { lines: [said, count], code: 0 });
  const strict = closing([some], true);
  assert.equal(strict.code, 1);
  assert.equal(strict.lines.at(-1), count);
});

Deno.test("closing() fails a run with a skipped test that does not say why", () => {
  const some = { ...good, skipped: [{ name: "a: b", reason: "no GPU" }, { name: "a: c", reason: "" }] };
  const { lines, code } = closing([some], false);
  assert.equal(code, 1);
  assert.equal(lines[0], "FAILED a: c");
  assert.match(lines[1]!, /does not say why/);
  assert.deepEqual(lines.slice(2), ["SKIPPED a: b: no GPU", "3 passed, 1 failed, 1 skipped"]);
});

Deno.test("closing() tells in one line what could not run at all", () => {
  const { lines, code } = closing([good, broken("Cannot run the stage aws", new Error("oh no"))], false);
  assert.deepEqual([lines, code], [["FAILED Cannot run the stage aws: oh no", "3 passed, 1 failed"], 1]);
});
