/** Adapter of the YAML package: text → tree. Imported lazily, for it takes some 30 ms to load. @module */

import {
  type Document,
  isAlias,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type Scalar as YamlScalar,
} from "npm:yaml@2.9.1";
import { syntaxMistakes, type SyntaxProblem } from "./_syntax.ts";
import type { Entry, Mistake, Node, Scalar, Span, Tree } from "./_tree.ts";

const DEEPEST = 16;
/** Brackets and braces that are open at a time, those in quotes included. */
const MOST_OPEN = 200;

/** Reads a text. Never throws: what is wrong with it is in the tree's mistakes. */
export function readYaml(text: string): Tree {
  const bomb = tooManyOpen(text);
  if (bomb !== null) return { root: null, mistakes: [bomb] };
  const lines = new LineCounter();
  const document: Document.Parsed = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: "core",
    uniqueKeys: false, // quadratic; _read.ts looks for them
    version: "1.2",
  });
  const problems: SyntaxProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    code: error.code,
    words: error.message,
    offset: error.pos[0],
  }));
  if (problems.length > 0) return { root: null, mistakes: syntaxMistakes(text, problems) };

  const reader = new Reader(lines);
  const root = document.contents === null ? null : reader.node(document.contents, 0);
  return { root, mistakes: reader.mistakes };
}

/** The parser takes seconds to find the end of its stack. */
function tooManyOpen(text: string): Mistake | null {
  let open = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[{\]}]/g)) {
    open += bracket === "[" || bracket === "{" ? 1 : -1;
    if (open < MOST_OPEN) continue;
    const line = text.slice(0, index).split("\n").length;
    return { line, key: "", message: "found values nested too deeply: take some of them away" };
  }
  return null;
}

function scalarOf({ value, source, type }: YamlScalar): Omit<Scalar, keyof Span> {
  const style = type?.startsWith("QUOTE") ? "quoted" : type?.startsWith("BLOCK") ? "block" : "plain";
  return { shape: "scalar", value: value as Scalar["value"], source: source ?? "", style };
}

class Reader {
  readonly mistakes: Mistake[] = [];

  constructor(private readonly lines: LineCounter) {}

  node(node: ParsedNode, depth: number): Node {
    const span = this.span(node.range);
    if (isAlias(node)) return this.refused(span, `an alias (*${node.source})`, "write the value out instead");
    if (node.anchor !== undefined) this.refuse(span, `an anchor (&${node.anchor})`, "take it away");
    if (node.tag !== undefined) {
      this.refuse(span, "a YAML tag (a word that begins with !)", "take it away, or put a text in quotes");
    }
    if (depth > DEEPEST) return this.refused(span, "values nested too deeply", "take some of them away");
    if (isScalar(node)) return { ...span, ...scalarOf(node) };
    if (isSeq(node)) {
      const items = (node.items as ParsedNode[]).map((item) => this.node(item, depth + 1));
      return { ...span, shape: "list", flow: node.flow === true, items };
    }
    const entries = (node.items as Pair<ParsedNode, ParsedNode | null>[]).map((pair) =>
      this.entry(pair, depth)
    );
    return { ...span, shape: "mapping", flow: node.flow === true, entries };
  }

  private entry(pair: Pair<ParsedNode, ParsedNode | null>, depth: number): Entry {
    const span = this.span(pair.key.range);
    const { key: node } = pair;
    if (!isScalar(node) || node.anchor !== undefined) {
      this.refuse(span, "a key that is not a word", "write key: value");
    }
    const key = isScalar(node) ? node.source ?? String(node.value) : "";
    if (pair.value === null) {
      return { ...span, key, value: this.refused(span, ...withoutValue(key)) };
    }
    return { ...span, key, value: this.node(pair.value, depth + 1) };
  }

  private span([start, end]: readonly [number, number, number]): Span {
    return { start, end, line: this.lines.linePos(start).line };
  }

  private refuse(span: Span, found: string, todo: string): void {
    this.mistakes.push({
      line: span.line,
      key: "",
      message: `found ${found}, which this file cannot have: ${todo}`,
    });
  }

  private refused(span: Span, found: string, todo: string): Node {
    this.refuse(span, found, todo);
    return { ...span, shape: "scalar", value: null, source: "", style: "plain" };
  }
}

/** What was found, and what to do about it. */
function withoutValue(key: string): [found: string, todo: string] {
  const [, name, value] = /^(\w+):(.+)$/.exec(key) ?? [];
  return name === undefined
    ? [`${key} without a colon`, `write ${key}: value`]
    : [`${key} without a space behind its colon`, `write ${name}: ${value}`];
}
