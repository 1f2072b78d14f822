/** A value as it is typed at the prompt. @module */

import { UsageError } from "../errors.ts";
import type { Reading } from "./_read.ts";
import { type Node, plainOf, type Scalar, type Tree } from "./_tree.ts";
import type { Kind } from "./kinds.ts";

/** What the value is for. */
export interface Asked {
  /** The dotted key, for the messages. */
  readonly key: string;
  readonly kind: Kind;
  /** Whether null is a value of it. */
  readonly nullable: boolean;
}

const NOTHING: Scalar = {
  shape: "scalar",
  value: null,
  source: "",
  style: "plain",
  start: 0,
  end: 0,
  line: 1,
};

/**
 * The value as the file will have it. Typed text needs no quotes, and a list of one no brackets: a prompt is no file.
 *
 * @throws {UsageError} it is not allowed
 */
export function typedValue(typed: string, asked: Asked, tree: Tree, reading: Reading): unknown {
  const { key, kind, nullable } = asked;
  const { root } = tree;
  const isScalar = root?.shape === "scalar";
  if (nullable && (root === null || (isScalar && root.value === null)) && tree.mistakes.length === 0) {
    return null;
  }
  const quoted = isScalar && root.style === "quoted" && tree.mistakes.length === 0;
  if (kind.is === "text" && !quoted) {
    const text = typed.trim();
    return checked(typed, asked, { ...NOTHING, value: text === "" ? null : text, source: text }, reading);
  }
  const [wrong] = tree.mistakes;
  if (wrong !== undefined) throw refusal(typed, key, wrong.message);
  const node = root ?? NOTHING;
  const listed = kind.is === "list" && node.shape === "scalar" && node.value !== null;
  return checked(
    typed,
    asked,
    listed ? { ...node, shape: "list", flow: true, items: [node] } : node,
    reading,
  );
}

function checked(typed: string, { key, kind }: Asked, node: Node, reading: Reading): unknown {
  reading.value(node, kind, key);
  const [mistake] = reading.mistakes;
  if (mistake === undefined) return plainOf(node);
  const where = mistake.key === key ? "" : `${mistake.key}: `;
  throw refusal(typed, key, where + mistake.message, mistake.write);
}

/** @param write the line to write in a file, `key: value` */
function refusal(typed: string, key: string, why: string, write?: string): UsageError {
  const meant = write?.startsWith(`${key}: `) ? write.slice(key.length + 2) : null;
  return new UsageError(
    `Cannot set ${key} to ${JSON.stringify(typed)}: ${why}`,
    meant === null
      ? "Nothing was changed. Say it again with a value that is allowed."
      : `Nothing was changed. Say \`xcore config set ${key} ${meant}\`.`,
  );
}
