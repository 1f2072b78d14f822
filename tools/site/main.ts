/**
 * `deno task docs`: builds the documentation as a site in `dist/site`, and checks where its links lead. `deno task
 * docs:serve` shows it on this machine.
 * @module
 */

import { XcoreError } from "../../lib/errors.ts";
import { endWith } from "../failure.ts";
import { ROOT } from "../run_deno.ts";
import { buildSite } from "./build_site.ts";
import { serveSite } from "./serve_site.ts";

const FOLDER = `${ROOT}dist/site`;

/** The words for each thing that can be wrong. */
const WORDS = {
  missing: "leads nowhere",
  anchor: "leads to no heading of that page",
  foreign: "is loaded from another host",
} as const;

async function main(): Promise<void> {
  const faults = await buildSite(FOLDER);
  for (const { page, address, what } of faults) console.error(`${page}: ${address} ${WORDS[what]}`);
  if (faults.length > 0) {
    throw new XcoreError(
      `${faults.length} ${faults.length === 1 ? "link is" : "links are"} wrong`,
      "Correct the pages named above, in the repository.",
    );
  }
  console.log(`Wrote dist/site: open dist/site/index.html, or type \`deno task docs:serve\`.`);
}

if (import.meta.main) {
  try {
    await main();
    if (Deno.args[0] === "serve") Deno.exit(await serveSite(FOLDER));
  } catch (error) {
    endWith("build the documentation's site", error);
  }
}
