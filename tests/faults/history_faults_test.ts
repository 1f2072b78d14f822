/** A history on a disk that is full, wherever in the file that happens, and without a free descriptor. */

import assert from "node:assert/strict";
import { linux, needing, programs } from "../support/needs.ts";
import type { Round } from "./limited_history.ts";

const WRITER = new URL("limited_history.ts", import.meta.url).pathname;

/** Within the first page, the schema, and the rows; the journal of a history is some 200 kB long. */
const LIMITS = [
  ...[0, 100, 4096, 8192, 20_000, 30_000, 36_000, 45_000, 60_000, 80_000, 120_000, 160_000].map((bytes) =>
    `fsize=${bytes}`
  ),
  ...[0, 1, 2, 3].map((files) => `free files=${files}`),
];

Deno.test(needing(
  linux() ?? programs("prlimit"),
  "a history that cannot be written refuses, names its file, and keeps what it has recorded",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "xcore-faults-" });
    try {
      // Without the trap the system would end the process that writes too much.
      const { stdout, stderr } = await new Deno.Command("sh", {
        args: [
          "-c",
          "trap '' XFSZ; exec \"$@\"",
          "sh",
          Deno.execPath(),
          "run",
          "-A",
          "--cached-only",
          "--no-check",
          WRITER,
          folder,
          ...LIMITS,
        ],
      }).output();
      const rounds = new TextDecoder().decode(stdout).trim().split("\n").map((line): Round =>
        JSON.parse(line)
      );
      assert.equal(rounds.length, LIMITS.length, new TextDecoder().decode(stderr));
      for (const { limit, lost, refused, wrong } of rounds) {
        assert.deepEqual({ limit, lost, wrong }, { limit, lost: [], wrong: [] });
        for (const message of refused) assert.ok(message.includes(folder), message);
      }
      const [first, last] = [
        rounds[0]!,
        rounds[LIMITS.findIndex((limit) => limit.startsWith("free")) - 1]!,
      ];
      assert.deepEqual([first.recorded.length, last.recorded.length > 0], [0, true]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
));
