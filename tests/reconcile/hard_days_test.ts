import assert from "node:assert/strict";
import { hardDay } from "./_hard_day.ts";

const DAYS = 50;

Deno.test("tick after tick, whatever fails: never too many, nobody ended at work, all done, nothing left", async () => {
  let [tasks, launched] = [0, 0];
  for (let seed = 1; seed <= DAYS; seed++) {
    try {
      const day = await hardDay(seed);
      tasks += day.tasks;
      launched += day.launched;
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
  assert.ok(tasks > 10 * DAYS && launched > 3 * DAYS, "the days were busy ones");
});
