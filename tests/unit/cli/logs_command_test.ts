import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { withHome } from "./_home.ts";
import { run, runtimeIn } from "./_run.ts";

async function withDaemonLog(body: (root: string) => Promise<void>) {
  await withHome(async (root) => {
    const home = homeOf(runtimeIn(root));
    await Deno.mkdir(home.logs);
    await Deno.writeTextFile(home.daemonLog, "one\ntwo\nthree\n");
    await body(root);
  });
}

Deno.test("xcore logs daemon is what xcore daemon log shows", async () => {
  await withDaemonLog(async (root) => {
    for (const words of [["daemon", "log"], ["logs", "daemon"]]) {
      const { code, out: text } = await run(root, [...words, "-n", "2"]);
      assert.deepEqual({ code, text }, { code: 0, text: "two\nthree\n" });
      const { out } = await run(root, ["--json", ...words]);
      assert.deepEqual(JSON.parse(out), { name: "daemon", text: "one\ntwo\nthree\n" });
    }
  });
});

Deno.test("xcore logs -f does not go with --json, and says so", async () => {
  await withDaemonLog(async (root) => {
    const { code, out, said } = await run(root, ["--json", "logs", "daemon", "-f"]);
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assertWording("errors", "logs -f --json", said.join("\n"));
  });
});

Deno.test("xcore logs and ssh where nothing is set up say that, and what to do", async () => {
  await withHome(async (root) => {
    for (const words of [["logs", "worker-0"], ["ssh", "worker-0"]]) {
      const { code, said } = await run(root, words);
      assert.equal(code, 3);
      assert.match(said.join("\n"), /xcore init/);
    }
    assert.equal((await run(root, ["logs"])).code, 2);
    assert.equal((await run(root, ["--json", "ssh", "worker-0"])).code, 2);
  });
});
