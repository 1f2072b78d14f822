/** What `init` says of the GPUs that workers have. Pure. @module */

import { type CheckResult, passed, warning } from "./check_result.ts";

/** The GPUs of a machine type, as its platform tells. */
export interface TypeGpus {
  readonly type: string;
  /** `T4`; null: it has none that a worker offers. */
  readonly gpu: string | null;
  /** Whole NVIDIA GPUs. */
  readonly count: number;
  /** Others that it has, in words: `AMD Radeon Pro V520`, `part of an NVIDIA L4`. */
  readonly others: readonly string[];
  /** What to choose for a single GPU of this kind; null: unknown. */
  readonly single: string | null;
}

const NAME = "GPU";

/**
 * One result for each type with a GPU. A worker has all of its machine: one with four GPUs is one
 * worker that offers four, and costs for all of them while one task runs.
 */
export function gpuChecks(types: readonly TypeGpus[]): CheckResult[] {
  return types.flatMap(({ type, gpu, count, others, single }) => {
    const found = others.length === 0 ? [] : [
      warning(
        NAME,
        `${type} has ${
          others.join(", ")
        }: xcore installs drivers for whole NVIDIA GPUs only, so its workers offer no GPU`,
        "Choose a type with a whole NVIDIA GPU; or use an image with the driver, and a pool with `resources: {GPU: 1}`.",
      ),
    ];
    if (count === 0) return found;
    if (count === 1) return [...found, passed(NAME, `a worker of ${type} has one ${gpu}, and offers GPU: 1`)];
    return [
      ...found,
      warning(
        NAME,
        `${type} has ${count} × ${gpu}, and is one worker that offers GPU: ${count}: tasks of one GPU each leave the others idle`,
        single === null
          ? "For tasks of one GPU each choose a type that has one, or set slots_per_worker to that number."
          : `For tasks of one GPU each choose ${single}; else set slots_per_worker to the number of tasks at a time.`,
      ),
    ];
  });
}
