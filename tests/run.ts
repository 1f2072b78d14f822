/**
 * The runner behind `deno task test` (every stage) and `deno task test:quick`. It prepares what the tests need, runs the
 * stages or files named, or all, and closes with `N passed, N failed`.
 * @module
 */

import { pythonEnvironment } from "../tools/python_env.ts";
import { lackToEnclose } from "./emulators/enclosed.ts";
import { fetchPackages } from "./runner/packages.ts";
import { packerWithPlugins } from "./runner/packer.ts";
import { broken, closing, type Outcome } from "./runner/report.ts";
import { type Choice, rowsOf, STAGES, UnknownTestsError } from "./runner/stages.ts";

async function main(args: readonly string[]): Promise<number> {
  let rows: Choice[][];
  try {
    rows = rowsOf(args);
  } catch (error) {
    if (!(error instanceof UnknownTestsError)) throw error;
    console.error(`Cannot run the tests: ${error.message}.`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  try {
    const python = await pythonEnvironment();
    await fetchPackages();
    beginEarly(rows.flat());
    for (const row of rows) {
      outcomes.push(...(await Promise.all(row.map((choice) => outcomesOf(choice, python)))).flat());
    }
  } catch (error) {
    outcomes.push(broken("Cannot run the tests", error));
  }
  const { lines, code } = closing(outcomes, Deno.env.get("CI") === "true");
  console.log("\n" + lines.join("\n"));
  return code;
}

/** Packer takes minutes to build, and the last row alone needs it: it gets what the rows before leave of the cores. */
function beginEarly(choices: readonly Choice[]): void {
  const clouds = choices.filter(({ stage, files }) => ["aws", "gcp"].includes(stage) && files === null);
  if (clouds.length > 0 && lackToEnclose() === null) void packerWithPlugins();
}

/** A stage that cannot be prepared fails, and the others run. */
async function outcomesOf({ stage, files }: Choice, python: string): Promise<Outcome[]> {
  const startedMs = performance.now();
  try {
    return await STAGES[stage]!.run(python, files);
  } catch (error) {
    return [broken(`Cannot run the stage ${stage}`, error)];
  } finally {
    console.error(`\n== ${stage} took ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  }
}

Deno.exit(await main(Deno.args));
