/** A process of its own that opens the history, writes one attempt a line it reads, and closes: `PATH PREFIX COUNT`. */

import { openJournal } from "../../lib/status/sqlite_journal.ts";
import { attempt } from "../fakes/builders.ts";

const [path = "", prefix = "", count = "0"] = Deno.args;
for (let i = 0; i < Number(count); i++) {
  const journal = openJournal(path);
  await journal.openAttempt(attempt(["worker-0"], { id: `${prefix}-${i}` }));
  journal.close();
}
