import assert from "node:assert/strict";
import { readNote, writeNote } from "../../../lib/service/service.ts";
import { fakeMachine } from "./_machine.ts";

const NOTE = { manager: "user", unit: "xcore@x.service" } as const;

Deno.test("readNote() is what was written; nothing where there is none, or it is damaged", async () => {
  await using machine = await fakeMachine();
  const { runtime, home } = machine;
  assert.equal(await readNote(runtime, home), null);
  await writeNote(runtime, home, NOTE);
  assert.deepEqual(await readNote(runtime, home), NOTE);
  const of = (note: object) => JSON.stringify({ ...note, home: home.dir });
  const damaged = [
    ...["", "{", "null", "[]", of({ manager: "cron", unit: NOTE.unit })],
    ...[of({ ...NOTE, unit: "sshd.service" }), of({ ...NOTE, unit: "xcore@x/../y.service" })],
    ...[of({ ...NOTE, unit: ["xcore@x.service"] }), of({ ...NOTE, manager: "toString" })],
  ];
  for (const damage of damaged) {
    await Deno.writeTextFile(home.service, damage);
    assert.equal(await readNote(runtime, home), null, damage);
  }
});

Deno.test("a copied home has no service: it is the original's", async () => {
  await using machine = await fakeMachine();
  const { runtime, home } = machine;
  await writeNote(runtime, home, NOTE);
  assert.equal(await readNote(runtime, { ...home, dir: "/elsewhere" }), null);
});
