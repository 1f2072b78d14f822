/** How far Terraform is, from its events. Pure. @module */

import type { Share } from "../base.ts";
import type { Change, TerraformEvent } from "./events.ts";

/** What is to be said after an event. */
export interface Step {
  readonly line: string;
  readonly share: Share;
}

const DOING: Readonly<Record<Change, string>> = {
  create: "Making",
  update: "Changing",
  delete: "Removing",
  replace: "Replacing",
};

/** Counts a run's resources: total is what was planned, done what is complete. */
export class Tally {
  readonly #planned = new Set<string>();
  readonly #done = new Set<string>();

  /** @param planned addresses that an earlier run planned for this one */
  constructor(planned: Iterable<string> = []) {
    for (const address of planned) this.#planned.add(address);
  }

  /** What to say after this event; null when nothing. */
  take(event: TerraformEvent): Step | null {
    switch (event.is) {
      case "planned":
        this.#planned.add(event.address);
        return null;
      case "started":
        return this.#step(`${DOING[event.change]} ${nameOf(event.address)}`);
      case "waiting":
        return this.#step(`${DOING[event.change]} ${nameOf(event.address)} (${event.elapsedS} s)`);
      case "done":
        // A resource that is replaced is removed first: its second completion is the one that counts, and the first
        // is none too many, as it is the same address.
        this.#done.add(event.address);
        return this.#step(`${DOING[event.change]} ${nameOf(event.address)}: done`);
      default:
        return null;
    }
  }

  #step(line: string): Step {
    return { line, share: { done: this.#done.size, total: Math.max(this.#planned.size, this.#done.size) } };
  }
}

/** A resource's address in words: `aws_subnet.this["eu-west-2a"]` → `subnet eu-west-2a`. */
export function nameOf(address: string): string {
  const [, type = address, name = "", key] =
    /^(?:module\.\S+\.)?\w+?_(\w+)\.(\w+)(?:\[(.*)\])?$/.exec(address) ?? [];
  const words = [type.replaceAll("_", " ")];
  if (name !== "" && name !== "this") words.push(name);
  if (key !== undefined && !/^\d+$/.test(key)) words.push(key.replaceAll('"', ""));
  return words.join(" ");
}
