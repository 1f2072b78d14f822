import assert from "node:assert/strict";
import { ALONE, rowsOf, STAGES, UnknownTestsError } from "./stages.ts";

const ROOT = new URL("../../", import.meta.url);

const namesOf = (named: readonly string[]) => rowsOf(named).map((row) => row.map(({ stage }) => stage));

Deno.test("rowsOf() has every stage once, and two only where they are named", () => {
  const all = namesOf([]);
  const named = ["bare", "ecosystem-large"];
  assert.deepEqual([...all.flat(), ...named].sort(), Object.keys(STAGES).sort());
  assert.deepEqual(namesOf(["ecosystem-large"]), [["ecosystem-large"]]);
  assert.deepEqual(namesOf(["all"]), all);
  assert.deepEqual(namesOf(["bare", "all"]), [...all.slice(0, -1), [...all.at(-1)!, "bare"]]);
});

Deno.test("rowsOf() keeps the order of the stages and what runs beside each other", () => {
  assert.deepEqual(namesOf(["aws", "quick", "gcp"]), [["quick"], ["gcp", "aws"]]);
});

Deno.test("rowsOf() runs files in the stage that has what they need", () => {
  assert.deepEqual(
    rowsOf(["tests/e2e/aws/base_test.ts", "./tests/unit/plan/", "tests/emulators/ec2/test_machines.py"]),
    [
      [{ stage: "quick", files: ["tests/unit/plan"] }],
      [{ stage: "aws", files: ["tests/e2e/aws/base_test.ts", "tests/emulators/ec2/test_machines.py"] }],
    ],
  );
  assert.deepEqual(rowsOf(["e2e", "tests/e2e/local/logs_test.ts"]), [[{ stage: "e2e", files: null }]]);
  assert.deepEqual(namesOf(["tests/python/test_power_off.py"]), [["contract"]]);
});

Deno.test("rowsOf() names the stages to one that there is not", () => {
  for (const name of ["fast", "toString", "", "tests", "lib/plan/plan.ts"]) {
    assert.throws(
      () => rowsOf(["quick", name]),
      (error) =>
        error instanceof UnknownTestsError && /; the stages are quick, contract, /.test(error.message),
    );
  }
});

Deno.test("every file of tests belongs to a stage", () => {
  for (const file of testsBelow("tests")) assert.doesNotThrow(() => rowsOf([file]), file);
});

Deno.test("tests that change what all of a process have in common run alone", () => {
  const changing = STAGES.quick!.folders.flatMap((folder) => [...testsBelow(folder)]).filter((file) =>
    /\bDeno\.(chdir|umask|env\.(set|delete))\(/.test(Deno.readTextFileSync(new URL(file, ROOT)))
  );
  assert.deepEqual(changing.filter((file) => !ALONE.includes(file)), []);
  for (const file of ALONE) assert.ok(Deno.statSync(new URL(file, ROOT)).isFile, file);
});

function* testsBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* testsBelow(`${folder}/${name}`);
    else if (/_test\.ts$|^test_.*\.py$/.test(name)) yield `${folder}/${name}`;
  }
}
