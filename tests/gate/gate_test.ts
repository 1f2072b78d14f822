/** What `deno task ok` holds beyond the tests, held in every test run. */

import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;
const SOURCES = ["main.ts", "lib", "tools", "tests", "bench", "examples", "docs/.vitepress/config.ts"];

const GATE: Readonly<Record<string, string[]>> = {
  "every source is formatted": ["fmt", "--check"],
  "every source passes the linter": ["lint"],
  "every source and every example in its documentation type-checks": ["check", "--doc", ...SOURCES],
  "everything the library exports is documented": ["doc", "--lint", "lib/mod.ts"],
};

for (const [name, args] of Object.entries(GATE)) {
  Deno.test(name, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stdout) + decoder.decode(stderr));
  });
}
