/**
 * Types that a setting's value may have: zod's, each with the words that describe it to a user.
 * @module
 */

import * as z from "npm:zod@4.6.7/mini";

// A process reads a config or two: compiling the schema would cost more than it saves.
z.config({ jitless: true });

// By their names, so that a bundle has these alone.
export {
  _default as withDefault,
  discriminatedUnion,
  literal,
  nullable,
  pipe,
  refine,
  registry,
  strictObject,
  superRefine,
  toJSONSchema,
  transform,
  ZodMiniArray,
  ZodMiniBoolean,
  ZodMiniDefault,
  ZodMiniEnum,
  ZodMiniNumber,
  ZodMiniRecord,
  ZodMiniString,
} from "npm:zod@4.6.7/mini";
export type * as z from "npm:zod@4.6.7/mini";

/** Any type of value. */
export type ValueType = z.ZodMiniType;

/** What zod does not know of a type. */
export interface TypeFacts {
  /** The allowed values, in the words that follow `allowed`. */
  readonly allowed: string;
  /** Unit of a number, in the plural. */
  readonly unit?: string;
  /** A whole value, for a map or a list. */
  readonly example?: string;
  /** A word that the file has where the code has null. */
  readonly nullWord?: string;
  /** True: the value is a path of this machine. */
  readonly path?: true;
}

const FACTS = z.registry<TypeFacts>();

/** The facts of a type that this file made. */
export function factsOf(type: ValueType): TypeFacts {
  return FACTS.get(bare(type)) ?? { allowed: "a value" };
}

function described<T extends ValueType>(type: T, facts: TypeFacts): T {
  FACTS.add(type, facts);
  return type;
}

const NO_UPPER_BOUND = 1_000_000_000_000_000;

/** Text of this form. */
export function text(
  pattern: RegExp,
  allowed: string,
  more: Pick<TypeFacts, "path"> = {},
): z.ZodMiniString<string> {
  return described(z.string().check(z.regex(pattern)), { allowed, ...more });
}

/** A whole number. */
export function count(min: number, max: number = NO_UPPER_BOUND, unit?: string): z.ZodMiniInt {
  return described(z.int().check(z.gte(min), z.lte(max)), numberFacts("a whole number", min, max, unit));
}

/** A number, fractions included. */
export function amount(unit: string, min: number, max: number = NO_UPPER_BOUND): z.ZodMiniNumber<number> {
  return described(z.number().check(z.gte(min), z.lte(max)), numberFacts("a number", min, max, unit));
}

function numberFacts(noun: string, min: number, max: number, unit: string | undefined): TypeFacts {
  const of = unit === undefined ? noun : `${noun} of ${unit}`;
  const bounds = max === NO_UPPER_BOUND ? `, ${min} or more` : ` from ${min} to ${max}`;
  return { allowed: of + bounds, ...unit !== undefined && { unit } };
}

/** A number above 0. */
export function positive(): z.ZodMiniNumber<number> {
  return described(z.number().check(z.gt(0), z.lte(NO_UPPER_BOUND)), { allowed: "a number above 0" });
}

/** `true` or `false`. */
export function flag(): z.ZodMiniBoolean<boolean> {
  return described(z.boolean(), { allowed: "true or false" });
}

/** One of these words. */
export function choice<const Words extends readonly string[]>(words: Words) {
  return described(z.enum(words), { allowed: orOf(words) });
}

/** `auto` or a value of another type. */
export function autoOr<T extends ValueType>(type: T) {
  return wordOr("auto", type);
}

/** A word or a value of another type. */
export function wordOr<const Word extends string, T extends ValueType>(word: Word, type: T) {
  return described(z.union([z.literal(word), type]), {
    ...factsOf(type),
    allowed: `${word} or ${factsOf(type).allowed}`,
  });
}

/** A value of another type, or `unlimited`, which is null in the code. */
export function unlimitedOr<T extends ValueType>(type: T) {
  return described(z.union([z.pipe(z.literal("unlimited"), z.transform(() => null)), type]), {
    ...factsOf(type),
    allowed: `unlimited or ${factsOf(type).allowed}`,
    nullWord: "unlimited",
  });
}

/** An IPv4 range that is written with its first address, or `auto`. */
export function addressRange() {
  const range = z.cidrv4().check(z.refine((value: string) => rangeMeant(value) === value));
  return described(z.union([z.literal("auto"), range]), {
    allowed: "auto, or a range of addresses such as 192.0.2.7/32",
  });
}

/** A list; `plural` names its items. */
export function list<T extends ValueType>(of: T, plural: string): z.ZodMiniArray<T> {
  return described(z.array(of), { allowed: `a list of ${plural}` });
}

/** Names of the user's choice, each with a value. */
export function map<T extends ValueType>(keys: RegExp, of: T, example: string) {
  return described(z.record(z.string().check(z.regex(keys)), of), {
    allowed: `names with a value each, such as ${example}`,
    example,
  });
}

/** An object with exactly these keys, in a list. */
export function item<const Shape extends z.core.$ZodLooseShape>(shape: Shape, allowed: string) {
  return described(z.strictObject(shape), { allowed });
}

/** A name that becomes part of a cloud's names. */
export const NAME = text(
  /^[a-z][a-z0-9-]{0,29}$/,
  "up to 30 lower-case letters, digits and hyphens, beginning with a letter",
);
/** A cloud's machine type. */
export const MACHINE_TYPE = text(/^[a-z][a-z0-9.-]{1,62}$/, "a machine type");
/** A GPU that is attached to a machine, by its name. */
export const ACCELERATOR_TYPE = text(
  /^[a-z][a-z0-9-]{1,62}$/,
  "an accelerator's name such as nvidia-tesla-t4",
);
/** A cloud's zone. */
export const ZONE = text(/^[a-z]+(-[a-z0-9]+)+$/, "a zone's name");
/** An absolute path of this machine. */
export const PATH = text(/^\/[^\0]*$/, "a full path, which begins with /", { path: true });

/** The type without its default, its null and its preparation. */
export function bare(type: ValueType): ValueType {
  if (type instanceof z.ZodMiniDefault || type instanceof z.ZodMiniNullable) {
    return bare(type.def.innerType as ValueType);
  }
  return type instanceof z.ZodMiniPipe ? bare(type.def.out as ValueType) : type;
}

/**
 * The type of the value at a path within values of a type; undefined when there is no such value.
 */
export function typeAt(type: ValueType, [key, ...rest]: readonly PropertyKey[]): ValueType | undefined {
  const whole = bare(type);
  if (key === undefined) return whole;
  const inner = whole instanceof z.ZodMiniObject
    ? whole.def.shape[String(key)]
    : whole instanceof z.ZodMiniArray
    ? whole.def.element
    : whole instanceof z.ZodMiniRecord
    ? whole.def.valueType
    : undefined;
  return inner === undefined ? undefined : typeAt(inner as ValueType, rest);
}

/** Whether what stands at a path may be left out. */
export function isOptional(type: ValueType, path: readonly PropertyKey[]): boolean {
  const holder = typeAt(type, path.slice(0, -1));
  return holder instanceof z.ZodMiniObject &&
    holder.def.shape[String(path.at(-1))] instanceof z.ZodMiniDefault;
}

/** The words that are values of the type, in the file's form. */
export function wordsOf(type: ValueType): string[] {
  const whole = bare(type);
  if (whole instanceof z.ZodMiniBoolean) return ["true", "false"];
  if (whole instanceof z.ZodMiniEnum) return whole.options.map(String);
  if (whole instanceof z.ZodMiniLiteral) return whole.def.values.map(String);
  if (!(whole instanceof z.ZodMiniUnion)) return [];
  return whole.def.options.flatMap((option) =>
    wordsOf((option instanceof z.ZodMiniPipe ? option.def.in : option) as ValueType)
  );
}

/** Whether the type's values are numbers, words aside. */
export function isNumeric(type: ValueType): boolean {
  const whole = bare(type);
  if (whole instanceof z.ZodMiniUnion) {
    return whole.def.options.some((option) => isNumeric(option as ValueType));
  }
  return whole instanceof z.ZodMiniNumber;
}

/**
 * The range that an address of it means, or null when the text is none: 192.0.2.7/24 →
 * 192.0.2.0/24.
 */
export function rangeMeant(text: string): string | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text.trim());
  if (match === null) return null;
  const octets = match.slice(1, 5).map(Number);
  const prefix = Number(match[5] ?? 32);
  if (octets.some((octet) => octet > 255) || prefix > 32) return null;
  const first = octets.map((octet, i) => octet & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * i))));
  return `${first.join(".")}/${prefix}`;
}

/** `a, b or c`. */
export function orOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
