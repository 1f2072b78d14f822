/** Changes to a YAML text that leave every other character of it alone. @module */

import { flowOf } from "./_flow.ts";
import { type Entry, entryOf, type Mapping, type Node, plainOf } from "./_tree.ts";

/** Names of keys, and indices of items, from the root on. */
export type Path = readonly (string | number)[];

/**
 * Gives the value at a path; what is missing on the way is made.
 *
 * @param above lines, each with its line feed, to put above a key that is new to the root
 */
export function withValue(text: string, root: Mapping, path: Path, value: unknown, above = ""): string {
  const [key, ...rest] = path as readonly [string, ...Path];
  const entry = entryOf(root, key);
  if (entry === undefined) return inserted(text, root, key, nested(rest, value), above);
  if (rest.length === 0) return replaced(text, entry, value);
  const { value: node } = entry;
  if (node.shape === "mapping") return withValue(text, node, rest, value);
  const item = node.shape === "list" ? node.items[Number(rest[0])] : undefined;
  if (item?.shape === "mapping") return withValue(text, item, rest.slice(1), value);
  return replaced(text, entry, nested(rest, value));
}

/** Takes out the value at a path of names; nothing there is fine. */
export function withoutValue(text: string, root: Mapping, path: Path): string {
  const [key, ...rest] = path as readonly [string, ...Path];
  const entry = entryOf(root, key);
  if (entry === undefined) return text;
  const { value: node } = entry;
  const item = node.shape === "list" ? node.items[Number(rest[0])] : undefined;
  if (item?.shape === "mapping") return withoutValue(text, item, rest.slice(1));
  if (node.shape !== "mapping") return text;
  if (rest.length > 1) return withoutValue(text, node, rest);
  const gone = entryOf(node, String(rest[0]));
  if (gone === undefined) return text;
  if (!node.flow && node.entries.length > 1) {
    return text.slice(0, lineStart(text, gone.start)) + text.slice(nextLine(text, gone.value.end));
  }
  const { [gone.key]: _, ...others } = plainOf(node) as Record<string, unknown>;
  return replaced(text, entry, others);
}

function nested(path: Path, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function replaced(text: string, { end: keyEnd, value: node }: Entry, value: unknown): string {
  const written = flowOf(value);
  const { start, end } = node;
  if (isBlock(node)) {
    // The new value goes behind the colon; comments among the old one's lines stay where they are.
    const colon = text.indexOf(":", keyEnd) + 1;
    const first = lineStart(text, start);
    const comments = text.slice(first, end).split(/(?<=\n)/).filter((line) => /^\s*#/.test(line)).join("");
    return `${text.slice(0, colon)} ${written}${text.slice(colon, first)}${comments}${text.slice(end)}`;
  }
  const before = text[start - 1] === ":" ? " " : "";
  const after = text.slice(start, end).endsWith("\n")
    ? eolOf(text)
    : /^[^\s,\]}]/.test(text.slice(end))
    ? " "
    : "";
  return text.slice(0, start) + before + written + after + text.slice(end);
}

function inserted(text: string, mapping: Mapping, key: string, value: unknown, above: string): string {
  const written = `${flowOf(key)}: ${flowOf(value)}`;
  if (mapping.flow) return insertedInBraces(text, mapping, written);
  const eol = eolOf(text);
  const at = nextLine(text, mapping.entries.at(-1)!.value.end);
  const { start } = mapping.entries[0]!;
  const indent = " ".repeat(text.slice(lineStart(text, start), start).replace("\ufeff", "").length);
  const lines = `${above}${written}\n`.replace(/^(?=.)/gm, indent).replaceAll("\n", eol);
  const before = at > 0 && text[at - 1] !== "\n" ? eol : "";
  return text.slice(0, at) + before + (above === "" ? "" : eol) + lines + text.slice(at);
}

function insertedInBraces(text: string, { start, end, entries }: Mapping, written: string): string {
  const inside = text.slice(start + 1, end - 1);
  const comma = entries.length > 0 && !inside.trimEnd().endsWith(",") ? ", " : "";
  // Behind a comment there is no place for it.
  const at = inside.includes("#") ? start + 1 : start + 1 + inside.trimEnd().length;
  return at === start + 1
    ? `${text.slice(0, at)}${written}${entries.length > 0 ? ", " : ""}${text.slice(at)}`
    : `${text.slice(0, at)}${comma}${written}${text.slice(at)}`;
}

/** On lines of its own below its key. */
function isBlock(node: Node): boolean {
  return node.shape !== "scalar" && !node.flow;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The start of the line after the one that ends, or has ended, at `offset`. */
function nextLine(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const feed = text.indexOf("\n", offset);
  return feed === -1 ? text.length : feed + 1;
}

function eolOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
