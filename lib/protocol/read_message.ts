/**
 * Messages between xcore and the scheduler's preload, from JSON to code's objects and back.
 * @module
 */

import { ShapeError } from "../util/object_reader.ts";
import { camelOf } from "./camel_of.ts";
import { type Messages, type Schema, SCHEMAS } from "./messages.ts";

/**
 * A message as the code has it: keys in camelCase, defaults filled in, keys that the schema does
 * not know left out.
 *
 * @param name which message it should be
 * @param value what was parsed
 * @throws {ShapeError} it is not; the message says where and what was found there
 */
export function readMessage<Name extends keyof Messages>(name: Name, value: unknown): Messages[Name] {
  return read(SCHEMAS[name], value, "", null) as Messages[Name];
}

/** An answer, and what of it could not be read. */
export interface ReadAnswer<Name extends keyof Messages> {
  readonly answer: Messages[Name];
  /** One line each: where, and what was found there. */
  readonly unread: readonly string[];
}

/**
 * An answer like {@linkcode readMessage}, in which a value that does not fit costs no more than
 * itself: it is null where that may be, else what the schema has in its place, else the entry of
 * the list that it is in is left out.
 *
 * @param name which message it should be
 * @param value what was parsed
 * @throws {ShapeError} what does not fit is in no list, and nothing stands in for it
 */
export function readAnswer<Name extends keyof Messages>(name: Name, value: unknown): ReadAnswer<Name> {
  const unread: string[] = [];
  return { answer: read(SCHEMAS[name], value, "", unread) as Messages[Name], unread };
}

/** The message as the other side reads it: keys in snake_case, as a value for JSON. */
export function writeMessage<Name extends keyof Messages>(
  name: Name,
  message: Messages[Name],
): Record<string, unknown> {
  return write(SCHEMAS[name], message) as Record<string, unknown>;
}

type Values = Readonly<Record<string, unknown>>;

/** @param unread what has not been read is added to it; null: none of it may be missing */
function read(schema: Schema, value: unknown, path: string, unread: string[] | null): unknown {
  if (!fits(schema, value)) throw wrong(schema, value, path);
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      const entry = () => [read(schema.items!, item, at(path, String(i)), unread)];
      return unread === null ? entry() : readOr([], entry, unread);
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const values = value as Values;
  const { additionalProperties, required = [], oneOf } = schema;
  if (additionalProperties !== undefined) {
    return Object.fromEntries(
      Object.entries(values).map((
        [key, each],
      ) => [key, read(additionalProperties, each, at(path, key), unread)]),
    );
  }
  const found: Record<string, unknown> = {};
  for (const { key, name, property } of namedProperties(schema)) {
    const given = values[key] === undefined ? property.default : values[key];
    if (given === undefined && !required.includes(key)) continue;
    const entry = () => {
      if (given === undefined) throw new ShapeError(`${at(path, key)} is missing`);
      return read(property, given, at(path, key), unread);
    };
    const instead = property.unread ?? (property.type.includes("null") ? null : property.default);
    found[name] = unread === null || instead === undefined ? entry() : readOr(instead, entry, unread);
  }
  const choices = oneOf?.map(({ required: [key = ""] }) => key) ?? [];
  if (oneOf !== undefined && choices.filter((key) => values[key] !== undefined).length !== 1) {
    throw new ShapeError(`one of ${choices.join(" and ")} is wanted`);
  }
  return found;
}

interface NamedProperty {
  readonly key: string;
  /** As the code has it. */
  readonly name: string;
  readonly property: Schema;
}

const NAMED = new WeakMap<Schema, readonly NamedProperty[]>();

/** Of each schema once: a status tells of a thousand workers. */
function namedProperties(schema: Schema): readonly NamedProperty[] {
  const known = NAMED.get(schema);
  if (known !== undefined) return known;
  const named = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    return { key, name: camelOf(key), property };
  });
  NAMED.set(schema, named);
  return named;
}

function readOr<T>(instead: T, entry: () => T, unread: string[]): T {
  const before = unread.length;
  try {
    return entry();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    unread.splice(before); // what was found inside goes with it
    unread.push(error.message);
    return instead;
  }
}

function write(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => write(schema.items!, item));
  if (schema.properties === undefined || typeof value !== "object" || value === null) return value;
  const values = value as Values;
  return Object.fromEntries(
    Object.entries(schema.properties).filter(([key]) => values[camelOf(key)] !== undefined)
      .map(([key, property]) => [key, write(property, values[camelOf(key)])]),
  );
}

function at(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function fits(schema: Schema, value: unknown): boolean {
  return schema.type.some((type) => {
    switch (type) {
      case "object":
        return typeof value === "object" && value !== null && !Array.isArray(value);
      case "array":
        return Array.isArray(value) && value.length >= (schema.minItems ?? 0);
      case "string":
        return typeof value === "string" && value.length >= (schema.minLength ?? 0);
      case "integer":
      case "number":
        return Number.isFinite(value) && (type === "number" || Number.isSafeInteger(value)) &&
          value as number >= (schema.minimum ?? -Infinity) && value as number <= (schema.maximum ?? Infinity);
      case "boolean":
        return typeof value === "boolean";
      default:
        return value === null;
    }
  });
}

/** The preload's `messages.py` says the same of the same fault. */
function wrong({ wanted }: Schema, value: unknown, path: string): ShapeError {
  // JSON has 1e999, which is none of its numbers; JSON.stringify() says null.
  const found = typeof value === "number" ? String(value) : JSON.stringify(value);
  return new ShapeError(
    `${path || "the message"} is ${found.length > 40 ? `${found.slice(0, 40)}…` : found}, not ${wanted}`,
  );
}
