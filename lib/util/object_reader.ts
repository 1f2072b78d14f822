/** Reads JSON from another program, and says exactly what is wrong with it. @module */

/** JSON is not of the shape it should be; the message says where and what was found there. */
export class ShapeError extends Error {}

/** A JSON object, read key by key; every method throws {@linkcode ShapeError}. */
export class ObjectReader {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /**
   * @param value what was parsed
   * @param path where it was, `workers.3`; empty for the document itself
   */
  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw wrong(path || "the answer", value, "an object");
    }
    this.#value = value as Record<string, unknown>;
    this.#path = path;
  }

  /** The value of any type, or undefined. */
  raw(key: string): unknown {
    return this.#value[key];
  }

  text(key: string): string {
    return check(this.raw(key), this.#at(key), isText, "a text");
  }

  textOrNull(key: string): string | null {
    return this.raw(key) === null ? null : this.text(key);
  }

  flag(key: string): boolean {
    return check(this.raw(key), this.#at(key), isFlag, "true or false");
  }

  /** A whole number, not negative. */
  count(key: string): number {
    return check(this.raw(key), this.#at(key), isCount, "a whole number from 0");
  }

  /** A number, not negative. */
  amount(key: string): number {
    return check(this.raw(key), this.#at(key), isAmount, "a number from 0");
  }

  amountOrNull(key: string): number | null {
    return this.raw(key) === null ? null : this.amount(key);
  }

  /** Like {@linkcode amountOrNull}, for a key that an older writer leaves out: null then, too. */
  amountIfGiven(key: string): number | null {
    return this.raw(key) === undefined ? null : this.amountOrNull(key);
  }

  object(key: string): ObjectReader {
    return new ObjectReader(this.raw(key), this.#at(key));
  }

  /** A list of objects, each read by `read`. */
  list<T>(key: string, read: (item: ObjectReader) => T): T[] {
    const items = check(this.raw(key), this.#at(key), Array.isArray, "a list");
    return items.map((item, i) => read(new ObjectReader(item, `${this.#at(key)}.${i}`)));
  }

  texts(key: string): string[] {
    const items = check(this.raw(key), this.#at(key), Array.isArray, "a list");
    return items.map((item, i) => check(item, `${this.#at(key)}.${i}`, isText, "a text"));
  }

  /** An object all of whose values are numbers. */
  amounts(key: string): Record<string, number> {
    const inner = this.object(key);
    return Object.fromEntries(inner.keys().map((name) => [name, inner.amount(name)]));
  }

  /** An object all of whose values are texts or null. */
  textsByName(key: string): Record<string, string | null> {
    const inner = this.object(key);
    return Object.fromEntries(inner.keys().map((name) => [name, inner.textOrNull(name)]));
  }

  keys(): string[] {
    return Object.keys(this.#value);
  }

  #at(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }
}

function check<T>(value: unknown, path: string, fits: (value: unknown) => value is T, wanted: string): T {
  if (!fits(value)) throw wrong(path, value, wanted);
  return value;
}

function wrong(path: string, value: unknown, wanted: string): ShapeError {
  if (value === undefined) return new ShapeError(`${path} is missing`);
  const found = JSON.stringify(value);
  return new ShapeError(`${path} is ${found.length > 40 ? `${found.slice(0, 40)}…` : found}, not ${wanted}`);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}
