import assert from "node:assert/strict";
import { wordsOf } from "../../../../lib/cli/commands/shell_commands.ts";

const CASES: Readonly<Record<string, readonly string[]>> = {
  "": [""],
  "xcore": ["xcore"],
  "xcore ": ["xcore", ""],
  "xcore  config\tget": ["xcore", "config", "get"],
  "xcore -c 'my clu": ["xcore", "-c", "my clu"],
  'xcore "-c" "a b" sta': ["xcore", "-c", "a b", "sta"],
  "xcore --python=my\\ py": ["xcore", "--python=my py"],
  "xcore my\\": ["xcore", "my"],
  "xcore 'a\\b'\"c'd\"e": ["xcore", "a\\bc'de"],
  'xcore "a\\"b\\c\\$d"': ["xcore", 'a"b\\c$d'],
  "xcore ''": ["xcore", ""],
  "xcore '' x": ["xcore", "", "x"],
  "xcore $HOME/x $(id)": ["xcore", "$HOME/x", "$(id)"],
  "xcore Größe ": ["xcore", "Größe", ""],
};

for (const [line, words] of Object.entries(CASES)) {
  Deno.test(`wordsOf() reads ${JSON.stringify(line)} as bash does`, () => {
    assert.deepEqual(wordsOf(line), words);
  });
}
