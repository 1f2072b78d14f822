import assert from "node:assert/strict";
import { shellWord } from "../../../lib/util/shell_word.ts";

Deno.test("shellWord() is a word that a shell reads as the text", async () => {
  for (const text of ["plain", "/a/b-c_d.e", "two words", "it's", "$HOME", "a;b", "*", "\n", "", "日本"]) {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf %s ${shellWord(text)}`] })
      .output();
    assert.equal(new TextDecoder().decode(stdout), text);
  }
});

Deno.test("shellWord() quotes nothing that a shell takes as it is", () => {
  assert.equal(shellWord("~/env/bin/python"), "~/env/bin/python");
});
