import assert from "node:assert/strict";
import { EMBEDDED } from "../../../lib/_embedded.ts";
import { blockedPorts, startFailure } from "../../../lib/cluster/wait_for_scheduler.ts";
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

const STATE = { url: "tls://192.0.2.1:8786", http: { host: "192.0.2.1", port: 8787 } };

function blocking(...silent: readonly number[]) {
  return blockedPorts(STATE, (_, port) => Promise.resolve(!silent.includes(port)));
}

Deno.test("blockedPorts() is null where something comes back from both ports", async () => {
  assert.equal(await blocking(), null);
});

Deno.test("blockedPorts() names what is silent, and ports that networks let through", async () => {
  for (const [silent, set] of [[[8786], "scheduler_port 443`"], [[8787], "dashboard_port 443`"]] as const) {
    const error = await blocking(...silent);
    assert.ok(error?.hint.includes(`xcore config set ${set}`), String(error?.hint));
  }
  const error = await blocking(8786, 8787);
  assertWording(
    "bundles",
    "nothing comes back from the scheduler's ports",
    `${error?.message}\n${error?.hint}`,
  );
});
