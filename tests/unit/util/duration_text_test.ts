import assert from "node:assert/strict";
import { ageText, count, durationText, secondsOf } from "../../../lib/util/duration_text.ts";

const SPELLED: Readonly<Record<number, string>> = {
  [-5]: "0 s",
  0: "0 s",
  0.4: "0 s",
  42: "42 s",
  99: "99 s",
  100: "1 min",
  300: "5 min",
  5999: "99 min",
  6000: "1 h 40 min",
  7500: "2 h 05 min",
  172_799: "47 h 59 min",
  172_800: "2 d 0 h",
  273_600: "3 d 4 h",
};

for (const [seconds, words] of Object.entries(SPELLED)) {
  Deno.test(`durationText() says ${words} for ${seconds} seconds`, () => {
    assert.equal(durationText(Number(seconds)), words);
  });
}

Deno.test("ageText() says how long ago a moment was, and nothing of one that is not known", () => {
  assert.equal(ageText("2026-01-01T12:00:00.000Z", Date.parse("2026-01-01T12:00:42Z")), "42 s");
  assert.equal(ageText("2026-01-01T12:00:05.000Z", Date.parse("2026-01-01T12:00:00Z")), "0 s");
  assert.equal(ageText(null, 0), "");
});

Deno.test("count() gives the noun its plural", () => {
  assert.deepEqual([0, 1, 2].map((amount) => count(amount, "task")), ["0 tasks", "1 task", "2 tasks"]);
});

Deno.test("secondsOf() reads what people type for a time, and what durationText() writes", () => {
  const read = ["90s", "30m", "30min", "2h", "1h30m", "1d", "1d2h3m4s", "2 h 05 min", "0s"].map(secondsOf);
  assert.deepEqual(read, [90, 1800, 1800, 7200, 5400, 86_400, 93_784, 7500, 0]);
  for (const text of ["", " ", "30", "m", "-5m", "1.5h", "5m2h", "1h 5", "1e3s", "soon", "5 minutes"]) {
    assert.equal(secondsOf(text), null, text);
  }
});
