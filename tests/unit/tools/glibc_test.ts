import assert from "node:assert/strict";
import { glibcOf } from "../../../tools/glibc.ts";

const MACHINE_BYTES = 64;

/** A 64-bit ELF that has nothing but the versions of libraries that it needs. */
function elf(libraries: readonly (readonly string[])[], little: boolean): Uint8Array {
  const names = ["", ...libraries.flat()];
  const offsetOf = (name: string) => names.slice(0, names.indexOf(name)).join("\0").length + 1;
  const strings = new TextEncoder().encode(names.join("\0") + "\0");
  const needed = new DataView(new ArrayBuffer(libraries.flat().length * 16 + libraries.length * 16));
  let at = 0;
  for (const [i, versions] of libraries.entries()) {
    needed.setUint16(at + 2, versions.length, little);
    needed.setUint32(at + 8, 16, little);
    needed.setUint32(at + 12, i === libraries.length - 1 ? 0 : 16 + 16 * versions.length, little);
    at += 16;
    for (const [j, version] of versions.entries()) {
      needed.setUint32(at + 8, offsetOf(version), little);
      needed.setUint32(at + 12, j === versions.length - 1 ? 0 : 16, little);
      at += 16;
    }
  }
  const sections = [[3, strings.length, 0], [0x6ffffffe, needed.byteLength, 0]] as const;
  const view = new DataView(
    new ArrayBuffer(MACHINE_BYTES + strings.length + needed.byteLength + 64 * sections.length),
  );
  const bytes = new Uint8Array(view.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2]);
  bytes.set(strings, MACHINE_BYTES);
  bytes.set(new Uint8Array(needed.buffer), MACHINE_BYTES + strings.length);
  const table = MACHINE_BYTES + strings.length + needed.byteLength;
  view.setBigUint64(40, BigInt(table), little);
  view.setUint16(58, 64, little);
  view.setUint16(60, sections.length, little);
  let offset = MACHINE_BYTES;
  for (const [i, [type, size, link]] of sections.entries()) {
    view.setUint32(table + 64 * i + 4, type, little);
    view.setBigUint64(table + 64 * i + 24, BigInt(offset), little);
    view.setBigUint64(table + 64 * i + 32, BigInt(size), little);
    view.setUint32(table + 64 * i + 40, link, little);
    offset += size;
  }
  return bytes;
}

async function glibcIn(bytes: Uint8Array): Promise<readonly [number, number]> {
  const path = await Deno.makeTempFile({ prefix: "xcore-elf-" });
  try {
    await Deno.writeFile(path, bytes);
    return await glibcOf(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("glibcOf() is the newest version of glibc that any library is needed in, by number and not by letter", async () => {
  for (const little of [true, false]) {
    const libraries = [["GLIBC_2.2.5", "GLIBC_2.27", "GLIBC_2.9"], ["GCC_4.2.0"], ["GLIBC_2.4"]];
    assert.deepEqual(await glibcIn(elf(libraries, little)), [2, 27]);
    assert.deepEqual(await glibcIn(elf([["GLIBC_2.35"], ["GLIBC_3.1"]], little)), [3, 1]);
  }
});

Deno.test("glibcOf() refuses what is no program of Linux, or needs no glibc", async () => {
  await assert.rejects(glibcIn(new TextEncoder().encode("#!/bin/sh\n".padEnd(100))), /is no 64-bit ELF$/);
  await assert.rejects(glibcIn(elf([["GCC_4.2.0"]], true)), /asks for no version of glibc$/);
  await assert.rejects(glibcIn(new Uint8Array(3)), /ends too early/);
});
