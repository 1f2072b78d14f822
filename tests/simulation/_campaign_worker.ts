/** One core's part of a campaign. @module */

import { emptyTally, runSeeds } from "./_campaign.ts";

/** Seeds to simulate. */
export interface Share {
  readonly from: number;
  readonly count: number;
}

/** Their results. */
export interface Done {
  readonly violations: ReadonlyMap<number, string>;
  readonly counts: ReadonlyMap<string, number>;
}

/**
 * What a web worker sees of itself. The library of types that has all of it would change the types
 * of all other files.
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
