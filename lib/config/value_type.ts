/** Types that a setting's value may have: zod's, each with the words that describe it to a user. @module */

import * as z from "npm:zod@4.6.7";

// A process reads a config or two: compiling the schema would cost more than it saves.
z.config({ jitless: true });

export { z };

/** Any type of value. */
export type ValueType = z.ZodType;

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
export function text(pattern: RegExp, allowed: string, more: Pick<TypeFacts, "path"> = {}): z.ZodString {
  return described(z.string().regex(pattern), { allowed, ...more });
}

/** A whole number. */
export function count(min: number, max: number = NO_UPPER_BOUND, unit?: string): z.ZodInt {
  return described(z.int().min(min).max(max), numberFacts("a whole number", min, max, unit));
}

/** A number, fractions included. */
export function amount(unit: string, min: number, max: number = NO_UPPER_BOUND): z.ZodNumber {
  return described(z.number().min(min).max(max), numberFacts("a number", min, max, unit));
}

function numberFacts(noun: string, min: number, max: number, unit: string | undefined): TypeFacts {
  const of = unit === undefined ? noun : `${noun} of ${unit}`;
  const bounds = max === NO_UPPER_BOUND ? `, ${min} or more` : ` from ${min} to ${max}`;
  return { allowed: of + bounds, ...unit !== undefined && { unit } };
}

/** A number above 0. */
export function positive(): z.ZodNumber {
  return described(z.number().positive().max(NO_UPPER_BOUND), { allowed: "a number above 0" });
}

/** `true` or `false`. */
export function flag(): z.ZodBoolean {
  return described(z.boolean(), { allowed: "true or false" });
}

/** One of these words. */
export function choice<const Words extends readonly string[]>(words: Words) {
  return described(z.enum(words), { allowed: orOf(words) });
}

/** `auto` or a value of another type. */
export function autoOr<T extends ValueType>(type: T) {
  return described(z.union([z.literal("auto"), type]), {
    ...factsOf(type),
    allowed: `auto or ${factsOf(type).allowed}`,
  });
}

/** A value of another type, or `unlimited`, which is null in the code. */
export function unlimitedOr<T extends ValueType>(type: T) {
  return described(z.union([z.literal("unlimited").transform(() => null), type]), {
    ...factsOf(type),
    allowed: `unlimited or ${factsOf(type).allowed}`,
    nullWord: "unlimited",
  });
}

/** An IPv4 range that is written with its first address, or `auto`. */
export function addressRange() {
  const range = z.cidrv4().refine((value) => rangeMeant(value) === value);
  return described(z.union([z.literal("auto"), range]), {
    allowed: "auto, or a range of addresses such as 192.0.2.7/32",
  });
}

/** A list; `plural` names its items. */
export function list<T extends ValueType>(of: T, plural: string): z.ZodArray<T> {
  return described(z.array(of), { allowed: `a list of ${plural}` });
}

/** Names of the user's choice, each with a value. */
export function map<T extends ValueType>(keys: RegExp, of: T, example: string) {
  return described(z.record(z.string().regex(keys), of), {
    allowed: `names with a value each, such as ${example}`,
    example,
  });
}

/** An object with exactly these keys, in a list. */
export function item<const Shape extends z.core.$ZodLooseShape>(shape: Shape, allowed: string) {
  return described(z.strictObject(shape), { allowed });
}

/** A name that becomes part of a cloud's names. */
export const NAME: z.ZodString = text(
  /^[a-z][a-z0-9-]{0,29}$/,
  "up to 30 lower-case letters, digits and hyphens, beginning with a letter",
);
/** A cloud's machine type. */
export const MACHINE_TYPE: z.ZodString = text(/^[a-z][a-z0-9.-]{1,62}$/, "a machine type");
/** A GPU, by GCE's name. */
export const ACCELERATOR_TYPE: z.ZodString = text(
  /^[a-z][a-z0-9-]{1,62}$/,
  "an accelerator's name such as nvidia-tesla-t4",
);
/** A cloud's zone. */
export const ZONE: z.ZodString = text(/^[a-z]+(-[a-z0-9]+)+$/, "a zone's name");
/** An absolute path of this machine. */
export const PATH: z.ZodString = text(/^\/[^\0]*$/, "a full path, which begins with /", { path: true });

/** The type without its default, its null and its preparation. */
export function bare(type: ValueType): ValueType {
  if (type instanceof z.ZodDefault || type instanceof z.ZodNullable) return bare(type.unwrap() as ValueType);
  return type instanceof z.ZodPipe ? bare(type.out as ValueType) : type;
}

/** The type of the value at a path within values of a type; undefined when there is no such value. */
export function typeAt(type: ValueType, [key, ...rest]: readonly PropertyKey[]): ValueType | undefined {
  const whole = bare(type);
  if (key === undefined) return whole;
  const inner = whole instanceof z.ZodObject
    ? whole.shape[String(key)]
    : whole instanceof z.ZodArray
    ? whole.element
    : whole instanceof z.ZodRecord
    ? whole.valueType
    : undefined;
  return inner === undefined ? undefined : typeAt(inner as ValueType, rest);
}

/** Whether what stands at a path may be left out. */
export function isOptional(type: ValueType, path: readonly PropertyKey[]): boolean {
  const holder = typeAt(type, path.slice(0, -1));
  return holder instanceof z.ZodObject && holder.shape[String(path.at(-1))] instanceof z.ZodDefault;
}

/** The words that are values of the type, in the file's form. */
export function wordsOf(type: ValueType): string[] {
  const whole = bare(type);
  if (whole instanceof z.ZodBoolean) return ["true", "false"];
  if (whole instanceof z.ZodEnum) return whole.options.map(String);
  if (whole instanceof z.ZodLiteral) return [...whole.values].map(String);
  if (!(whole instanceof z.ZodUnion)) return [];
  return whole.options.flatMap((option) =>
    wordsOf((option instanceof z.ZodPipe ? option.in : option) as ValueType)
  );
}

/** Whether the type's values are numbers, words aside. */
export function isNumeric(type: ValueType): boolean {
  const whole = bare(type);
  if (whole instanceof z.ZodUnion) return whole.options.some((option) => isNumeric(option as ValueType));
  return whole instanceof z.ZodNumber;
}

/** The range that an address of it means, or null when the text is none: 192.0.2.7/24 → 192.0.2.0/24. */
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
