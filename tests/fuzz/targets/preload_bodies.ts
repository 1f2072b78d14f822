/** Bodies of requests to the preload's routes, read by the preload's own code. @module */

import assert from "node:assert/strict";
import { type Target } from "../target.ts";
import { testPython } from "../../support/test_python.ts";

const fixture = (name: string) =>
  JSON.parse(Deno.readTextFileSync(new URL(`../../../lib/protocol/fixtures/${name}.json`, import.meta.url)));

const SEEDS: readonly string[] = ["bundle", "cancel", "drain", "lease", "retire", "scale"].flatMap((name) =>
  fixture(name).request.valid.map((body: unknown) => JSON.stringify(body))
);

const PIECES = [
  '"names":["worker-0"]',
  '"keys":[["sum",1]]',
  '"ttl_s":1e999',
  '"ttl_s":NaN',
  '"workers":-1',
  '"workers":1.0',
  '"workers":true',
  '"sha256":""',
  '"daemon_id":"\\ud800"',
  '{"keys":[],"holders":[]}',
];

/** What the reader made of a body by each route. */
interface Answer {
  /** Null: it was taken. */
  readonly refused: string | null;
  /** A traceback of anything but a refusal. */
  readonly broke: string | null;
}

/** The reader, a process that takes a body a line. */
interface Reader {
  ask(body: Uint8Array): Promise<readonly Answer[]>;
  close(): Promise<void>;
}

let reader: Reader | null = null;

function start(): Reader {
  const child = new Deno.Command(testPython(), {
    args: [new URL("read_bodies.py", import.meta.url).pathname],
    env: { PYTHONPATH: new URL("../../../python/node", import.meta.url).pathname },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  return {
    async ask(body) {
      await input.write(new TextEncoder().encode(`${body.toHex()}\n`));
      while (!held.includes("\n")) {
        const { value, done } = await lines.read();
        if (done) throw new Error("the reader has ended");
        held += value;
      }
      const end = held.indexOf("\n");
      const line = held.slice(0, end);
      held = held.slice(end + 1);
      return JSON.parse(line);
    },
    async close() {
      await input.close();
      await child.status;
      await lines.cancel();
    },
  };
}

/** A body, given to each route. */
export const preloadBodies: Target = {
  seeds: SEEDS,
  pieces: PIECES,
  runs: 600,
  async check(input) {
    reader ??= start();
    for (const { refused, broke } of await reader.ask(input)) {
      assert.equal(broke, null);
      // Who asked prints it, with escapes in the place of what a terminal obeys.
      if (refused !== null) assert.doesNotMatch(refused, /[\r\n]/);
    }
  },
  close: async () => await reader?.close(),
};
