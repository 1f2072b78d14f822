/** A printer that keeps what is printed. */

import type { Colours, Printer } from "../../../lib/cli/printer.ts";

/** Text stays as it is. */
export const PLAIN: Colours = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  yellow: (text) => text,
  green: (text) => text,
};

/** Text in colours, as a terminal gets it. */
export const COLOURED: Colours = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  red: (text) => `\x1b[31m${text}\x1b[39m`,
  yellow: (text) => `\x1b[33m${text}\x1b[39m`,
  green: (text) => `\x1b[32m${text}\x1b[39m`,
};

/** What was printed. */
export interface Printed {
  /** stdout as it stands. */
  out: string;
  /** Lines of stderr. */
  readonly said: string[];
  /** Lines of stderr that took each other's place. */
  readonly passed: string[];
}

/**
 * A printer and what it printed.
 *
 * @param screen the terminal; null: none
 */
export function keepingPrinter(
  screen: { columns: number; rows: number } | null = null,
): { readonly printer: Printer; readonly printed: Printed } {
  const printed: Printed = { out: "", said: [], passed: [] };
  const printer: Printer = {
    out: (text) => printed.out += text.endsWith("\n") ? text : `${text}\n`,
    json: (document) => printed.out += `${JSON.stringify(document)}\n`,
    say: (line) => printed.said.push(line),
    pass: (line) => printed.passed.push(line),
    ask: (question) => Promise.reject(new Error(`nobody is there to answer: ${question}`)),
    part: (text) => printed.out += text,
    draw: (controls) => printed.out += controls,
    visible: (text) => text,
    screen: () => screen,
    colour: PLAIN,
    redraws: screen !== null,
    terminal: false,
  };
  return { printer, printed };
}
