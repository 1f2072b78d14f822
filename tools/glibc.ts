/** Which glibc a program of Linux needs. @module */

const ELF = "\x7fELF";
/** Type of a section with the versions of libraries that are needed. */
const VERSIONS_NEEDED = 0x6ffffffe;
const HEADER_BYTES = 64;

/**
 * The newest version of glibc that a 64-bit ELF program asks for: `[2, 27]`. An older one refuses
 * to start it.
 *
 * @throws {Error} it is no such program, or asks for none
 */
export async function glibcOf(path: string): Promise<readonly [major: number, minor: number]> {
  using file = await Deno.open(path);
  const header = await bytesOf(file, 0, HEADER_BYTES);
  if (text(header, 0, 4) !== ELF || header.getUint8(4) !== 2) throw new Error(`${path} is no 64-bit ELF`);
  const little = header.getUint8(5) === 1;
  const at = Number(header.getBigUint64(40, little));
  const size = header.getUint16(58, little);
  const sections = await bytesOf(file, at, size * header.getUint16(60, little));
  const section = async (index: number) => {
    const [offset, bytes] = [24, 32].map((field) =>
      Number(sections.getBigUint64(index * size + field, little))
    );
    return await bytesOf(file, offset!, bytes!);
  };
  const versions: [number, number][] = [];
  for (let index = 0; index * size < sections.byteLength; index++) {
    if (sections.getUint32(index * size + 4, little) !== VERSIONS_NEEDED) continue;
    const names = await section(sections.getUint32(index * size + 40, little));
    for (const offset of versionNames(await section(index), little)) {
      const [, major, minor] = /^GLIBC_(\d+)\.(\d+)/.exec(text(names, offset)) ?? [];
      if (major !== undefined) versions.push([Number(major), Number(minor)]);
    }
  }
  const newest = versions.sort(([a, b], [c, d]) => a - c || b - d).at(-1);
  if (newest === undefined) throw new Error(`${path} asks for no version of glibc`);
  return newest;
}

/**
 * Where the names of the versions begin: each library's record leads to its versions' and to the
 * next library's.
 */
function* versionNames(needed: DataView, little: boolean): Generator<number> {
  for (let library = 0;;) {
    let version = library + needed.getUint32(library + 8, little);
    for (let left = needed.getUint16(library + 2, little); left > 0; left--) {
      yield needed.getUint32(version + 8, little);
      version += needed.getUint32(version + 12, little);
    }
    const next = needed.getUint32(library + 12, little);
    if (next === 0) return;
    library += next;
  }
}

async function bytesOf(file: Deno.FsFile, offset: number, count: number): Promise<DataView> {
  const bytes = new Uint8Array(count);
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < count;) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) throw new Error("the file ends too early");
    done += read;
  }
  return new DataView(bytes.buffer);
}

/** The text from a place on, up to a zero byte. */
function text(view: DataView, offset: number, most = 64): string {
  const bytes = new Uint8Array(view.buffer, offset, Math.min(most, view.byteLength - offset));
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
