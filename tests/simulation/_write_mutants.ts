/**
 * Writes the mutants' sources as JSON into the file that is named after `--`; run as a test, by
 * mutants.ts.
 * @module
 */

import { mutantsOf } from "./_mutants.ts";
import { MUTATIONS } from "./_mutations.ts";

await Deno.writeTextFile(Deno.args[0]!, JSON.stringify(mutantsOf(MUTATIONS)));
