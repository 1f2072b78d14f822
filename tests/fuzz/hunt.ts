/** Runs a target on inputs in a thread of its own: one that hangs is named as one that fails. @module */

import { Random } from "../support/fakes/random.ts";
import { mutate } from "./mutate.ts";
import type { Target } from "./target.ts";

/** The targets, each the file of its name in `targets/`. */
export const TARGETS = [
  "config",
  "control_socket",
  "names",
  "old_config",
  "preload_bodies",
  "scheduler_answer",
  "terraform_event",
] as const;

/** The name of a target. */
export type TargetName = typeof TARGETS[number];

/** Where the inputs of a target are kept. */
export function keptFolder(name: TargetName): URL {
  return new URL(`kept/${name}/`, import.meta.url);
}

/** The target of a name. */
export async function targetOf(name: TargetName): Promise<Target> {
  const module = await import(new URL(`targets/${name}.ts`, import.meta.url).href);
  return module[name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())];
}

/** The inputs that are kept for a target, by their names. */
export function keptInputs(name: TargetName): Map<string, Uint8Array> {
  const folder = keptFolder(name);
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  return new Map(names.map((file) => [file, Deno.readFileSync(new URL(file, folder))]));
}

/** Bytes of an input that is drawn; those that are kept may be longer. */
const LONGEST = 4096;

/** The input of a seed: the same as long as target and kept inputs are. */
export function inputOf(
  target: Target,
  kept: ReadonlyMap<string, Uint8Array>,
  seed: number,
): Uint8Array {
  const { longest = LONGEST } = target;
  const texts = target.seeds.map((text) => new TextEncoder().encode(text));
  const corpus = [...kept.values(), ...texts].filter(({ length }) => length <= 2 * longest);
  return mutate(new Random(seed), corpus, target.pieces, longest);
}

/** Which inputs to try. */
export interface Work {
  readonly target: TargetName;
  /** Inputs as they are. */
  readonly inputs: readonly Uint8Array[];
  /** The first seed, and how many. */
  readonly seeds: readonly [from: number, count: number];
  /** Milliseconds after which no further seed is begun. */
  readonly forMs: number;
}

/** An input for which the property does not hold. */
export interface Found {
  /** As small as it could be made. */
  readonly input: Uint8Array;
  /** What was thrown. */
  readonly error: string;
}

/** What a hunt comes to. */
export interface Outcome {
  readonly found: readonly Found[];
  readonly tried: number;
  /** The input that took longest, and its milliseconds. */
  readonly slowest: { readonly input: Uint8Array; readonly ms: number };
}

/** What the thread says. */
export type Said =
  | { readonly is: "begins"; readonly input: Uint8Array | number }
  | { readonly is: "found"; readonly found: Found }
  | { readonly is: "done"; readonly tried: number; readonly slowest: Outcome["slowest"] };

/** No input takes seconds; on a machine under load, not this long either. */
const HANGS_AFTER_MS = 60_000;

/**
 * Tries inputs, and returns those that break the target.
 *
 * @param most stops after so many
 */
export async function hunt(work: Work, most: number): Promise<Outcome> {
  const found: Found[] = [];
  const worker = new Worker(new URL("./hunt_worker.ts", import.meta.url), { type: "module" });
  let last: Uint8Array | number | null = null;
  let tried = 0;
  const inputLast = async () => {
    if (typeof last !== "number") return last ?? new Uint8Array();
    return inputOf(await targetOf(work.target), keptInputs(work.target), last);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const ended = await new Promise<{ error: string } | Outcome["slowest"]>((resolve) => {
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve({ error: "it hangs" }), HANGS_AFTER_MS);
      };
      worker.onmessage = ({ data }: MessageEvent<Said>) => {
        watch();
        if (data.is === "begins") last = data.input;
        else if (data.is === "found") {
          found.push(data.found);
          if (found.length >= most) resolve({ input: new Uint8Array(), ms: 0 });
        } else {
          tried = data.tried;
          resolve(data.slowest);
        }
      };
      worker.onerror = (event) => {
        event.preventDefault();
        resolve({ error: `outside of the call: ${event.message}` });
      };
      watch();
      worker.postMessage(work);
    });
    if ("ms" in ended) return { found, tried, slowest: ended };
    found.push({ input: await inputLast(), error: ended.error });
    return { found, tried, slowest: { input: new Uint8Array(), ms: 0 } };
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
