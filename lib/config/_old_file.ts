/** A config.yaml of the Python tool as it stands: its keys, sorted into those of use today and the others. @module */

import { fileFailure } from "./_failure.ts";
import { flowOf } from "./_flow.ts";
import { OLD_PARTS, todaysKey, whyUnused } from "./_old_keys.ts";
import { type Entry, type Mapping, type Mistake, type Node, plainOf } from "./_tree.ts";
import { CLOUDS, concerns, type ConfigKey, FIELDS, type ProviderName } from "./fields.ts";
import { type Kind, orOf } from "./kinds.ts";
import { mappingOf } from "./parse.ts";

/** A key in the old file. */
export interface OldKey {
  readonly name: string;
  /** With the part it is in: `adaptive_config.max_workers`. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  /** In the form of today's file. */
  readonly value: unknown;
  /** Key and value as they stood, on one line. */
  readonly shown: string;
}

/** A key that there is no use for. */
export interface UnusedKey extends OldKey {
  readonly why: string;
}

/** What the old file says. */
export interface OldFile {
  readonly provider: ProviderName;
  /** By today's name. */
  readonly used: ReadonlyMap<ConfigKey, OldKey>;
  readonly unused: readonly UnusedKey[];
}

const LONGEST_SHOWN = 160;

/**
 * Reads an old file.
 *
 * @throws {ConfigError} it is no YAML, has a key twice, or does not say which cloud it is for
 */
export async function readOldFile(text: string, path: string): Promise<OldFile> {
  const { entries, mistakes } = entriesOf(await mappingOf(text, path));
  const used = new Map<ConfigKey, OldKey>();
  const unused: UnusedKey[] = [];
  for (const { part, entry } of entries) {
    const key = todaysKey(entry.key);
    const old = oldKey(part, entry, key);
    const earlier = key === null ? undefined : used.get(key);
    if (key === null) unused.push({ ...old, why: whyUnused(entry.key) });
    else if (earlier === undefined) used.set(key, old);
    else {
      const found = `found a second value for ${key} (first in line ${earlier.line})`;
      mistakes.push({
        line: old.line,
        key: old.path,
        message: `${found}, allowed once: take one of them out`,
      });
    }
  }
  const provider = CLOUDS.find((name) => name === used.get("provider")?.value);
  if (provider === undefined) mistakes.push(noProvider(used.get("provider")));
  if (provider === undefined || mistakes.length > 0) throw fileFailure(path, mistakes);
  for (const [key, old] of used) {
    if (concerns(FIELDS[key], provider)) continue;
    used.delete(key);
    unused.push({ ...old, why: `it means nothing on ${provider}` });
  }
  return { provider, used, unused };
}

/** The keys of all parts, and those outside, each with the part it is in. */
function entriesOf(root: Mapping): { entries: { part: string; entry: Entry }[]; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const entries = root.entries.flatMap((entry) => {
    const { key, value, line } = entry;
    if (!OLD_PARTS.includes(key)) return [{ part: "", entry }];
    if (value.shape === "mapping") return value.entries.map((inner) => ({ part: `${key}.`, entry: inner }));
    const empty = value.shape === "scalar" && value.value === null;
    const found = value.shape === "list" ? "a list" : "a text";
    if (!empty) {
      mistakes.push({ line, key, message: `found ${found}, allowed keys and values, each indented` });
    }
    return [];
  });
  return { entries, mistakes };
}

function oldKey(part: string, { key: name, value: node, line }: Entry, key: ConfigKey | null): OldKey {
  const kind = key === null ? null : FIELDS[key].kind;
  const shown = `${flowOf(name)}: ${flowOf(kind?.is === "text" ? textOf(node) : plainOf(node))}`;
  return {
    name,
    path: part + name,
    line,
    value: kind === null ? plainOf(node) : valueOf(node, kind),
    shown: shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown,
  };
}

/** The Python tool had texts for some numbers: `accelerator_count: "1"`. */
function valueOf(node: Node, kind: Kind): unknown {
  if (kind.is === "text") return textOf(node);
  const value = plainOf(node);
  return kind.is === "number" && typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}

/** PyYAML writes the text 099720109477 without quotes: a number in today's YAML, with its first digit gone. */
function textOf(node: Node): unknown {
  return node.shape === "scalar" && typeof node.value === "number" ? node.source : plainOf(node);
}

function noProvider(old: OldKey | undefined): Mistake {
  const clouds = orOf(CLOUDS);
  if (old === undefined) {
    return { line: null, key: "terraform_config.cloud_provider", message: `missing; write ${clouds}` };
  }
  return { line: old.line, key: old.path, message: `found ${flowOf(old.value)}, allowed ${clouds}` };
}
