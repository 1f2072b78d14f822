/**
 * A process of its own that opens histories, new ones mostly, each at the same moment as its
 * fellows, writes an attempt into each, and closes it: `FOLDER PREFIX COUNT START_MS`.
 */

import { openHistory } from "../../../lib/status/history.ts";
import { attempt } from "../../support/fakes/builders.ts";

const APART_MS = 12;

const [folder = "", prefix = "", count = "0", startMs = "0"] = Deno.args;
for (let i = 0; i < Number(count); i++) {
  while (Date.now() < Number(startMs) + i * APART_MS) { /* a timer is too coarse */ }
  const history = openHistory(`${folder}/${i % 50}.db`);
  await history.openAttempt(attempt(["worker-0"], { id: `${prefix}-${i}` }));
  history.close();
}
