import assert from "node:assert/strict";
import { EMBEDDED } from "../../../lib/_embedded.ts";
import { startFailure } from "../../../lib/cluster/start.ts";
import { SchedulerError } from "../../../lib/errors.ts";
import { assertWording } from "../../support/wording.ts";

const CUT_OFF = new SchedulerError(
  "Cannot reach the scheduler at 192.0.2.1:8787: no answer within 5 s",
  "Start.",
);

Deno.test("startFailure() says on which port an instance waits for its software, and what keeps it from there", () => {
  const [, line = ""] = /say "(waiting [^\n]*)"\n/.exec(EMBEDDED["python/node/boot_scheduler.sh"]!) ?? [];
  const said = line.replace("$PORT", "8787").replaceAll("\\`", "`");
  const { message, hint } = startFailure(
    `xcore 10:00:00.000: booting\nxcore 10:00:01.000: ${said}\n`,
    CUT_OFF,
  );
  assert.ok(hint.includes("`xcore allow`"));
  assertWording("bundles", "the instance cannot be reached", `${message}\n${hint}`);
});

Deno.test("startFailure() says what the scheduler said last, or what became of the last call", () => {
  assert.match(
    startFailure("OSError: [Errno 98] in use\n", CUT_OFF).message,
    /: OSError: \[Errno 98\] in use$/,
  );
  assert.match(startFailure("", CUT_OFF).message, /no answer within 5 s$/);
});
