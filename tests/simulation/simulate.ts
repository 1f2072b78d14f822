/** `deno task simulate SEED`: one seed, with its trace. @module */

import { simulate } from "./simulation.ts";

const seed = Number(Deno.args[0]);
if (!Number.isInteger(seed)) {
  console.error("Which seed? deno task simulate SEED");
  Deno.exit(2);
}
const { violation, trace, simulatedS } = await simulate(seed, { isTraced: true });
console.log(trace.join("\n"));
console.log(
  violation === null
    ? `\nseed ${seed}: every promise kept, in ${simulatedS} s`
    : `\nseed ${seed}: ${violation}`,
);
Deno.exit(violation === null ? 0 : 1);
