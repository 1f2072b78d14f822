/** Telling systemd that the daemon is ready and alive. @module */

import type { Runtime } from "../runtime.ts";

/** The watchdog is fed this many times within its time. */
const FEEDS = 6;

/**
 * What to call after each completed tick: the first says that the daemon is ready, later ones now and then that it is
 * alive. Without systemd it does nothing.
 *
 * It is done by `systemd-notify`, since a datagram over a unix socket is unstable in Deno. One call costs 6 ms
 * of a processor, once in a sixth of the watchdog's time.
 *
 * @param warn told the first time that it cannot be done
 */
export function tickNotifier(runtime: Runtime, warn: (line: string) => void): () => void {
  if (runtime.env("NOTIFY_SOCKET") === undefined) return () => {};
  const everyMs = Number(runtime.env("WATCHDOG_USEC") ?? Infinity) / 1000 / FEEDS;
  let toldMs = -Infinity;
  let ready = false;
  let telling = false;
  let warned = false;

  const tell = async (word: string) => {
    telling = true;
    const said = await runtime.run(["systemd-notify", word]).catch(String);
    telling = false;
    if (typeof said !== "string" && said.code === 0) {
      ready = true;
      return;
    }
    toldMs = -Infinity; // at the next tick again
    if (!warned) {
      warn(`systemd cannot be told ${word}: ${typeof said === "string" ? said : said.stderr.trim()}`);
    }
    warned = true;
  };

  return () => {
    const nowMs = runtime.clock.monotonicMs();
    if (telling || nowMs - toldMs < everyMs) return;
    toldMs = nowMs;
    tell(ready ? "WATCHDOG=1" : "READY=1");
  };
}
