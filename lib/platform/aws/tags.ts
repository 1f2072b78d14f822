/** What an instance's tags say: they are the record of what exists, and of whose it is. @module */

import type { Attempt } from "../../model/mod.ts";
import type { Tag } from "./client.ts";

/** Names of our tags; a person's own never begin with `xcore-`. */
export const TAG = {
  cluster: "xcore-cluster",
  role: "xcore-role",
  attempt: "xcore-request",
  names: "xcore-names",
  pool: "xcore-pool",
  accelerator: "xcore-accelerator",
} as const;

/** Value of the role tag on workers. */
export const WORKER = "worker";

/** Characters in a tag's value (EC2 User Guide, Tag restrictions). */
const TAG_VALUE_CHARACTERS = 256;

/** The tags of a launch call: all its instances have the same. */
export function tagsOf(clusterId: string, attempt: Attempt, own: Readonly<Record<string, string>>): Tag[] {
  const tags: Record<string, string> = {
    ...own,
    Name: own.Name ?? `${clusterId}-${WORKER}`,
    [TAG.cluster]: clusterId,
    [TAG.role]: WORKER,
    [TAG.attempt]: attempt.id,
    [TAG.names]: namesTag(attempt.names),
    [TAG.pool]: attempt.pool,
    ...(attempt.accelerator !== null && { [TAG.accelerator]: attempt.accelerator }),
  };
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags by name. */
export function readTags(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

const NUMBERED = /^(.*-)(0|[1-9]\d{0,8})$/;

/**
 * Names in one tag, in their order: `worker-0`, `worker-2` … `worker-9` are `worker-0 worker-2..9`, since a name each
 * would not leave room for 100.
 */
export function namesTag(names: readonly string[]): string {
  return runsOf(names).map(({ prefix, first, last }) => last === null ? prefix : wordOf(prefix, first, last))
    .join(" ");
}

function wordOf(prefix: string, first: number, last: number): string {
  return first === last ? `${prefix}${first}` : `${prefix}${first}..${last}`;
}

/** The names in a tag; empty when it is not one of ours. */
export function namesIn(tag: string): string[] {
  return tag.split(" ").filter((word) => word !== "").flatMap((word) => {
    const [, prefix, first, last] = /^(.*-)(\d{1,9})\.\.(\d{1,9})$/.exec(word) ?? [];
    if (prefix === undefined) return [word];
    const length = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length }, (_, i) => `${prefix}${Number(first) + i}`);
  });
}

/** As many of the names, from the first on, as go into one tag. The rest is for another attempt. */
export function namesThatFit(names: readonly string[]): readonly string[] {
  let [few, many] = [0, names.length];
  while (few < many) { // a longer list never has a shorter tag
    const middle = Math.ceil((few + many) / 2);
    if (namesTag(names.slice(0, middle)).length <= TAG_VALUE_CHARACTERS) few = middle;
    else many = middle - 1;
  }
  return names.slice(0, few);
}

interface Run {
  readonly prefix: string;
  readonly first: number;
  /** Null: the name has no number, and `prefix` is all of it. */
  last: number | null;
}

function runsOf(names: readonly string[]): Run[] {
  const runs: Run[] = [];
  for (const name of names) {
    const [, prefix, digits] = NUMBERED.exec(name) ?? [];
    if (prefix === undefined) {
      runs.push({ prefix: name, first: 0, last: null });
      continue;
    }
    const number = Number(digits);
    const before = runs.at(-1);
    if (before !== undefined && before.prefix === prefix && before.last === number - 1) before.last = number;
    else runs.push({ prefix, first: number, last: number });
  }
  return runs;
}
