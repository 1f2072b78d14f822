/** Notifies systemd that the daemon is ready and alive. @module */

import type { Runtime } from "../runtime.ts";

/** Notifications within the watchdog's time. */
const FEEDS = 6;

/**
 * A function to call after each completed tick: the first call reports that the daemon is ready,
 * later ones from time to time that it is alive. Without systemd it does nothing.
 *
 * It runs `systemd-notify`, as datagrams over a unix socket are unstable in Deno. A call takes 6 ms
 * of a processor, once in a sixth of the watchdog's time.
 *
 * @param warn called the first time that it fails
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
    toldMs = -Infinity; // again at the next tick
    if (!warned) {
      warn(`Cannot notify systemd of ${word}: ${typeof said === "string" ? said : said.stderr.trim()}`);
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
