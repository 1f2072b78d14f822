/** The end of a log, read again while it is open. */

import { byId, setText } from "./dom.js";

/** Opens the log of a worker, `scheduler` or `daemon`. */
export function openLog(name) {
  const dialog = byId("log");
  const text = byId("log-text");
  setText(byId("log-title"), `Log of ${name === "scheduler" || name === "daemon" ? `the ${name}` : name}`);
  setText(text, "Reading …");
  dialog.showModal();
  let timer = 0;
  const closed = new AbortController();
  dialog.addEventListener("close", () => (closed.abort(), clearTimeout(timer)), { once: true });

  async function read() {
    let againS = 5;
    try {
      const answer = await fetch(`/page/log?name=${encodeURIComponent(name)}`, { signal: closed.signal });
      const body = await answer.json();
      const isAtEnd = text.scrollTop + text.clientHeight >= text.scrollHeight - 4;
      setText(text, answer.ok ? body.text || "Nothing was printed so far." : `${body.message}\n${body.hint}`);
      if (isAtEnd) text.scrollTop = text.scrollHeight;
      if (answer.ok) againS = body.again_s;
    } catch {
      if (closed.signal.aborted) return;
      setText(text, "xcore does not answer: run `xcore dashboard` again.");
    }
    timer = setTimeout(read, againS * 1000);
  }
  void read();
}

byId("close-log").addEventListener("click", () => byId("log").close());
