import assert from "node:assert/strict";
import { type Entry, tarGz } from "../../../tools/archive.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const WRITTEN = new Date("2020-01-01T00:00:00Z");
const ENTRIES: Readonly<Record<string, Entry>> = {
  "share/b/two": { kind: "file", bytes: bytes("two") },
  "bin/one": { kind: "program", bytes: bytes("#!/bin/sh\necho one\n") },
  "bin/link": { kind: "link", to: "one" },
};

Deno.test("tarGz() makes the same bytes of the same entries, in whatever order they are given", async () => {
  const turned = Object.fromEntries(Object.entries(ENTRIES).reverse());
  assert.deepEqual(await tarGz("a-1", ENTRIES, WRITTEN), await tarGz("a-1", turned, WRITTEN));
});

Deno.test("tarGz() makes what tar unpacks: by name, root's, of one time, programs that run and links that lead there", async () => {
  const folder = await Deno.makeTempDir({ prefix: "xcore-archive-" });
  try {
    await Deno.writeFile(`${folder}/a.tar.gz`, await tarGz("a-1", ENTRIES, WRITTEN));
    const tar = async (...args: string[]) => {
      const { stdout, stderr } = await new Deno.Command("tar", {
        args: [...args, "-f", "a.tar.gz"],
        cwd: folder,
        env: { TZ: "UTC", LC_ALL: "C" },
      }).output();
      assert.equal(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout);
    };
    assert.deepEqual((await tar("-tz")).trim().split("\n"), [
      "a-1/",
      "a-1/bin/",
      "a-1/share/",
      "a-1/share/b/",
      "a-1/bin/link",
      "a-1/bin/one",
      "a-1/share/b/two",
    ]);
    for (const line of (await tar("-tvz")).trim().split("\n")) assert.match(line, /root\W+root .*2020/);
    await tar("-xz");
    const { stdout } = await new Deno.Command(`${folder}/a-1/bin/link`).output();
    assert.equal(new TextDecoder().decode(stdout), "one\n");
    assert.equal((await Deno.stat(`${folder}/a-1/share/b/two`)).mode! & 0o777, 0o644);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
