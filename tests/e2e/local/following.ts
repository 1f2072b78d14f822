/** `xcore logs NAME -f`, as a person watches it and ends it with Ctrl-C. @module */

import assert from "node:assert/strict";
import { signal } from "./_processes.ts";
import { type TestCluster, until } from "./harness.ts";

/** Seconds within which the text has to be printed. */
const TIMEOUT_S = 180;

/** A log that is followed. */
export interface Following {
  /** Waits until it has shown these words. */
  shows(words: string): Promise<void>;
  /** Presses Ctrl-C, which has to end it without a word; returns all that it has shown. */
  end(): Promise<string>;
}

/** Follows the log of a worker, of the scheduler or of the daemon. */
export function follow(cluster: TestCluster, name: string): Following {
  const running = cluster.xcoreBeside(["logs", name, "-f"]);
  return {
    async shows(words) {
      await until(
        words,
        () => Promise.resolve(running.printed()),
        (text) => text.includes(words),
        TIMEOUT_S,
      );
    },
    async end() {
      signal(running.pid, "SIGINT");
      const { code, stdout, stderr } = await running.ended;
      assert.deepEqual({ code, stderr }, { code: 130, stderr: "" });
      return stdout;
    },
  };
}
