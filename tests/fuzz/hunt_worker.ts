/** The thread in which a target runs. @module */

import { type Found, inputOf, keptInputs, type Outcome, type Said, targetOf, type Work } from "./hunt.ts";
import type { Target } from "./target.ts";

/** Calls that making an input smaller may take. */
const SHRINKING_CALLS = 400;

/** What the target throws for an input; null: nothing. */
async function failureOf(target: Target, input: Uint8Array): Promise<Error | null> {
  try {
    await target.check(input);
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What stays the same of a failure while its input is made smaller: its class, and where it is. */
function kindOf({ name, stack = "" }: Error): string {
  return `${name} ${/at .*/.exec(stack)?.[0] ?? ""}`;
}

/** The input without what the failure does not need. */
async function shrunk(target: Target, input: Uint8Array, kind: string): Promise<Uint8Array> {
  let calls = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < input.length && calls < SHRINKING_CALLS;) {
      const less = new Uint8Array([...input.subarray(0, from), ...input.subarray(from + size)]);
      const failure = await failureOf(target, less);
      calls++;
      if (failure !== null && kindOf(failure) === kind) input = less;
      else from += size;
    }
  }
  return input;
}

/** What of a worker's globals is used: TypeScript has them in a library that excludes this project's. */
const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<Work>) => Promise<void>;
  postMessage(said: Said): void;
};

const say = (said: Said) => thread.postMessage(said);

thread.onmessage = async ({ data }) => {
  const target = await targetOf(data.target);
  const kept = keptInputs(data.target);
  let tried = 0;
  let slowest: Outcome["slowest"] = { input: new Uint8Array(), ms: 0 };
  const kinds = new Set<string>();
  const attempt = async (input: Uint8Array) => {
    const startedMs = performance.now();
    const failure = await failureOf(target, input);
    const ms = performance.now() - startedMs;
    if (ms > slowest.ms) slowest = { input, ms };
    tried++;
    if (failure === null || kinds.has(kindOf(failure))) return;
    kinds.add(kindOf(failure));
    const small = await shrunk(target, input, kindOf(failure));
    const error = (await failureOf(target, small) ?? failure).stack ?? String(failure);
    say({ is: "found", found: { input: small, error } satisfies Found });
  };
  for (const input of data.inputs) {
    say({ is: "begins", input });
    await attempt(input);
  }
  const [first, count] = data.seeds;
  const endMs = performance.now() + data.forMs;
  for (let seed = first; seed < first + count && performance.now() < endMs; seed++) {
    say({ is: "begins", input: seed });
    await attempt(inputOf(target, kept, seed));
  }
  // The first call of a target starts what it needs.
  const startedMs = performance.now();
  await failureOf(target, slowest.input);
  slowest = { ...slowest, ms: Math.min(slowest.ms, performance.now() - startedMs) };
  await target.close?.();
  say({ is: "done", tried, slowest });
};
