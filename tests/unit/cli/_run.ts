/** The program in this very process, in a home of the test's. */

import { main, programFor } from "../../../lib/cli/main.ts";
import type { Context } from "../../../lib/cli/context.ts";
import { complete } from "../../../lib/cli/commands/shell_commands.ts";
import type { Suggestions } from "../../../lib/cli/completions/completer.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { keepingPrinter } from "./_printer.ts";

/** The machine, with nothing in its environment but a home. */
export function runtimeIn(home: string, env: Readonly<Record<string, string>> = {}): Runtime {
  const all: Readonly<Record<string, string>> = { XCORE_HOME: home, ...env };
  return { ...systemRuntime(null), env: (name) => all[name] };
}

/** Runs a command line; returns its exit code and what it printed. */
export async function run(
  home: string,
  words: readonly string[],
): Promise<{ code: number; out: string; said: readonly string[] }> {
  const { printer, printed } = keepingPrinter();
  const code = await main(runtimeIn(home), words, printer);
  return { code, ...printed };
}

/** What the whole program suggests after these words, the last of which is being typed. */
export async function suggested(
  home: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Suggestions> {
  const { program, context } = programFor(runtimeIn(home, env), keepingPrinter().printer);
  return await complete(program, words, context);
}

/** The words alone. */
export function valuesOf(found: Suggestions): readonly string[] | "files" {
  return found === "files" ? found : found.map(({ value }) => value);
}

/** A context without a program: its options are these. */
export function contextIn(home: string, options: ReturnType<Context["options"]> = {}): Context {
  return { runtime: runtimeIn(home), printer: keepingPrinter().printer, options: () => options };
}
