import assert from "node:assert/strict";
import { xcore } from "./_program.ts";
import { withDaemon, withHome } from "./_home.ts";
import { run } from "./_run.ts";
import { busy, NOW_MS } from "./_status.ts";
import { today } from "./_watching.ts";

Deno.test("xcore status shows what the daemon tells, without a config or calls of its own", () =>
  withHome((home) =>
    withDaemon(home, () => today(busy(), NOW_MS), async () => {
      const { code, stdout, stderr } = await xcore(home, ["status"], { TERM: "xterm" });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.match(stdout, /^xcore \(local\): running for 12 min at tls:\/\/127\.0\.0\.1:8786\n/);
      assert.match(stdout, /\nworker-2 {2}running .* it has 1 task\n/);
      assert.ok(!stdout.includes("\x1b"));
    })
  ));

Deno.test("xcore status --json prints the daemon's document as it is, and nothing else", () =>
  withHome((home) =>
    withDaemon(home, busy, async () => {
      for (const words of [["status", "--json"], ["--json", "status"]]) {
        const { code, out, said } = await run(home, words);
        assert.deepEqual([code, JSON.parse(out), said], [0, busy(), []]);
      }
    })
  ));

Deno.test("xcore -c asks the daemon of that cluster", () =>
  withHome((home) =>
    withDaemon(home, () => busy({ cluster: { name: "demo" } }), async () => {
      assert.match((await run(home, ["status", "-c", "demo"])).out, /^demo \(local\)/);
      assert.equal((await run(home, ["status"])).code, 3);
    }, "demo")
  ));

Deno.test("xcore status --watch into a pipe ends with 0 at Ctrl-C", () =>
  withHome((home) =>
    withDaemon(home, busy, async () => {
      const { code, stdout, stderr } = await xcore(home, ["status", "--watch"], {}, /^worker-2/m);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      assert.match(stdout, /^worker-2/m);
    })
  ));
