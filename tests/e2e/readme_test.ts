import assert from "node:assert/strict";
import { TestCluster } from "./harness.ts";

interface Block {
  readonly language: string;
  readonly text: string;
}

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The fenced blocks from the installation to the shutdown: what a reader types, in the order of the page. */
function tour(): Block[] {
  const part = README.slice(README.indexOf("## 1. "), README.indexOf("## 4. "));
  return [...part.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = "", text = ""]) => ({
    language,
    text,
  }));
}

Deno.test("the README's commands, typed one after the other, run a job and leave nothing", async () => {
  const blocks = tour();
  assert.deepEqual(blocks.map(({ language }) => language), ["sh", "sh", "sh", "sh", "python", "sh"]);
  const cluster = await TestCluster.make();
  try {
    const typed = blocks.map(({ language, text }) =>
      language === "sh" ? text : `python3 - <<'END_OF_SCRIPT'\n${text}END_OF_SCRIPT\n`
    );
    const said = await cluster.bashOk(typed.join("\n"));

    assert.match(said, /^The cluster is running: tls:\/\/127\.0\.0\.1:\d+$/m);
    assert.match(said, /^10\s*$/m, "the job's result");
    assert.match(said, /^Nothing is left\.$/m);
    assert.deepEqual(cluster.processes(), []);
  } finally {
    assert.equal(await cluster.cleanup(), null);
  }
});
