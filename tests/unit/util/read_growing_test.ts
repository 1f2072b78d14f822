import assert from "node:assert/strict";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { cutLines, lastLines, readGrowing } from "../../../lib/util/read_growing.ts";

const { files } = systemRuntime(null);

async function withFile(body: (path: string, write: (bytes: Uint8Array) => Promise<void>) => Promise<void>) {
  const path = await Deno.makeTempFile({ prefix: "xcore-growing-" });
  try {
    await body(path, (bytes) => Deno.writeFile(path, bytes, { append: true }));
  } finally {
    await Deno.remove(path);
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("readGrowing() reads on where it ended, whole characters only", async () => {
  await withFile(async (path, write) => {
    const text = "aä€😀\ufeffz\n";
    let seen = "";
    let end = 0;
    for (const byte of bytesOf(text)) {
      await write(Uint8Array.of(byte));
      const read = await readGrowing(files, path, end);
      seen += read!.text;
      end = read!.end;
      assert.ok(text.startsWith(seen), seen);
    }
    assert.equal(seen, text);
    assert.deepEqual(await readGrowing(files, path, end), { text: "", end });
  });
});

Deno.test("readGrowing() does not wait for ever for what is no character", async () => {
  await withFile(async (path, write) => {
    await write(Uint8Array.of(0x61, 0x80, 0x80, 0x80, 0x80, 0x62));
    assert.deepEqual(await readGrowing(files, path, 0), { text: "a\ufffd\ufffd\ufffd\ufffdb", end: 6 });
  });
});

Deno.test("readGrowing() begins anew with a file that has become shorter", async () => {
  await withFile(async (path, write) => {
    await write(bytesOf("a long line\n"));
    const { end } = (await readGrowing(files, path, null))!;
    await Deno.writeTextFile(path, "new\n");
    assert.deepEqual(await readGrowing(files, path, end), { text: "new\n", end: 4 });
  });
});

Deno.test("readGrowing() of a big file is its last lines, whole ones; of none it is null", async () => {
  await withFile(async (path, write) => {
    await write(bytesOf("0123456789\n".repeat(200_000)));
    const read = await readGrowing(files, path, null);
    assert.ok(read!.text.startsWith("0123456789\n"));
    assert.ok(read!.text.length > 1_000_000 && read!.text.length <= 1_048_576);
    assert.equal(read!.end, 2_200_000);
  });
  assert.equal(await readGrowing(files, "/nonexistent", null), null);
});

Deno.test("lastLines() are so many, whether the last has its end or not", () => {
  assert.equal(lastLines("1\n2\n3\n", 2), "2\n3\n");
  assert.equal(lastLines("1\n2\n3", 2), "2\n3");
  assert.equal(lastLines("1\n\n\n", 2), "\n\n");
  assert.equal(lastLines("1\n2\n", 9), "1\n2\n");
  assert.equal(lastLines("1\n2\n", 0), "");
  assert.equal(lastLines("", 5), "");
});

Deno.test("readGrowing() of a file whose line is larger than what is read is the end of that line", async () => {
  for (const end of ["", "\n", "\nand one more\n"]) {
    await withFile(async (path, write) => {
      await write(bytesOf(`first\n${"x".repeat(3_000_000)}${end}`));
      const { text } = (await readGrowing(files, path, null))!;
      assert.ok(text.startsWith("…x") && text.endsWith(`x${end}`), text.slice(0, 20));
    });
  }
});

Deno.test("cutLines() cuts what is too long of a line, and says how much", () => {
  const text = `short\n${"x".repeat(1_000_000)}\nend\n`;
  const [first, long, last, rest] = cutLines(text).split("\n");
  assert.deepEqual([first, last, rest], ["short", "end", ""]);
  assert.match(long!, /^x{10000}… \(990000 characters more\)$/);
  assert.equal(cutLines("a\nb"), "a\nb");
});
