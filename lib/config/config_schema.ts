/** The schema of config.yaml: an object for each provider, and their union. @module */

import { isDeepStrictEqual } from "node:util";
import { brokenRules, type Known } from "./broken_rules.ts";
import {
  concerns,
  type DefaultOn,
  defaultOn,
  descriptionOn,
  POOL_SETTINGS,
  type ProviderName,
  type Setting,
  SETTINGS,
} from "./settings.ts";
import {
  discriminatedUnion,
  item,
  list,
  literal,
  nullable,
  pipe,
  refine,
  registry,
  strictObject,
  superRefine,
  toJSONSchema,
  transform,
  type ValueType,
  withDefault,
  type z,
  ZodMiniDefault,
} from "./value_type.ts";

/** Whether a row has no effect under a provider, and only its default is allowed. */
type IsForeign<S extends Setting, P extends ProviderName> = P extends "local" ? false
  : S extends { only: readonly (infer Only)[] } ? P extends Only ? false : true
  : false;

/** The schema of a row under a provider. */
type FieldOn<S extends Setting, P extends ProviderName> = IsForeign<S, P> extends true
  ? z.ZodMiniType<DefaultOn<S, P>>
  : [undefined] extends [DefaultOn<S, P>] ? S["type"]
  : [null] extends [DefaultOn<S, P>] ? z.ZodMiniDefault<z.ZodMiniNullable<S["type"]>>
  : z.ZodMiniDefault<S["type"]>;

type ShapeOn<Rows extends Readonly<Record<string, Setting>>, P extends ProviderName> = {
  [Key in keyof Rows]: FieldOn<Rows[Key], P>;
};

/** A pool under a provider. */
type PoolOn<P extends ProviderName> = z.ZodMiniObject<ShapeOn<typeof POOL_SETTINGS, P>, z.core.$strict>;

/** A config.yaml under a provider. */
export type ConfigSchema<P extends ProviderName> = z.ZodMiniObject<
  & Omit<ShapeOn<typeof SETTINGS, P>, "provider" | "pools">
  & { provider: z.ZodMiniLiteral<P>; pools: z.ZodMiniDefault<z.ZodMiniArray<PoolOn<P>>> },
  z.core.$strict
>;

/** The values of a config.yaml under a provider, in the file's names and the code's form. */
export type ValuesOn<P extends ProviderName> = z.output<ConfigSchema<P>>;

const schemas = new Map<ProviderName | null, ValueType>();

/**
 * The schema under a provider: an object of the file's keys, rules included. Made once.
 *
 * @param provider null: not known; any one of them is allowed
 */
export function schemaOn<P extends ProviderName>(provider: P | null): ConfigSchema<P> {
  const made = schemas.get(provider) ?? newSchema(provider);
  schemas.set(provider, made);
  return made as ConfigSchema<P>;
}

/** The schema of any config.yaml: its `provider` says which. */
export function configSchema() {
  return discriminatedUnion("provider", [schemaOn("local"), schemaOn("aws"), schemaOn("gcp")]);
}

function newSchema(named: ProviderName | null): ValueType {
  const provider = named ?? "local"; // where every setting may be recorded
  const shape = {
    ...shapeOn(SETTINGS, provider),
    ...named !== null && { provider: described(literal(named), SETTINGS.provider, named) },
    pools: fieldOn({ ...SETTINGS.pools, type: poolsOn(provider) }, provider),
  };
  // Rules are judged beside other mistakes, on what has none.
  const rules = superRefine<unknown>((values, context) => {
    for (const { paths, message } of brokenRules(without(context.issues, values))) {
      context.addIssue({ code: "custom", message, path: [...paths[0]!], params: { paths } });
    }
  }, { when: () => true });
  return strictObject(shape).check(rules);
}

function poolsOn(provider: ProviderName): ValueType {
  const pool = item(shapeOn(POOL_SETTINGS, provider), "keys and values, the first of them `- name: gpu`");
  return list(pool, "pools, each beginning with `- name:`");
}

function shapeOn(rows: Readonly<Record<string, Setting>>, provider: ProviderName): Record<string, ValueType> {
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, fieldOn(row, provider)]));
}

/** A setting's type, with its default and its null under the provider. */
function fieldOn(row: Setting, provider: ProviderName): ValueType {
  const usual = defaultOn(row, provider);
  let field: ValueType = row.type;
  if (provider !== "local" && !concerns(row, provider)) {
    const message = `found a key that means nothing with provider ${provider}: ${
      row.instead ?? "remove the line"
    }`;
    const isUsual = (value: unknown) => isDeepStrictEqual(value, usual);
    field = (usual === null ? nullable(field) : field)
      .check(refine(isUsual, { message, params: { foreign: true }, when: () => true }));
  } else if (usual === null) field = nullable(field);
  // What is left when a user has commented out all items.
  if (typeof usual === "object" && usual !== null) {
    field = pipe(transform((value: unknown): unknown => value ?? usual), field);
  }
  return described(usual === undefined ? field : withDefault(field, usual), row, provider);
}

function described(field: ValueType, row: Setting, provider: ProviderName): ValueType {
  DESCRIPTIONS.add(field, {
    description: descriptionOn(row, provider),
    ...!concerns(row, provider) && UNUSED,
  });
  return field;
}

/** For the editors that read the JSON Schema; `doNotSuggest` is theirs. */
const DESCRIPTIONS = registry<{ description: string; doNotSuggest?: true }>();
const UNUSED = { doNotSuggest: true } as const;

/** The values that no issue is about. */
function without(issues: readonly z.core.$ZodRawIssue[], values: unknown): Known {
  const known = structuredClone(values);
  for (const { path = [] } of issues) {
    const last = path.at(-1);
    const holder = path.slice(0, -1).reduce<unknown>(
      (value, key) => (value as Holder | undefined)?.[key],
      known,
    );
    if (last === undefined || typeof holder !== "object" || holder === null) continue;
    if (Array.isArray(holder)) holder[Number(last)] = undefined;
    else delete (holder as Holder)[last];
  }
  return known as Known;
}

type Holder = Record<PropertyKey, unknown>;

/**
 * The JSON Schema of a cluster's config.yaml, by which an editor completes and checks it. Rules
 * that tie settings to each other are not in it.
 */
export function jsonSchemaOn(provider: ProviderName): Record<string, unknown> {
  const schema = toJSONSchema(schemaOn(provider), {
    io: "input",
    metadata: DESCRIPTIONS,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (!(zodSchema instanceof ZodMiniDefault)) return;
      const usual = zodSchema.def.defaultValue;
      if (provider !== "local" && jsonSchema.doNotSuggest === true) {
        // Only the default is allowed.
        const { description } = jsonSchema;
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
        Object.assign(jsonSchema, { description, const: usual, doNotSuggest: true });
      } else if (typeof usual === "object" && usual !== null) {
        Object.assign(jsonSchema, { default: usual, type: [jsonSchema.type, "null"] });
      }
    },
  });
  return { ...schema, title: `config.yaml of a crosscore cluster on ${provider}` };
}
