/** What a tool does with an error: one line for whoever typed it, and the rest into a file. @module */

import { keepInCache } from "./cache_folder.ts";
import { DenoFailure } from "./run_deno.ts";

/**
 * Runs a tool and ends the process: with 1 when it throws.
 *
 * @param doing what the tool does, `compile xcore`
 */
export async function runTool(doing: string, body: () => Promise<unknown> | void): Promise<never> {
  try {
    await body();
    Deno.exit(0);
  } catch (error) {
    console.error(await failureLine(doing, error));
    Deno.exit(1);
  }
}

/** The line for an error. The stack of one that nobody has thought of is kept in a file that the line names. */
export async function failureLine(doing: string, error: unknown): Promise<string> {
  const message = (error instanceof Error ? error.message : String(error)).split("\n")[0]!.replace(/\.$/, "");
  const line = `Cannot ${doing}: ${message}.`;
  const known = error instanceof DenoFailure || error instanceof Error && error.constructor === Error;
  if (known || !(error instanceof Error)) return line;
  const log = await keepInCache(`${doing.replaceAll(/\W+/g, "-")}.log`, `${error.stack}\n`);
  return log === null ? line : `${line} The whole story is in ${log}`;
}
