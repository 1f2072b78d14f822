import { explain } from "./_campaign.ts";
import { simulate } from "./simulation.ts";

/**
 * Seeds that broke a promise once, by what was wrong then. A seed is another story after a change of what seeds decide:
 * `deno task test:mutants` tells by which seed each of these bugs is found now.
 */
const FOUND: Readonly<Record<string, readonly number[]>> = {};

for (const [wrong, seeds] of Object.entries(FOUND)) {
  Deno.test(`mended: ${wrong}`, async () => {
    for (const seed of seeds) {
      const { violation } = await simulate(seed);
      if (violation !== null) throw new Error(await explain(seed, violation));
    }
  });
}
