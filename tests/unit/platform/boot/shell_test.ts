import assert from "node:assert/strict";
import { ConfigError } from "../../../../lib/errors.ts";
import { assignments, quoted } from "../../../../lib/platform/boot/boot_script.ts";
import { Random } from "../../../support/fakes/random.ts";
import { bash } from "./_bash.ts";

const ODD = [
  ..."'\"\\`$!*?~#&;|<>(){}[]=-%^ \t\n\r\x01\x1b\x7fé語🦀\u202e",
  "'\\''",
  "$(id)",
  "${HOME}",
  "$'\\n'",
  "EOF\n",
  "\nEOF\n",
  "; poweroff #",
  "--",
  "x",
];

function hostile(random: Random): string {
  return random.some(12, () => random.pick(ODD)).join("");
}

Deno.test("assignments() gives bash every value as it was, whatever is in it", async () => {
  const random = new Random(20);
  const cases = Array.from({ length: 200 }, () => ({
    text: hostile(random),
    list: random.some(4, () => hostile(random)),
  }));
  const script = cases.map(({ text, list }) =>
    assignments({ TEXT: text, LIST: list }) +
    `printf '%s\\0' "$TEXT" "\${#LIST[@]}" "\${LIST[@]}"\n`
  ).join("");
  const expected = cases.flatMap(({ text, list }) => [text, String(list.length), ...list]);
  assert.deepEqual((await bash(script)).split("\0").slice(0, -1), expected);
});

Deno.test("quoted() refuses what no shell can hold", () => {
  assert.throws(() => quoted("a\0b"), ConfigError);
});
