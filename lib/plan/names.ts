/** What workers are called. @module */

const WORKER_NAME = /^worker-\d+$/;

/** Whether a worker of that name is of our making; whoever starts a `dask worker` by hand has another. */
export function isOurs(name: string): boolean {
  return WORKER_NAME.test(name);
}

/** `worker-0`, `worker-1`, …: the lowest that are not taken. */
export function freeNames(taken: ReadonlySet<string>, count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    if (!taken.has(`worker-${i}`)) names.push(`worker-${i}`);
  }
  return names;
}
