/**
 * The runner behind `deno task test` (every stage) and `deno task test:quick`. It prepares what the tests need, runs the
 * stages named, or all, and closes with `N passed, N failed`.
 * @module
 */

import { pythonEnvironment } from "../tools/python_env.ts";
import { closing, type Outcome } from "./runner/report.ts";
import { fetchPackages, ROWS, STAGES } from "./runner/stages.ts";

async function main(args: readonly string[]): Promise<number> {
  const known = ROWS.flat();
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) {
    console.error(`Cannot run the stage ${unknown}: there are ${known.join(" and ")}.`);
    return 2;
  }
  const outcomes: Outcome[] = [];
  try {
    const python = await pythonEnvironment();
    await fetchPackages();
    for (const row of args.length > 0 ? args.map((name) => [name]) : ROWS) {
      outcomes.push(...(await Promise.all(row.map((name) => STAGES[name]!(python)))).flat());
    }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    outcomes.push({
      passed: 0,
      failed: [{ name: `Cannot run the tests: ${what}`, reason: "" }],
      skipped: [],
    });
  }
  const { lines, code } = closing(outcomes, Deno.env.get("CI") === "true");
  console.log("\n" + lines.join("\n"));
  return code;
}

Deno.exit(await main(Deno.args));
