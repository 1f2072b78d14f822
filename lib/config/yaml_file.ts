/** A YAML text: its values, where each stands, and changes that keep every other byte. @module */

import {
  Composer,
  CST,
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  Parser,
  visit,
} from "npm:yaml@2.9.1";
import { OBEYED } from "../util/one_line.ts";
import type { Mistake, Mistakes } from "./mistakes.ts";
import { syntaxMistakes } from "./syntax_mistakes.ts";

/** Keys, and indices of list items, from the root on. */
export type Path = readonly (string | number)[];

/** A value as it stands in the text. */
export interface Found {
  /** 1-based line of its key, or of itself in a list. */
  readonly line: number;
  readonly shape: "scalar" | "list" | "map";
  /** Of a scalar. */
  readonly value: unknown;
  /** A scalar as it was typed, without quotes. */
  readonly source: string;
  /** False: it stands in quotes, or on lines of its own. */
  readonly plain: boolean;
}

type YamlPair = Pair<ParsedNode, ParsedNode | null>;
type Source = CST.SourceToken;
type MapToken = CST.BlockMap | CST.FlowCollection;
type Item = CST.CollectionItem;
type PairItem = Item & { key: CST.Token; sep: Source[] };

const DEEPEST = 16;
/**
 * Brackets and braces open at a time, those in quotes included: beyond, the parser takes seconds to
 * give up.
 */
const MOST_OPEN = 200;

/**
 * A text, parsed once. {@linkcode mistakes} has what makes it unusable as YAML; it never throws.
 */
export class YamlFile {
  readonly mistakes: Mistakes;
  /** The values, keys as they were typed; of a key that stands twice, the first. Null: none. */
  readonly values: unknown = null;
  /** Every key that stands a second time. */
  readonly repeated: Mistakes;
  readonly #root: ParsedNode | null = null;
  readonly #tokens: readonly CST.Token[] = [];
  readonly #lines = new LineCounter();
  readonly #eol: Source;

  constructor(text: string) {
    this.#eol = source("newline", text.includes("\r\n") ? "\r\n" : "\n");
    const bomb = tooManyOpen(text);
    const mistakes: Mistake[] = bomb === null ? [] : [bomb];
    const repeated: Mistake[] = [];
    if (bomb === null) {
      this.#tokens = [...new Parser(this.#lines.addNewLine).parse(text)];
      const [document, more] = new Composer({ uniqueKeys: false, version: "1.2", schema: "core" })
        .compose(this.#tokens, true, text.length) as Iterable<Document.Parsed>;
      const problems = [...document!.errors, ...document!.warnings].map(({ code, message, pos }) => (
        { code: code as string, words: message, offset: pos[0] }
      ));
      if (more !== undefined) {
        problems.push({ code: "MULTIPLE_DOCS", words: "", offset: more.range[0] });
      }
      mistakes.push(...problems.length > 0 ? syntaxMistakes(text, problems) : []);
      this.#root = document!.contents;
      if (mistakes.length === 0 && this.#root !== null) this.#check(this.#root, "", 0, mistakes, repeated);
      if (mistakes.length === 0) this.values = document!.toJS();
    }
    this.mistakes = mistakes;
    this.repeated = repeated;
  }

  /** The value at a path, or undefined when there is none. */
  at(path: Path): Found | undefined {
    let node = this.#root;
    let line = node === null ? 1 : this.#lineOf(node);
    for (const key of path) {
      if (isMap(node)) {
        const pair = (node.items as YamlPair[]).find((pair) =>
          (pair.key as { value?: unknown }).value === key
        );
        if (pair === undefined) return undefined;
        node = pair.value;
        line = this.#lineOf(pair.key);
      } else if (isSeq(node) && node.items[Number(key)] !== undefined) {
        node = node.items[Number(key)] as ParsedNode;
        line = this.#lineOf(node);
      } else return undefined;
    }
    const shape = isSeq(node) ? "list" : isMap(node) ? "map" : "scalar";
    const scalar = isScalar(node) ? node : { value: null, source: "", type: "PLAIN" };
    return { line, shape, value: scalar.value, source: scalar.source ?? "", plain: scalar.type === "PLAIN" };
  }

  /**
   * Gives the value at a path; what is missing on the way is made. To be verified by parsing the
   * text anew: some files are laid out in a way that this does not know.
   *
   * @param above lines to put above a key that is new to the root
   */
  set(path: Path, value: unknown, above: readonly string[] = []): void {
    this.#set(this.#map(), path, value, above);
  }

  /** Takes out the entry of a map; none there is fine. */
  remove(path: Path): void {
    let map = this.#map();
    let holder: PairItem | undefined;
    for (const key of path.slice(0, -1)) {
      const next: CST.Token | undefined = typeof key === "number"
        ? itemsOf(holder?.value)[key]?.value
        : (holder = pairOf(map, key))?.value;
      if (isMapToken(next)) map = next;
    }
    const gone = pairOf(map, String(path.at(-1)));
    if (gone === undefined || holder === undefined) return;
    const at = map.items.indexOf(gone as never);
    const next = map.items[at + 1];
    if (map.type === "flow-collection") {
      const kept = gone.start.filter(({ type }) => type !== "comma");
      map.items.splice(at, 1, ...kept.some(isComment) ? [{ start: kept }] : []);
      if (at === 0 && next !== undefined) next.start.splice(0, next.start[1]?.type === "space" ? 2 : 1);
    } else if (map.items.filter(({ sep }) => sep !== undefined).length === 1) {
      this.#replace(holder, {});
    } else {
      // The lines above the key stay; the first key's indent stands behind the holder's colon.
      const above = at === 0 ? holder.sep : gone.start;
      if (above.at(-1)?.type === "space") above.pop();
      map.items.splice(at, 1);
      if (at > 0 && next !== undefined) next.start.unshift(...above);
      else if (at > 0) map.items.push({ start: above });
    }
  }

  /** The text, changes included. */
  toString(): string {
    return this.#tokens.map(CST.stringify).join("");
  }

  #map(): MapToken {
    const value = this.#tokens.find((token) => token.type === "document")?.value;
    if (!isMapToken(value)) throw new TypeError("only a file of keys and values can be changed");
    return value;
  }

  #set(map: MapToken, path: Path, value: unknown, above: readonly string[]): void {
    const [key = "", ...rest] = path;
    const pair = pairOf(map, String(key));
    const item = itemsOf(pair?.value)[Number(rest[0])]?.value;
    if (pair === undefined) this.#insert(map, String(key), nested(rest, value), above);
    else if (rest.length > 0 && isMapToken(pair.value)) this.#set(pair.value, rest, value, []);
    else if (rest.length > 1 && isMapToken(item)) this.#set(item, rest.slice(1), value, []);
    else this.#replace(pair, nested(rest, value));
  }

  #replace(pair: PairItem, value: unknown): void {
    const { value: old, sep } = pair;
    let behind: Source[];
    if (old === undefined || old.type === "block-map" || old.type === "block-seq") {
      // The new value goes behind the colon; comments among the old one's lines stay.
      const colon = sep.findIndex(({ type }) => type === "map-value-ind");
      const gap = old === undefined && sep[colon + 1]?.type === "space" ? 1 : 0;
      behind = sep.splice(colon + 1 + gap);
      if (old !== undefined && behind.at(-1)?.type === "space") behind.pop();
      if (isComment(behind[0])) behind.unshift(SPACE);
      behind.push(...commentLines(old));
    } else behind = trailing(old);
    if (sep.at(-1)?.type === "map-value-ind") sep.push(SPACE);
    pair.value = token(value, behind);
  }

  #insert(map: MapToken, key: string, value: unknown, above: readonly string[]): void {
    const item: PairItem = {
      start: [],
      key: token(key),
      sep: [source("map-value-ind", ":"), SPACE],
      value: token(value),
    };
    const last = map.items.findLastIndex(({ sep }) => sep !== undefined);
    if (map.type === "flow-collection") return insertInBraces(map, item, last);
    const indent = source("space", " ".repeat(map.indent));
    const begin = map.indent > 0 ? [indent] : [];
    if (!CST.stringify(map.items[last]!).endsWith("\n")) item.start.push(this.#eol);
    if (above.length > 0) item.start.push(this.#eol);
    for (const line of above) item.start.push(...begin, source("comment", line), this.#eol);
    item.start.push(...begin);
    item.value = token(value, [this.#eol]);
    map.items.splice(last + 1, 0, item as never);
  }

  /**
   * Finds what a config cannot have, takes keys as they were typed, and drops those that are
   * repeated.
   */
  #check(node: ParsedNode, path: string, depth: number, mistakes: Mistake[], repeated: Mistake[]): void {
    const refuse = (node: ParsedNode, found: string, todo: string) => {
      mistakes.push({
        line: this.#lineOf(node),
        key: "",
        message: `found ${found}, which this file cannot have: ${todo}`,
      });
    };
    if (isAlias(node)) return refuse(node, `an alias (*${node.source})`, "write the value out instead");
    if (node.anchor !== undefined) refuse(node, `an anchor (&${node.anchor})`, "remove it");
    if (node.tag !== undefined) {
      refuse(node, "a YAML tag (a word that begins with !)", "remove it, or put a text in quotes");
    }
    if (depth > DEEPEST) return refuse(node, "values nested too deeply", "remove some of them");
    if (isSeq(node)) {
      (node.items as ParsedNode[]).forEach((item, i) =>
        this.#check(item, `${path}${i}.`, depth + 1, mistakes, repeated)
      );
    }
    if (!isMap(node)) return;
    const lines = new Map<string, number>();
    const pairs = (node.items as YamlPair[]).filter((pair) => {
      if (!isScalar(pair.key) || pair.key.anchor !== undefined) {
        refuse(pair.key, "a key that is not a word", "write key: value");
        return false;
      }
      const key = pair.key.source || String(pair.key.value ?? "");
      const line = this.#lineOf(pair.key);
      pair.key.value = key;
      if (key === "__proto__") {
        mistakes.push({
          line,
          key: path + key,
          message: "found a name that cannot be used, allowed any other",
        });
      }
      if (pair.value === null) refuse(pair.key, ...withoutValue(key));
      else this.#check(pair.value, `${path}${key}.`, depth + 1, mistakes, repeated);
      const first = lines.get(key);
      if (first === undefined) lines.set(key, line);
      else {
        const message = `found it a second time (first in line ${first}), allowed once: remove one of them`;
        repeated.push({ line, key: path + key, message });
      }
      return first === undefined;
    });
    node.items.splice(0, Infinity, ...pairs);
  }

  #lineOf({ range }: ParsedNode): number {
    return this.#lines.linePos(range[0]).line;
  }
}

/** Characters that are written as escapes, so that a value stays on one line and can be seen. */
const UNSEEN = new RegExp(`${OBEYED.source}|[\\ufeff\\ufffe\\uffff]`, "u");

/**
 * A value on one line, such as `[a, b]`, `{GPU: 1}` or `"099720109477"`, that reads back as it is
 * in any place.
 */
export function flowOf(value: unknown): string {
  const document = new Document([value], {
    schema: "core",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && UNSEEN.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({
    collectionStyle: "flow",
    flowCollectionPadding: false,
    lineWidth: 0,
    doubleQuotedMinMultiLineLength: Infinity,
  }).trimEnd().slice(1, -1).replaceAll(
    new RegExp(UNSEEN, "gu"),
    (found) => found.replaceAll(/./gsu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

const SPACE = source("space", " ");

function source(type: Source["type"], text: string): Source {
  return { type, offset: -1, indent: -1, source: text };
}

/** A token of the value, and others behind it. */
function token(value: unknown, behind: readonly Source[] = []): CST.Token {
  for (const parsed of new Parser().parse(flowOf(value))) {
    if (parsed.type !== "document") continue;
    const made = parsed.value as CST.FlowScalar | CST.FlowCollection;
    return { ...made, end: [...made.end ?? [], ...behind] };
  }
  throw new TypeError("no value was written");
}

function nested(path: Path, value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function isMapToken(token: CST.Token | undefined): token is MapToken {
  return token?.type === "block-map" || (token?.type === "flow-collection" && token.start.source === "{");
}

function isComment(token: Source | undefined): boolean {
  return token?.type === "comment";
}

/** The entry of a key; of several, the first. */
function pairOf(map: MapToken, key: string): PairItem | undefined {
  return (map.items as Item[]).find((item): item is PairItem =>
    item.sep !== undefined && CST.isScalar(item.key) && CST.resolveAsScalar(item.key).value === key
  );
}

/** The items of a list, without comments between them. */
function itemsOf(list: CST.Token | undefined): readonly Item[] {
  if (list?.type !== "block-seq" && list?.type !== "flow-collection") return [];
  return (list.items as Item[]).filter(({ value }) => value !== undefined);
}

/**
 * What stands behind a value that is not of several lines: spaces, a comment, the end of its line.
 */
function trailing(token: CST.Token): Source[] {
  if (token.type === "block-scalar") return token.props.slice(1) as Source[];
  const end = "end" in token ? token.end ?? [] : [];
  return token.type === "flow-collection" ? end.slice(1) : end;
}

/** Comments that have a line of their own among those of a value. */
function commentLines(value: CST.Token | undefined): Source[] {
  const lines = value === undefined ? [] : CST.stringify(value).split(/(?<=\n)/);
  return lines.filter((line) => /^\s*#/.test(line)).map((line) => source("comment", line));
}

function insertInBraces(map: CST.FlowCollection, item: PairItem, last: number): void {
  const comma = source("comma", ",");
  if (last === -1 || CST.stringify(map).includes("#")) {
    // Behind a comment there is no place for it.
    if (last !== -1) map.items[0]!.start.unshift(comma, SPACE);
    map.items.unshift(item);
    return;
  }
  const before = map.items[last]!.value;
  const after = map.items[last + 1];
  if (before !== undefined && "end" in before && before.end !== undefined) {
    const gap = before.end.splice(before.type === "flow-collection" ? 1 : 0);
    (item.value as CST.FlowScalar).end!.push(...gap);
  }
  if (after?.start[0]?.type === "comma") after.start.shift();
  item.start.push(comma, SPACE);
  map.items.splice(last + 1, 0, item);
}

function tooManyOpen(text: string): Mistake | null {
  let open = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[{\]}]/g)) {
    open += bracket === "[" || bracket === "{" ? 1 : -1;
    if (open < MOST_OPEN) continue;
    const line = text.slice(0, index).split("\n").length;
    return { line, key: "", message: "found values nested too deeply: remove some of them" };
  }
  return null;
}

/** What was found, and what to do about it. */
function withoutValue(key: string): [found: string, todo: string] {
  const [, name, value] = /^(\w+):(.+)$/.exec(key) ?? [];
  return name === undefined
    ? [`${key} without a colon`, `write ${key}: value`]
    : [`${key} without a space behind its colon`, `write ${name}: ${value}`];
}
