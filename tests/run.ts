/**
 * The runner behind `deno task test` (every stage) and `deno task test:quick`. It prepares what the tests need, runs the
 * stages named, or all, and closes with `N passed, N failed`.
 * @module
 */

import { pythonEnvironment } from "../tools/python_env.ts";
import { fetchPackages } from "./runner/packages.ts";
import { broken, closing, type Outcome } from "./runner/report.ts";
import { rowsOf, STAGES, UnknownStageError } from "./runner/stages.ts";

async function main(args: readonly string[]): Promise<number> {
  let rows: string[][];
  try {
    rows = rowsOf(args);
  } catch (error) {
    if (!(error instanceof UnknownStageError)) throw error;
    console.error(`Cannot run the tests: ${error.message}.`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  try {
    const python = await pythonEnvironment();
    await fetchPackages();
    for (const row of rows) {
      outcomes.push(...(await Promise.all(row.map((name) => stage(name, python)))).flat());
    }
  } catch (error) {
    outcomes.push(broken("Cannot run the tests", error));
  }
  const { lines, code } = closing(outcomes, Deno.env.get("CI") === "true");
  console.log("\n" + lines.join("\n"));
  return code;
}

/** A stage that cannot be prepared fails, and the others run. */
async function stage(name: string, python: string): Promise<Outcome[]> {
  try {
    return await STAGES[name]!(python);
  } catch (error) {
    return [broken(`Cannot run the stage ${name}`, error)];
  }
}

Deno.exit(await main(Deno.args));
