import assert from "node:assert/strict";
import { job } from "./job.ts";

job("a shuffle and a merge between workers, from none", "shuffle.py", [], (printed) => {
  assert.deepEqual(printed, ["True", "True"]);
});
