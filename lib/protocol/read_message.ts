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
  return read(SCHEMAS[name], value, "") as Messages[Name];
}

/** The message as the other side reads it: keys in snake_case, as a value for JSON. */
export function writeMessage<Name extends keyof Messages>(
  name: Name,
  message: Messages[Name],
): Record<string, unknown> {
  return write(SCHEMAS[name], message) as Record<string, unknown>;
}

type Values = Readonly<Record<string, unknown>>;

function read(schema: Schema, value: unknown, path: string): unknown {
  if (!fits(schema, value)) throw wrong(schema, value, path);
  if (Array.isArray(value)) return value.map((item, i) => read(schema.items!, item, at(path, String(i))));
  if (typeof value !== "object" || value === null) return value;
  const values = value as Values;
  const { additionalProperties, properties = {}, required = [], oneOf } = schema;
  if (additionalProperties !== undefined) {
    return Object.fromEntries(
      Object.entries(values).map(([key, each]) => [key, read(additionalProperties, each, at(path, key))]),
    );
  }
  const found: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    const given = values[key] === undefined ? property.default : values[key];
    if (given !== undefined) found[camelOf(key)] = read(property, given, at(path, key));
    else if (required.includes(key)) throw new ShapeError(`${at(path, key)} is missing`);
  }
  const choices = oneOf?.map(({ required: [key = ""] }) => key) ?? [];
  if (oneOf !== undefined && choices.filter((key) => values[key] !== undefined).length !== 1) {
    throw new ShapeError(`one of ${choices.join(" and ")} is wanted`);
  }
  return found;
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
        return typeof value === "number" && (type === "number" || Number.isSafeInteger(value)) &&
          value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity);
      case "boolean":
        return typeof value === "boolean";
      default:
        return value === null;
    }
  });
}

/** The preload's `messages.py` says the same of the same fault. */
function wrong({ wanted }: Schema, value: unknown, path: string): ShapeError {
  const found = JSON.stringify(value);
  return new ShapeError(
    `${path || "the message"} is ${found.length > 40 ? `${found.slice(0, 40)}…` : found}, not ${wanted}`,
  );
}
