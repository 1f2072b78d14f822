/** Commands that a person is told to type, for the cluster that the command line has named. @module */

import type { Printer } from "./print.ts";

/** A command in a text for people; one that names a cluster itself, or asks for help, is right as it is. */
const COMMAND = /`xcore (?!-c |[^`]*-h`)/g;

/**
 * The printer, with `-c NAME` in the commands that it tells of: without, they would be another cluster's.
 *
 * @param named the name that the command line has; undefined: none
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
