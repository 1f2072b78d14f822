import assert from "node:assert/strict";
import { newestOf, newIn } from "../../../../lib/platform/aws/boot_log.ts";

/** As EC2: the last so many characters. */
const MOST = 64;

Deno.test("newIn() is what was printed since, also when the beginning has been lost", () => {
  const lines = Array.from({ length: 60 }, (_, i) => `${i} line\n`);
  for (const step of [1, 2, 5]) {
    let [printed, before, seen] = ["", "", ""];
    for (let i = 0; i < lines.length; i += step) {
      printed += lines.slice(i, i + step).join("");
      const shown = printed.slice(-MOST);
      seen += newIn(shown, before);
      before = shown;
    }
    assert.equal(seen, lines.join(""), `${step} at a time`);
  }
});

Deno.test("newIn() is all of a console that has nothing in common with what it was, and nothing of the same", () => {
  assert.equal(newIn("abc", "xyz"), "abc");
  assert.equal(newIn("abc", ""), "abc");
  assert.equal(newIn("abc", "abc"), "");
});

Deno.test("newestOf() is the one that is there, though another was launched in the same second and has ended", () => {
  const instance = (id: string, second: number, Name: "running" | "terminated") =>
    ({ InstanceId: id, LaunchTime: new Date(second * 1000), State: { Name } }) as const;
  const [older, ended, there] = [
    instance("i-1", 6, "terminated"),
    instance("i-2", 7, "terminated"),
    instance("i-3", 7, "running"),
  ];
  assert.equal(newestOf([older, ended, there]), there);
  assert.equal(newestOf([there, ended, older]), there);
  assert.equal(newestOf([older, ended]), ended);
  assert.equal(newestOf([]), undefined);
});
