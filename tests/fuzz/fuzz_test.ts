/** Replays what is kept for each target, and tries the inputs of a fixed number of fixed seeds. */

import assert from "node:assert/strict";
import { hunt, keptInputs, targetOf, TARGETS } from "./hunt.ts";

for (const name of TARGETS) {
  Deno.test(`whatever is read, ${name} answers or refuses`, async () => {
    const { runs } = await targetOf(name);
    const inputs = [...keptInputs(name).values()];
    assert.ok(inputs.length > 0, "nothing is kept");
    const { found, tried } = await hunt({ target: name, inputs, seeds: [1, runs], forMs: Infinity }, 5);
    const shown = found.map(({ input, error }) =>
      `${error}\nfor ${JSON.stringify(new TextDecoder().decode(input))}`
    );
    assert.equal(shown.join("\n\n"), "");
    assert.equal(tried, inputs.length + runs);
  });
}
