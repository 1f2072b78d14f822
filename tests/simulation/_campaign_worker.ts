/** One core's part of a campaign. @module */

import { emptyTally, runSeeds } from "./_campaign.ts";

/** Seeds to live through. */
export interface Share {
  readonly from: number;
  readonly count: number;
}

/** What came of them. */
export interface Done {
  readonly violations: ReadonlyMap<number, string>;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * What a worker sees of itself; the whole of it, as a library of types, would change those of all
 * other files.
 */
interface Scope {
  onmessage(event: MessageEvent<Share>): void;
  postMessage(done: Done): void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = async ({ data: { from, count } }) => {
  const { violations, counts } = emptyTally();
  await runSeeds({ seeds: 0, violations, counts }, from, count);
  scope.postMessage({ violations, counts });
};
