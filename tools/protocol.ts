/**
 * The contract between xcore and the scheduler's preload, from lib/protocol/*.schema.json: for
 * TypeScript its types in camelCase and the schemas, for Python the schemas of what the preload
 * reads. `deno task embed` writes both.
 * @module
 */

import { camelOf } from "../lib/protocol/camel_of.ts";

const FOLDER = new URL("../lib/protocol/", import.meta.url);
const MADE = "Made by `deno task embed` from lib/protocol/*.schema.json; edit those, not this file.";

/** The route schemas, each with a `request`, an `answer` or both. */
const ROUTES = ["bundle", "cancel", "changes", "drain", "lease", "retire", "scale", "status", "task"];

/** Objects whose keys Python fills in one by one. */
const TUPLES = ["TaskCounts", "RetireOutcome", "DrainAnswer"];

/** The keywords of JSON Schema that both readers understand. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly default?: unknown;
  /** The key of config.yaml that a setting comes from, where its name differs. */
  readonly "x-setting"?: string;
  /** What an answer has in place of a value that does not fit: of a worker, what keeps it running. */
  readonly "x-unread"?: unknown;
}

const KNOWN = new Set(
  ("$ref $defs title description type const properties required additionalProperties items allOf oneOf " +
    "minimum maximum minLength minItems default x-setting x-unread").split(" "),
);

/** Path in the repository → text, of each generated file. */
export function protocolFiles(): Record<string, string> {
  return {
    "lib/protocol/messages.ts": typescript(),
    "python/node/xcore_scheduler/protocol.py": python(),
  };
}

/**
 * A schema with its references put in and its `allOf` merged.
 *
 * @param file the schema's file in lib/protocol/, `lease`
 * @throws {Error} it uses a keyword that the readers do not know
 */
export function schemaOf(file: string): JsonSchema {
  const { $defs: _, ...schema } = parse(file);
  return resolved(schema, file);
}

function parse(file: string): JsonSchema {
  const { $schema: _, ...schema } = JSON.parse(
    Deno.readTextFileSync(new URL(`${file}.schema.json`, FOLDER)),
  );
  return schema;
}

function resolved(schema: JsonSchema, file: string): JsonSchema {
  for (const keyword of Object.keys(schema)) {
    if (!KNOWN.has(keyword)) throw new Error(`${file}.schema.json uses ${keyword}, which no reader knows`);
  }
  const { $ref, allOf = [], ...own } = schema;
  if ($ref !== undefined) {
    const [, other = "", name = ""] = /^(?:([a-z]+)\.schema\.json)?#\/\$defs\/(\w+)$/.exec($ref) ?? [];
    const target = parse(other || file).$defs?.[name];
    if (target === undefined) throw new Error(`${file}.schema.json refers to ${$ref}, which is not there`);
    return resolved(target, other || file);
  }
  const bases = allOf.map((base) => resolved(base, file));
  const properties = { ...own.properties };
  for (const [key, property] of Object.entries(properties)) properties[key] = resolved(property, file);
  const inherited = Object.assign({}, ...bases.map((base) => base.properties));
  return {
    ...own,
    ...own.items && { items: resolved(own.items, file) },
    ...own.additionalProperties && { additionalProperties: resolved(own.additionalProperties, file) },
    ...(own.properties || allOf.length > 0) && { properties: { ...properties, ...inherited } },
    ...(own.required || allOf.length > 0) &&
      { required: [...own.required ?? [], ...bases.flatMap(({ required = [] }) => required)] },
  };
}

/** Message → its schema: `leaseRequest`, `leaseAnswer`, …, `settings`, `envelope`. */
export function messageSchemas(): Record<string, JsonSchema> {
  const found: [string, JsonSchema][] = [["envelope", schemaOf("envelope")], [
    "settings",
    schemaOf("settings"),
  ]];
  for (const route of ROUTES) {
    const { request, answer } = schemaOf(route).properties ?? {};
    if (request !== undefined) found.push([`${route}Request`, request]);
    if (answer !== undefined) found.push([`${route}Answer`, answer]);
  }
  return Object.fromEntries(found);
}

function terms(): JsonSchema {
  return resolved(parse("settings").$defs!.terms!, "settings");
}

/** What a route understands that an older preload's does not. */
const FEATURES = ["drain.then_retire"];

/** Routes without which nothing but time is lost: a preload that lacks one is not told of. */
const SPARED = ["changes"];

function capabilities(): string[] {
  const routes = ROUTES.filter((route) => !SPARED.includes(route));
  return [...routes, ...FEATURES, ...Object.keys(terms().properties!).map((key) => `settings.${key}`)];
}

function protocolVersion(): number {
  return schemaOf("envelope").properties!.protocol!.const as number;
}

// ----------------------------------------------------------------------------------------------------
// TypeScript

function typescript(): string {
  const messages = messageSchemas();
  const interfaces = new Map<string, string>();
  const names = Object.entries(messages).map(([name, schema]) => [name, typeOf(schema, interfaces)] as const);
  typeOf(terms(), interfaces);
  const sources = Object.entries(terms().properties!).map(([key, { "x-setting": from = key }]) =>
    `  ${camelOf(key)}: ${JSON.stringify({ setting: camelOf(from), factor: factorOf(from, key) })},`
  );
  const bare = Object.entries(messages).map(([name, schema]) =>
    `  ${name}: ${JSON.stringify(stripped(schema))},`
  );
  return [
    `// ${MADE}`,
    "/** What xcore and the scheduler's preload say to each other: types, and the schemas they are checked by. @module */",
    "",
    "/** The version that an answer must have. */",
    `export const PROTOCOL = ${protocolVersion()};`,
    "",
    "/** What this build understands, beyond the version. */",
    `export const CAPABILITIES: readonly string[] = ${JSON.stringify(capabilities())};`,
    "",
    ...[...interfaces.values()],
    "/** Each message by its name. */",
    "export interface Messages {",
    ...names.map(([name, type]) => `  readonly ${name}: ${type};`),
    "}",
    "",
    "/** The setting of config.yaml that each of the lease's terms comes from, in code's names. */",
    "export const TERM_SOURCES = {",
    ...sources,
    "} as const;",
    "",
    "/** The terms in force until a daemon brings its own, where the preload's file names none. */",
    "export const DEFAULT_TERMS: LeaseTerms = {",
    ...Object.entries(terms().properties!).map(([key, { default: usual }]) => {
      if (usual === undefined) throw new Error(`settings.schema.json gives no default for ${key}`);
      return `  ${camelOf(key)}: ${JSON.stringify(usual)},`;
    }),
    "};",
    "",
    "/** What a value must be: the part of JSON Schema that is used. */",
    "export interface Schema {",
    "  readonly type: readonly string[];",
    "  /** The same in words, `a text`. */",
    "  readonly wanted: string;",
    "  readonly properties?: Readonly<Record<string, Schema>>;",
    "  readonly required?: readonly string[];",
    "  readonly additionalProperties?: Schema;",
    "  readonly items?: Schema;",
    "  readonly oneOf?: readonly { readonly required: readonly string[] }[];",
    "  readonly const?: unknown;",
    "  readonly minimum?: number;",
    "  readonly maximum?: number;",
    "  readonly minLength?: number;",
    "  readonly minItems?: number;",
    "  readonly default?: unknown;",
    "  /** What stands in an answer for a value that does not fit. */",
    "  readonly unread?: unknown;",
    "}",
    "",
    "/** The schema of each message. */",
    "export const SCHEMAS: Readonly<Record<keyof Messages, Schema>> = {",
    ...bare,
    "};",
    "",
  ].join("\n");
}

/** The type's text; an object with a title becomes an interface of that name. */
function typeOf(schema: JsonSchema, interfaces: Map<string, string>): string {
  const types = [schema.type ?? []].flat().map((type) => {
    switch (type) {
      case "object":
        return objectType(schema, interfaces);
      case "array": {
        const item = typeOf(schema.items ?? {}, interfaces);
        return `readonly ${item.includes(" ") ? `(${item})` : item}[]`;
      }
      case "integer":
        return "number";
      default:
        return type;
    }
  });
  return [...new Set(types)].join(" | ");
}

function objectType(schema: JsonSchema, interfaces: Map<string, string>): string {
  if (schema.additionalProperties !== undefined) {
    return `Readonly<Record<string, ${typeOf(schema.additionalProperties, interfaces)}>>`;
  }
  const { title, description, properties = {}, required = [] } = schema;
  if (title === undefined) throw new Error("an object has neither a title nor additionalProperties");
  const lines = Object.entries(properties).flatMap(([key, property]) => {
    const isThere = required.includes(key) || property.default !== undefined;
    const line = `  readonly ${camelOf(key)}${isThere ? "" : "?"}: ${typeOf(property, interfaces)};`;
    return property.description === undefined ? [line] : [`  /** ${property.description} */`, line];
  });
  interfaces.set(
    title,
    [`/** ${description} */`, `export interface ${title} {`, ...lines, "}", ""].join("\n"),
  );
  return title;
}

/** What a number of `from` is multiplied with to be one of `to`, by the units in their names. */
function factorOf(from: string, to: string): number {
  return from.endsWith("_h") && to.endsWith("_s") ? 3600 : 1;
}

/**
 * A schema as the readers take it: what it wants in words, and nothing that is for people who read
 * the file.
 */
function stripped(schema: JsonSchema): Readonly<Record<string, unknown>> {
  const { title: _title, description: _description, "x-setting": _setting, "x-unread": unread, ...rest } =
    schema;
  const eachOf = (schemas: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(Object.entries(schemas).map(([key, property]) => [key, stripped(property)]));
  const kinds = [schema.type ?? []].flat();
  return {
    ...rest,
    type: kinds,
    wanted: kinds.map((kind) => wordsOf(kind, schema)).join(" or "),
    ...unread !== undefined && { unread },
    ...rest.properties && { properties: eachOf(rest.properties) },
    ...rest.items && { items: stripped(rest.items) },
    ...rest.additionalProperties && { additionalProperties: stripped(rest.additionalProperties) },
  };
}

function wordsOf(kind: string, { minimum, maximum, minLength = 0, minItems = 0 }: JsonSchema): string {
  const range = (minimum === undefined ? "" : ` from ${minimum}`) +
    (maximum === undefined ? "" : ` to ${maximum}`);
  switch (kind) {
    case "object":
      return "an object";
    case "array":
      return minItems > 0 ? "a list that is not empty" : "a list";
    case "string":
      return minLength > 0 ? "a text that is not empty" : "a text";
    case "integer":
      return `a whole number${range}`;
    case "number":
      return `a number${range}`;
    case "boolean":
      return "true or false";
    default:
      return kind;
  }
}

// --------------------------------------------------------------------------------------------------------
// Python

function python(): string {
  const messages = messageSchemas();
  const requests = Object.entries(messages).filter(([name]) => name.endsWith("Request")).map((
    [name, schema],
  ) => `    "${name.replace("Request", "")}": ${literal(stripped(schema))},`);
  const objects = new Map(Object.values(messages).flatMap(titled).map((schema) => [schema.title, schema]));
  const tuples = TUPLES.map((title) =>
    `${title.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()} = ${
      tuple(Object.keys(objects.get(title)!.properties!))
    }`
  );
  return [
    `"""${MADE}"""`,
    "",
    "# fmt: off",
    `PROTOCOL = ${protocolVersion()}`,
    `CAPABILITIES = ${tuple(capabilities())}`,
    `LEASE_TERMS = ${tuple(Object.keys(terms().properties!))}`,
    ...tuples,
    `SETTINGS = ${literal(stripped(messages.settings!))}`,
    "REQUESTS = {",
    ...requests,
    "}",
    "",
  ].join("\n");
}

function titled(schema: JsonSchema): JsonSchema[] {
  const inner = [...Object.values(schema.properties ?? {}), ...schema.items ? [schema.items] : []];
  return [...schema.title === undefined ? [] : [schema], ...inner.flatMap(titled)];
}

function tuple(texts: readonly string[]): string {
  return `(${texts.map((text) => `${JSON.stringify(text)},`).join(" ")})`;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${
      Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${literal(each)}`).join(", ")
    }}`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : JSON.stringify(value);
}
