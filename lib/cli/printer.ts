/** The only place that writes to the console. @module */

import pico from "npm:picocolors@1.1.1";
import { shown, shownLines } from "../util/one_line.ts";

/** Erases a terminal's row from the cursor on. */
const ERASE_REST = "\x1b[K";

/** How a run of the program prints and asks. */
export interface Printer {
  /** The answer: stdout. */
  out(text: string): void;
  /** The answer as one JSON document: stdout. */
  json(document: unknown): void;
  /** Progress and everything else that is not the answer: stderr. */
  say(line: string): void;
  /** A line on the terminal's stderr, at most one row, that the next line of any kind replaces. */
  pass(line: string): void;
  /** Asks a yes-or-no question; anything but y or yes is no. */
  ask(question: string): Promise<boolean>;
  /** A part of the answer, no line end added: stdout. */
  part(text: string): void;
  /** What draws on the terminal, with what moves its cursor: stdout. */
  draw(controls: string): void;
  /** The text as all others are written: with what a terminal would obey as escapes. */
  visible(text: string): string;
  /** Columns and rows of the terminal on stdout; null if there is none that can be drawn on. */
  screen(): { readonly columns: number; readonly rows: number } | null;
  readonly colour: Colours;
  /** True when stderr is a terminal that a line can be drawn on again. */
  readonly redraws: boolean;
  /** True when a question can be asked: stdin and stderr are a terminal. */
  readonly terminal: boolean;
}

/** What `Colours` puts around a text, and nothing else that a terminal obeys. */
// deno-lint-ignore no-control-regex -- colours are control characters
const OWN_COLOURS = /(\x1b\[(?:0|1|2|22|31|32|33|39)m)/;

/**
 * The text as it is written: names, logs, answers and files of others may be part of it, and what a
 * terminal would obey is shown as escapes, but for line ends, tabs and the program's own colours.
 */
export function visibleText(text: string, coloured: boolean): string {
  if (!coloured) return shownLines(text);
  return text.split(OWN_COLOURS).map((part, i) => i % 2 === 1 ? part : shownLines(part)).join("");
}

/** Text in colour, or plain where colour is not wanted. */
export type Colours = Readonly<Record<"bold" | "dim" | "red" | "yellow" | "green", (text: string) => string>>;

/**
 * The printer for this process. A terminal that calls itself dumb is written to as a file is.
 *
 * @param env for NO_COLOR and TERM
 */
export function consolePrinter(env: (name: string) => string | undefined): Printer {
  const drawable = Deno.stdout.isTerminal() && env("TERM") !== "dumb";
  const passing = new PassingLine();
  const coloured = drawable && env("NO_COLOR") === undefined;
  const colours = pico.createColors(coloured);
  const visible = (text: string) => visibleText(text, coloured);
  return {
    out(text) {
      passing.clear();
      write(Deno.stdout, visible(text.endsWith("\n") ? text : `${text}\n`));
    },
    json(document) {
      passing.clear();
      write(Deno.stdout, `${shownLines(JSON.stringify(document, null, 2))}\n`);
    },
    say(line) {
      passing.clear();
      write(Deno.stderr, visible(`${line}\n`));
    },
    pass: (line) => passing.show(shown(line)),
    async ask(question) {
      passing.clear();
      write(Deno.stderr, visible(`${question} [y/N] `));
      const line = new Uint8Array(1024);
      const length = await Deno.stdin.read(line) ?? 0;
      return /^y(es)?$/i.test(new TextDecoder().decode(line.subarray(0, length)).trim());
    },
    part: (text) => write(Deno.stdout, visible(text)),
    draw: (controls) => write(Deno.stdout, controls),
    visible,
    screen: () => drawable ? sizeOf(Deno.consoleSize()) : null,
    colour: colours,
    redraws: Deno.stderr.isTerminal() && env("TERM") !== "dumb",
    terminal: Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  };
}

/** The line that the next one replaces. */
class PassingLine {
  #shown = false;

  show(line: string): void {
    const columns = sizeOf(Deno.consoleSize()).columns;
    write(Deno.stderr, `\r${line.slice(0, columns - 1)}${ERASE_REST}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) write(Deno.stderr, `\r${ERASE_REST}`);
    this.#shown = false;
  }
}

/** Some terminals report a size of 0. */
function sizeOf({ columns, rows }: { columns: number; rows: number }): { columns: number; rows: number } {
  return { columns: columns || 80, rows: rows || 24 };
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error; // `xcore status | head -1`
  }
}

/** A command in a text; one that names a cluster itself, or asks for help, needs no change. */
const COMMAND = /`xcore (?!-c |[^`]*-h`)/g;

/**
 * The printer, with `-c NAME` added to the commands in its texts, which would otherwise be another
 * cluster's.
 *
 * @param named the cluster that the command line names; undefined: none
 */
export function namingCluster(printer: Printer, named: () => string | undefined): Printer {
  const meant = (text: string) => {
    const name = named();
    return name === undefined ? text : text.replaceAll(COMMAND, () => `\`xcore -c ${name} `);
  };
  return {
    ...printer,
    out: (text) => printer.out(meant(text)),
    say: (line) => printer.say(meant(line)),
    pass: (line) => printer.pass(meant(line)),
    ask: (question) => printer.ask(meant(question)),
  };
}
