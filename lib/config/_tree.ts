/** A YAML text as a tree that knows where in the text each thing stands. @module */

import type { ConfigMistake } from "../errors.ts";

/** Where something stands, in UTF-16 units from the start of the text; `end` is just behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** 1-based line of `start`. */
  readonly line: number;
}

/** A text, number, `true`, `false` or nothing. */
export interface Scalar extends Span {
  readonly shape: "scalar";
  readonly value: string | number | boolean | null;
  /** As it was typed, without quotes. */
  readonly source: string;
  readonly style: "plain" | "quoted" | "block";
}

/** Items in order. */
export interface List extends Span {
  readonly shape: "list";
  /** In brackets, and not on lines of their own. */
  readonly flow: boolean;
  readonly items: readonly Node[];
}

/** Keys and values in order. */
export interface Mapping extends Span {
  readonly shape: "mapping";
  /** In braces, and not on lines of their own. */
  readonly flow: boolean;
  readonly entries: readonly Entry[];
}

/** A key with its value; the span is the key's. */
export interface Entry extends Span {
  readonly key: string;
  readonly value: Node;
}

/** Any part of the tree. */
export type Node = Scalar | List | Mapping;

/** A mistake, and, where it is known, what to write in that line instead. */
export interface Mistake extends ConfigMistake {
  readonly write?: string;
}

/** What was read: no root when the text holds nothing, and mistakes when it is not YAML as we take it. */
export interface Tree {
  readonly root: Node | null;
  readonly mistakes: readonly Mistake[];
}

/** The entry of a key; of several, the last. */
export function entryOf(mapping: Mapping, key: string): Entry | undefined {
  return mapping.entries.findLast((entry) => entry.key === key);
}

/** Plain values, as the file has them. */
export function plainOf(node: Node): unknown {
  switch (node.shape) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainOf);
    case "mapping":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]));
  }
}
