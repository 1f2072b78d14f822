/**
 * A process of its own that opens the history, writes one attempt a line it reads, and closes:
 * `PATH PREFIX COUNT`.
 */

import { openHistory } from "../../../lib/status/history.ts";
import { attempt } from "../../support/fakes/builders.ts";

const [path = "", prefix = "", count = "0"] = Deno.args;
for (let i = 0; i < Number(count); i++) {
  const history = openHistory(path);
  await history.openAttempt(attempt(["worker-0"], { id: `${prefix}-${i}` }));
  history.close();
}
