/** The session of the picture, typed into real terminals. @module */

import { XcoreError } from "../../lib/errors.ts";
import type { Stage } from "../_demo.ts";
import { ROOT } from "../run_deno.ts";
import type { Event, Pane, Recording } from "./recording.ts";

/** What is typed into the first terminal, line by line. */
export const TYPED: readonly string[] = [
  "xcore init local",
  "xcore config set max_idle_time_s 10",
  "xcore start",
  'export PYTHONPATH="$(xcore python)"',
  "python examples/fan_out.py",
  "xcore shutdown",
];

/** And into the second, once the cluster runs. */
const WATCH = "xcore status --watch";

const PANES: readonly Pane[] = [
  { title: "a terminal", columns: 98, rows: 18 },
  { title: `another: ${WATCH}`, columns: 98, rows: 16 },
];

const PROMPT = "$ ";
/** Between two keys: a person who types fast. */
const KEY_MS = 35;
const LIMIT_MS = 300_000;

/**
 * Types the session: a cluster on this machine is started, does a job on some workers, and is shut
 * down.
 *
 * @throws {XcoreError} something that has to be seen is not seen in time
 */
export async function record(python: string, { env }: Stage): Promise<Recording> {
  const terminals = new Terminals(python, env);
  try {
    const [person, other] = [0, 1];
    await terminals.sees(person, PROMPT);
    await terminals.sees(other, PROMPT);
    terminals.begin();
    let still = 0;
    for (const line of TYPED) {
      await pause(600);
      await terminals.type(person, line);
      if (line.startsWith("python ")) {
        await terminals.sees(person, /counted by \d+ worker/);
        still = terminals.seconds();
      }
      await terminals.sees(person, PROMPT);
      if (line === "xcore start") {
        await terminals.type(other, WATCH, 0);
        await terminals.sees(other, "There are no workers running");
        await pause(1500);
      }
      if (line.startsWith("python ")) {
        await terminals.sees(other, /retired \d+ worker/);
        await terminals.sees(other, "There are no workers running");
        await pause(1500);
      }
    }
    await terminals.sees(other, "There is no crosscore cluster running");
    await pause(1500);
    return { panes: PANES, still, events: terminals.events() };
  } finally {
    await terminals.close();
  }
}

/** Shells, each in a terminal of its own. */
class Terminals {
  readonly #child: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #hasEnded = false;
  #events: Event[] = [];
  #beganAt = 0;
  readonly #startedMs = performance.now();
  /** What each has printed since it was last seen what was waited for. */
  readonly #unseen: string[] = PANES.map(() => "");

  constructor(python: string, env: Record<string, string>) {
    const script = new URL("terminals.py", import.meta.url).pathname;
    const sizes = JSON.stringify(PANES.map(({ columns, rows }) => ({ columns, rows })));
    const { NO_COLOR: _, ...rest } = env;
    this.#child = new Deno.Command(python, {
      args: [script, sizes, "bash", "--noprofile", "--norc", "-i"],
      ...{ cwd: ROOT, clearEnv: true, detached: true },
      env: {
        ...rest,
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        PS1: PROMPT,
        BASH_SILENCE_DEPRECATION_WARNING: "1",
      },
      ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const part of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [at, pane, text] = JSON.parse(line);
        this.#events.push({ at, pane, text });
        this.#unseen[pane] += text;
      }
    }
    this.#hasEnded = true;
  }

  /** What was printed up to now is the picture's first moment. */
  begin(): void {
    this.#beganAt = this.#events.at(-1)?.at ?? 0;
  }

  /** Seconds since then. */
  seconds(): number {
    return round((this.#events.at(-1)?.at ?? 0) - this.#beganAt);
  }

  events(): Event[] {
    return this.#events.map(({ at, ...event }) => ({ ...event, at: Math.max(0, round(at - this.#beganAt)) }));
  }

  /** Types a line, key by key. */
  async type(pane: number, line: string, keyMs = KEY_MS): Promise<void> {
    for (const key of line) {
      await this.#send(pane, key);
      await pause(keyMs);
    }
    await this.#sees(pane, (text) => plain(text).endsWith(line), line);
    this.#unseen[pane] = "";
    await this.#send(pane, "\r");
  }

  async #send(pane: number, text: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(JSON.stringify([pane, text]) + "\n"));
  }

  /** Waits until a terminal shows something that it has not shown when the last line was typed. */
  async sees(pane: number, what: string | RegExp): Promise<void> {
    await this.#sees(
      pane,
      (text) => what === PROMPT ? /(^|\n)\$ $/.test(plain(text)) : plain(text).match(what) !== null,
      String(what),
    );
    this.#unseen[pane] = "";
  }

  async #sees(pane: number, good: (text: string) => boolean, what: string): Promise<void> {
    for (const deadlineMs = performance.now() + LIMIT_MS; !good(this.#unseen[pane]!);) {
      if (this.#hasEnded) throw new XcoreError("the terminals have ended", "Their last words stand above.");
      if (performance.now() > deadlineMs) {
        throw new XcoreError(
          `the terminal does not show \`${what.trim()}\`; it shows: ${
            plain(this.#unseen[pane]!).slice(-500)
          }`,
          "Run it again when the machine has less to do.",
        );
      }
      await pause(20);
    }
  }

  async close(): Promise<void> {
    await this.#keys.close().catch(() => {});
    await this.#reading;
    await this.#child.status;
  }
}

/** Without the terminal's own language. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, "").replaceAll("\r", "");
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
