import assert from "node:assert/strict";
import { job } from "./job.ts";

job("tasks submit tasks in three ways, and client.restart() returns", "nested.py", [], (printed) => {
  assert.deepEqual(printed, ["[42, 42, 42]", "True"]);
});

job("an asynchronous cluster and client, from no worker", "asynchronous.py", [], (printed) => {
  assert.deepEqual(printed, ["[0, 1, 4, 9, 16]", "True", "['daemon', 'scheduler']"]);
});
