/** Reads text files that another process appends to. @module */

import type { Files } from "../runtime.ts";

/** Bytes of a log's end that are read at most: clouds keep no more of a console. */
const TAIL_BYTES = 1_048_576;

/** Text read from a file. */
export interface Read {
  /** Whole characters only. */
  readonly text: string;
  /** The position of the next byte. */
  readonly end: number;
}

/**
 * The text of a file from a position on; null if there is no file.
 *
 * @param from the first byte to read; null: the last lines, at most 1 MiB. A file that has become
 * shorter is another one, and read from its beginning.
 */
export async function readGrowing(
  files: Pick<Files, "size" | "readFrom">,
  path: string,
  from: number | null,
): Promise<Read | null> {
  const size = await files.size(path);
  if (size === null) return null;
  const start = from === null ? Math.max(0, size - TAIL_BYTES) : from > size ? 0 : from;
  if (start === size) return { text: "", end: size };
  const bytes = await files.readFrom(path, start);
  const whole = bytes.subarray(0, bytes.length - unfinished(bytes));
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
  const isCut = from === null && start > 0;
  return { text: isCut ? wholeLines(text) : text, end: start + whole.length };
}

/**
 * Without the rest of a line whose beginning is cut off; with it where there is no other line, or
 * where the line is so long that it is what keeps the others before it from being read.
 */
function wholeLines(text: string): string {
  const rest = text.slice(text.indexOf("\n") + 1);
  const cutOff = text.length - rest.length;
  return rest === "" || cutOff === 0 || cutOff > LINE_SHOWN ? `…${text}` : rest;
}

/** Characters of a line that are shown: a program may print megabytes without a line end. */
const LINE_SHOWN = 10_000;

/** The text with what is too long of its lines cut off, and said. */
export function cutLines(text: string): string {
  if (text.length <= LINE_SHOWN) return text;
  return text.split("\n").map((line) => {
    const more = line.length - LINE_SHOWN;
    return more <= 0 ? line : `${line.slice(0, LINE_SHOWN)}… (${more} characters more)`;
  }).join("\n");
}

/** How many bytes at the end belong to a UTF-8 character that is not complete. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
  }
  return 0;
}

/** The last lines of a text, with or without a line end after the last one. */
export function lastLines(text: string, count: number): string {
  const lines = text.split("\n");
  const open = lines.at(-1) === "" ? 1 : 0;
  return lines.slice(Math.max(0, lines.length - open - count)).join("\n");
}
