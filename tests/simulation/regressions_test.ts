import { explain } from "./_campaign.ts";
import { FOUND } from "./_found.ts";
import { simulate } from "./simulation.ts";

for (const [wrong, seeds] of Object.entries(FOUND)) {
  Deno.test(`fixed: ${wrong}`, async () => {
    for (const seed of seeds) {
      const { violation } = await simulate(seed);
      if (violation !== null) throw new Error(await explain(seed, violation));
    }
  });
}
