/** What Terraform says with `-json`, a line an event, and why a run failed. Pure. @module */

import { ConflictError, PrerequisiteError, XcoreError } from "../../errors.ts";
import { oneLine, shown } from "../../util/one_line.ts";
import type { Share } from "../base.ts";
import { upgradeHint } from "./provider_lock.ts";

/**
 * What Terraform says with `-json`, a line an event:
 * https://developer.hashicorp.com/terraform/internals/machine-readable-ui
 */

/** What is to be done, or is done, to a resource. */
export type Change = "create" | "update" | "delete" | "replace";

/** An event that this project goes by. */
export type TerraformEvent =
  | { readonly is: "planned"; readonly address: string; readonly type: string; readonly change: Change }
  | { readonly is: "started"; readonly address: string; readonly change: Change }
  /** It is still at it. */
  | { readonly is: "waiting"; readonly address: string; readonly change: Change; readonly elapsedS: number }
  | { readonly is: "done"; readonly address: string; readonly change: Change }
  | {
    readonly is: "error";
    readonly summary: string;
    readonly detail: string;
    readonly address: string | null;
  }
  /** No event at all: what a program says that breaks down. */
  | { readonly is: "noise"; readonly text: string };

const CHANGES: readonly string[] = ["create", "update", "delete", "replace"] satisfies Change[];

/** The event in a line; null when this project does not use it. */
export function parseEvent(line: string): TerraformEvent | null {
  if (line.trim() === "") return null;
  const event = objectIn(line);
  if (event === null) return { is: "noise", text: line };
  const { type, change, hook, diagnostic } = event as Loose;
  switch (type) {
    case "planned_change": {
      const planned = changeOf(change?.action);
      const address = text(change?.resource?.addr);
      if (planned === null) return null; // a data source's read, or nothing
      return { is: "planned", address, type: text(change?.resource?.resource_type), change: planned };
    }
    case "apply_start":
    case "apply_progress":
    case "apply_complete": {
      const applied = changeOf(hook?.action);
      const address = text(hook?.resource?.addr);
      if (applied === null) return null;
      if (type === "apply_start") return { is: "started", address, change: applied };
      if (type === "apply_complete") return { is: "done", address, change: applied };
      return { is: "waiting", address, change: applied, elapsedS: Number(hook?.elapsed_seconds ?? 0) || 0 };
    }
    case "diagnostic":
      if (diagnostic?.severity !== "error") return null;
      return {
        is: "error",
        summary: text(diagnostic.summary),
        detail: text(diagnostic.detail),
        address: diagnostic.address ?? null,
      };
    default:
      return null;
  }
}

/** As far as an event is read here. */
interface Loose {
  readonly type?: string;
  readonly change?: { action?: string; resource?: { addr?: string; resource_type?: string } };
  readonly hook?: { action?: string; elapsed_seconds?: number; resource?: { addr?: string } };
  readonly diagnostic?: { severity?: string; summary?: string; detail?: string; address?: string };
}

function objectIn(line: string): object | null {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** OpenTofu and Terraform call the removal by several names. */
function changeOf(action: string | undefined): Change | null {
  const name = action === "remove" ? "delete" : action;
  return name !== undefined && CHANGES.includes(name) ? name as Change : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

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
        // A resource that is replaced is removed first: its second completion is the one that
        // counts, and the first
        // is none too many, as it is the same address.
        this.#done.add(event.address);
        return this.#step(`${DOING[event.change]} ${nameOf(event.address)}: done`);
      default:
        return null;
    }
  }

  #step(line: string): Step {
    return {
      line: shown(line),
      share: { done: this.#done.size, total: Math.max(this.#planned.size, this.#done.size) },
    };
  }
}

/** A resource's address in words: `CLOUD_subnet.this["eu-west-2a"]` → `subnet eu-west-2a`. */
export function nameOf(address: string): string {
  // What is longer is none of ours, and matching it would take seconds.
  if (address.length > LONGEST) return oneLine(address, LONGEST);
  const [, type = address, name = "", key] =
    /^(?:module\.\S+\.)?\w+?_(\w+)\.(\w+)(?:\[(.*)\])?$/.exec(address) ?? [];
  const words = [type.replaceAll("_", " ")];
  if (name !== "" && name !== "this") words.push(name);
  if (key !== undefined && !/^\d+$/.test(key)) words.push(key.replaceAll('"', ""));
  return words.join(" ");
}

/**
 * An error for what a cloud said, by its code; null when the text has none that is known. The text
 * is all that was said, with its line breaks.
 */
export type Classify = (text: string, doing: string) => XcoreError | null;

/** What failed and how. */
export interface Failure {
  /** `make the base`; completes "Cannot …". */
  readonly doing: string;
  readonly events: readonly TerraformEvent[];
  readonly code: number;
  /** Where all of it can be read. */
  readonly logPath: string;
  /** As `provider` in config.yaml has it. */
  readonly provider: string;
}

/** Longest part of a provider's message that is shown; some bring whole documents. */
const LONGEST = 300;

/** Exit codes above this are signals'. */
const KILLED = 128;

/** The error for a run that did not succeed. */
export function terraformFailure(failure: Failure, classify: Classify): XcoreError {
  const { doing, events, code, logPath } = failure;
  const refused = packageRefused(failure);
  if (refused !== null) return refused;
  const error = events.find((event) => event.is === "error");
  const logHint = `All that it said is in ${logPath}.`;
  if (error === undefined && code > KILLED) {
    return new XcoreError(
      `Cannot ${doing}: Terraform was killed in the middle`,
      "Run the command again to go on; `xcore doctor` finds what Terraform could not write down.",
    );
  }
  if (error === undefined) {
    const found = [`exit code ${code}`, errorOutside(events)].filter((part) => part !== "").join(": ");
    return new XcoreError(`Cannot ${doing}: Terraform ended with ${found}`, logHint);
  }
  if (/acquiring the state lock/i.test(error.summary)) {
    return new ConflictError(
      `Cannot ${doing}: another Terraform is at work on this cluster`,
      "Wait until it has ended, then run this again.",
    );
  }
  const said = `${error.summary}\n${error.detail}`;
  return classify(said.trim(), doing) ??
    new XcoreError(`Cannot ${doing}: ${oneLine(error.summary, LONGEST)}`, logHint, said);
}

/** What it said outside of events: from its `Error:` on where it has one, else the last line. */
function errorOutside(events: readonly TerraformEvent[]): string {
  const lines = events.flatMap((event) => event.is === "noise" ? [event.text] : []);
  const start = lines.findIndex((line) => line.startsWith("Error: "));
  // Where there is none, -1: the last line.
  return oneLine(lines.slice(start).join(" "), LONGEST);
}

/**
 * What Terraform says of a package that is not the recorded one, its lines joined. By the sources of
 * Terraform 1.1 to 1.11 and OpenTofu 1.6 to 1.10.
 */
const OTHER_PACKAGE =
  /((?:[\w.-]+\/)?[\w-]+\/[\w-]+) v?(\d[\w.+-]*\w).{0,80}? (?:doesn't|does not) match (any of the (?:checksums|packages)|configured version constraint)/;

/** Of a lock file that lacks what the templates ask for. */
const OTHER_PROVIDERS = /Provider dependency changes detected|Inconsistent dependency lock file/;

function packageRefused({ doing, events, provider }: Failure): XcoreError | null {
  const said = events.flatMap((event) =>
    event.is === "noise" ? [event.text] : event.is === "error" ? [event.summary, event.detail] : []
  ).join(" ").replaceAll(/[╷│╵\s]+/g, " ");
  const [, source = "", version, what = ""] = OTHER_PACKAGE.exec(said) ?? [];
  if (source === "" && !OTHER_PROVIDERS.test(said)) return null;
  const name = `${source.split("/").slice(-2).join("/")} ${version}`;
  const found = source === ""
    ? "its templates need a provider other than those recorded at the first init"
    : what.startsWith("any")
    ? `the package of ${name} is not the one recorded at the first init`
    : `${name} is recorded, and the templates do not allow it any more`;
  return new PrerequisiteError(`Cannot ${doing}: ${found}`, upgradeHint(provider), said);
}
