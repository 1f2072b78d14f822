/** A terminal with a person's hands: a program in tmux, keys sent to it, the screen read back. */

import assert from "node:assert/strict";

const PATIENCE_MS = 120_000;
const POLL_MS = 30;

/** How a terminal is made. */
export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Added to the environment of what runs in it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A terminal; what runs in it is gone when `withTerminal` ends. */
export interface Terminal {
  /** Presses keys, each by tmux's name for it (`Tab`, `C-c`), or types text. */
  press(...keys: string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** What is to be seen, without the blanks at the ends of lines. */
  screen(): Promise<string>;
  /** Looks until what is to be seen is as it should be. */
  sees(what: string | RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** All that was written to the terminal, escapes and all, once this is in it: it comes here later than to the screen. */
  written(what: string | RegExp): Promise<string>;
  /** A format of tmux, such as `#{cursor_flag}`. */
  ask(format: string): Promise<string>;
}

/** Runs `body` with a terminal in which `command` runs. */
export async function withTerminal(
  command: readonly string[],
  { columns = 80, rows = 24, env = {}, cwd }: TerminalOptions,
  body: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "xcore-tmux-" });
  const record = `${folder}/written`;
  await Deno.writeTextFile(record, "");
  const tmux = async (...args: string[]) =>
    await output("tmux", ["-S", `${folder}/socket`, "-f", "/dev/null", ...args]);
  const set = Object.entries(env).map(([name, value]) => quoted(`${name}=${value}`));
  // The program starts only when its output is being recorded.
  const started = `read -r _ <${quoted(`${folder}/go`)}; exec env ${
    [...set, ...command.map(quoted)].join(" ")
  }`;
  await output("mkfifo", [`${folder}/go`]);
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux(
    "new-session",
    "-d",
    ...size,
    ...(cwd === undefined ? [] : ["-c", cwd]),
    "sh",
    "-c",
    started,
  );
  try {
    await tmux("set-option", "-g", "status", "off");
    await tmux("resize-window", ...size);
    await tmux("pipe-pane", "-O", `cat >>${quoted(record)}`);
    await Deno.writeTextFile(`${folder}/go`, "go\n");
    /** Reads until what is read is as it should be. */
    const until = async (read: () => Promise<string>, what: string | RegExp, complaint: string) => {
      const deadlineMs = performance.now() + PATIENCE_MS;
      for (;;) {
        const seen = await read();
        if (typeof what === "string" ? seen.includes(what) : what.test(seen)) return seen;
        assert.ok(performance.now() < deadlineMs, `${complaint} ${what}. It is:\n${seen}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    };
    const screen = async () => (await tmux("capture-pane", "-p")).replaceAll(/ +$/gm, "").trimEnd();
    await body({
      press: async (...keys) => void await tmux("send-keys", ...keys),
      type: async (text) => void await tmux("send-keys", "-l", text),
      screen,
      sees: (what) => until(screen, what, "The screen never shows"),
      resize: async (x, y) => void await tmux("resize-window", "-x", String(x), "-y", String(y)),
      written: (what) => until(() => Deno.readTextFile(record), what, "What is written never has"),
      ask: async (format) => (await tmux("display-message", "-p", format)).trim(),
    });
  } finally {
    await tmux("kill-server");
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a program to its end, which has to be good. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const { TMUX: _, ...env } = Deno.env.toObject();
  const child = new Deno.Command(program, { args: [...args], clearEnv: true, env, stdin: "null" });
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** The text as one word of a shell's. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
