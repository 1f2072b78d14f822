/** Reading a file that a process is writing, line by line. @module */

import type { Runtime } from "../runtime.ts";

const LOOK_EVERY_MS = 100;

/**
 * The whole lines that are written to `path` from byte `offset` on, until `writing` settles; a last one without an end
 * counts, too.
 */
export async function* follow(
  { files, clock }: Runtime,
  path: string,
  offset: number,
  writing: Promise<unknown>,
): AsyncGenerator<string> {
  const over = new AbortController();
  const end = () => over.abort();
  writing.then(end, end);
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const last = over.signal.aborted; // looked at before the file is: what was written until then is read
    const bytes = await files.readFrom(path, offset);
    offset += bytes.length;
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (last) break;
    await clock.sleep(LOOK_EVERY_MS, over.signal);
  }
  if (rest !== "") yield rest;
}
