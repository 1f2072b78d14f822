import assert from "node:assert/strict";
import { join } from "node:path";
import { inRooms } from "./rooms.ts";

Deno.test("inRooms() makes a program a folder, the largest first, of all its files, and leaves none", async () => {
  const root = await Deno.makeTempDir({ prefix: "a root's " });
  try {
    const files = ["plan/up_test.ts", "util/text_test.ts", "plan/down_test.ts", "plan/deep/one_test.ts"];
    for (const file of files) {
      const path = join(root, file);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, `(globalThis as { ran?: string[] }).ran!.push("${file}");`);
    }
    const ran: string[] = [];
    Object.assign(globalThis, { ran });
    const rooms = await inRooms(root, files, async (rooms) => {
      for (const room of rooms) await import(`file://${room}`);
      return rooms;
    });
    assert.deepEqual(ran, [
      "plan/down_test.ts",
      "plan/up_test.ts",
      "util/text_test.ts",
      "plan/deep/one_test.ts",
    ]);
    assert.equal(rooms.length, 3);
    for (const room of rooms) await assert.rejects(Deno.stat(room), Deno.errors.NotFound);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
