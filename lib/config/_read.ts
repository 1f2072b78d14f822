/** Tree → values, by the table, with a mistake for each thing that does not fit. @module */

import { camelOf } from "./_case.ts";
import { misfit } from "./_misfit.ts";
import type { Entry, List, Mapping, Mistake, Node } from "./_tree.ts";
import type { ScalarKind } from "./_zod.ts";
import { concerns, defaultOf, type Field, FIELDS, type ProviderName } from "./fields.ts";
import { allowedOf, type Kind } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { POOL_FIELDS } from "./pool_fields.ts";

/** Whether a scalar fits its kind: the schema package, see _zod.ts. */
export type Fits = (kind: ScalarKind, value: unknown) => boolean;

/** Properties in the code's names. Those with a mistake are left out; in a list, undefined stands in their place. */
export type Values = Record<string, unknown>;

type Table = Readonly<Record<string, Field<unknown>>>;

/** Reads one tree; {@linkcode mistakes} has what was found wrong so far. */
export class Reading {
  readonly mistakes: Mistake[] = [];

  /** @param provider null when the file does not say, or not rightly */
  constructor(private readonly fits: Fits, private readonly provider: ProviderName | null) {}

  /** A whole file. */
  config(root: Mapping): Values {
    return this.#fields(root, FIELDS, "");
  }

  /** One value, or undefined when it does not fit. */
  value(node: Node, kind: Kind, path: string, line: number = node.line): unknown {
    const fail = () => {
      const { message, write } = misfit(node, kind);
      return this.#fail(line, path, { message, ...write !== undefined && { write: `${path}: ${write}` } });
    };
    switch (kind.is) {
      case "word-or":
        if (node.shape === "scalar" && node.value === kind.word) return kind.means;
        return this.#wordOr(node, kind, fail);
      case "list":
        return node.shape === "list" ? this.#list(node, kind.of, path) : fail();
      case "map":
        return node.shape === "mapping" ? this.#map(node, kind, path) : fail();
      case "pools":
        return node.shape === "list" ? this.#pools(node, path) : fail();
      default:
        return node.shape === "scalar" && this.fits(kind, node.value) ? node.value : fail();
    }
  }

  #wordOr(node: Node, kind: Extract<Kind, { is: "word-or" }>, fail: () => undefined): unknown {
    const inner = new Reading(this.fits, this.provider);
    const value = inner.value(node, kind.or, "");
    return inner.mistakes.length === 0 ? value : fail();
  }

  #list(node: List, of: Kind, path: string): unknown {
    const items = node.items.map((item, i) => this.value(item, of, `${path}.${i}`));
    return items;
  }

  #map(node: Mapping, { keys, of, example }: Extract<Kind, { is: "map" }>, path: string): unknown {
    const values = this.#unique(node, path).map((entry) => {
      const at = `${path}.${entry.key}`;
      const named = keys.test(entry.key) && entry.key !== "__proto__";
      if (!named) {
        this.#fail(entry.line, at, {
          message: `found a name that cannot be used, allowed such as ${example}`,
        });
      }
      const value = this.value(entry.value, of, at, entry.line);
      return [entry.key, named ? value : undefined] as const;
    });
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  }

  #pools(node: List, path: string): Values[] {
    return node.items.flatMap((item, i) => {
      const at = `${path}.${i}`;
      if (item.shape === "mapping") return [this.#fields(item, POOL_FIELDS, `${at}.`)];
      this.#fail(item.line, at, {
        message: "found no pool, allowed keys and values, the first of them `- name: gpu`",
      });
      return [];
    });
  }

  #fields(mapping: Mapping, table: Table, prefix: string): Values {
    const values: Values = {};
    const entries = this.#unique(mapping, prefix.slice(0, -1));
    for (const entry of entries) {
      const field = Object.hasOwn(table, entry.key) ? table[entry.key]! : null;
      if (field === null) this.#unknown(entry, table, prefix);
      else values[camelOf(entry.key)] = this.#field(entry, field, prefix + entry.key);
    }
    const given = new Set(entries.map(({ key }) => key));
    for (const [key, field] of Object.entries(table)) {
      if (given.has(key)) continue;
      const value = this.provider === null ? field.default : defaultOf(field, this.provider);
      if (value !== undefined) values[camelOf(key)] = value;
      else this.#say(prefix === "" ? null : mapping.line, prefix + key, `missing; ${toWrite(key)}`);
    }
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  }

  #field(entry: Entry, field: Field<unknown>, path: string): unknown {
    const { value: node, line } = entry;
    const usual = this.provider === null ? null : defaultOf(field, this.provider);
    const empty = node.shape === "scalar" && node.value === null;
    if (empty && usual === null) return null;
    // What is left when a person has commented out all items.
    if (empty && (field.kind.is === "list" || field.kind.is === "pools")) return [];
    if (empty && field.kind.is === "map") return {};
    if (empty && usual !== undefined) {
      return this.#say(
        line,
        path,
        `found nothing, allowed ${allowedOf(field.kind)}: take the line out for the usual value`,
      );
    }
    const value = this.value(node, field.kind, path, line);
    const foreign = this.provider !== null && this.provider !== "local" && !concerns(field, this.provider);
    if (foreign && value !== undefined && JSON.stringify(value) !== JSON.stringify(usual)) {
      const todo = field.elsewhere ?? "take the line out";
      this.#fail(line, path, {
        message: `found a key that means nothing with provider ${this.provider}: ${todo}`,
      });
    }
    return value;
  }

  #unknown({ key, line, value }: Entry, table: Table, prefix: string): void {
    if (key === "") return this.#say(line, prefix, "found a value without a key, allowed key: value");
    const inPools = prefix === "" && Object.hasOwn(POOL_FIELDS, key);
    if (inPools) {
      return this.#say(line, prefix + key, "found a pool's key, allowed only in an item of `pools:`");
    }
    if (prefix !== "" && Object.hasOwn(FIELDS, key)) {
      return this.#say(line, prefix + key, "found a key of the whole cluster, allowed only outside `pools:`");
    }
    const near = nearest(key, Object.keys(table));
    if (near === null) return this.#say(line, prefix + key, "found an unknown key");
    const write = value.shape === "scalar" ? `${near}: ${value.source}` : undefined;
    this.#fail(line, prefix + key, {
      message: `found an unknown key; did you mean ${near}?`,
      ...write && { write },
    });
  }

  /** The entries without those whose key came before, which are mistakes. */
  #unique(mapping: Mapping, path: string): Entry[] {
    const first = new Map<string, Entry>();
    for (const entry of mapping.entries) {
      const earlier = first.get(entry.key);
      if (earlier === undefined) first.set(entry.key, entry);
      else {
        const at = path === "" ? entry.key : `${path}.${entry.key}`;
        this.#say(
          entry.line,
          at,
          `found it a second time (first in line ${earlier.line}), allowed once: take one of them out`,
        );
      }
    }
    return [...first.values()];
  }

  #say(line: number | null, key: string, message: string): undefined {
    return this.#fail(line, key, { message });
  }

  #fail(line: number | null, key: string, mistake: Pick<Mistake, "message" | "write">): undefined {
    this.mistakes.push({ line, key, ...mistake });
  }
}

/** What to do when a key that has no default is missing. */
function toWrite(key: string): string {
  switch (key) {
    case "provider":
      return "write provider: local, or aws, or gcp";
    case "cluster_id":
      return "put the one back that `xcore init` wrote";
    default:
      return `write ${key}: and its value`;
  }
}
