import assert from "node:assert/strict";
import { rowsOf, STAGES, UnknownStageError } from "./stages.ts";

Deno.test("rowsOf() has every stage once, and bare only where it is named", () => {
  const all = rowsOf([]).flat();
  assert.deepEqual(all.toSorted(), Object.keys(STAGES).filter((name) => name !== "bare").sort());
  assert.deepEqual(rowsOf(["all"]), rowsOf([]));
  assert.deepEqual(rowsOf(["bare", "all"]), [...rowsOf([]), ["bare"]]);
});

Deno.test("rowsOf() keeps the order of the stages and what runs beside each other", () => {
  assert.deepEqual(rowsOf(["aws", "quick", "gcp"]), [["quick"], ["gcp", "aws"]]);
});

Deno.test("rowsOf() names the stages to one that there is not", () => {
  for (const name of ["fast", "toString", ""]) {
    assert.throws(
      () => rowsOf(["quick", name]),
      (error) =>
        error instanceof UnknownStageError &&
        /^there is no stage .*; the stages are quick, /.test(error.message),
    );
  }
});
