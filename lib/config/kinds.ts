/** What kinds of value a key may have, and how a person is told so. @module */

/** What a key's value may be. */
export type Kind =
  | { readonly is: "text"; readonly pattern: RegExp; readonly words: string }
  /** Bounds included. */
  | {
    readonly is: "number";
    readonly whole: boolean;
    readonly unit: string | null;
    readonly min: number;
    readonly max: number;
  }
  | { readonly is: "flag" }
  | { readonly is: "choice"; readonly of: readonly string[] }
  /** An IPv4 range, or `auto`. */
  | { readonly is: "range" }
  /** One word, which the code has as `means`, or a value of another kind. */
  | { readonly is: "word-or"; readonly word: string; readonly means: string | null; readonly or: Kind }
  | { readonly is: "list"; readonly of: Kind; readonly words: string }
  /** Names of the person's own choice, each with a value. */
  | { readonly is: "map"; readonly keys: RegExp; readonly of: Kind; readonly example: string }
  | { readonly is: "pools" };

const NO_UPPER_BOUND = 1_000_000_000_000_000;

/** The lowest bound that leaves 0 out. */
export const POSITIVE = Number.MIN_VALUE;

/** Text of this form; `words` says which, after `allowed`. */
export const text = (pattern: RegExp, words: string): Kind => ({ is: "text", pattern, words });

/** A whole number. */
export const count = (min: number, max: number = NO_UPPER_BOUND, unit: string | null = null): Kind => (
  { is: "number", whole: true, unit, min, max }
);

/** A number, fractions included, of a unit in the plural. */
export const amount = (unit: string | null, min: number, max: number = NO_UPPER_BOUND): Kind => (
  { is: "number", whole: false, unit, min, max }
);

/** A list of values; `words` names them in the plural. */
export const list = (of: Kind, words: string): Kind => ({ is: "list", of, words });

/** A name of ours that becomes part of a cloud's names. */
export const NAME = text(
  /^[a-z][a-z0-9-]{0,29}$/,
  "up to 30 lower-case letters, digits and hyphens, beginning with a letter",
);
export const MACHINE_TYPE = text(/^[a-z][a-z0-9.-]{1,62}$/, "a machine type");
export const ACCELERATOR_TYPE = text(
  /^[a-z][a-z0-9-]{1,62}$/,
  "an accelerator's name such as nvidia-tesla-t4",
);
export const ZONE = text(/^[a-z]+(-[a-z0-9]+)+$/, "a zone's name");
export const PATH = text(/^\/[^\0]*$/, "a full path, which begins with /");
export const ANY_TEXT = text(/^[^\p{Cc}]{0,256}$/u, "one line of text");
export const PORT = count(1, 65535);
export const WORKERS = count(0, 10_000);
export const MARKET: Kind = { is: "choice", of: ["on-demand", "spot", "spot-then-on-demand"] };

/** The values of a kind, as they are named after `allowed`. */
export function allowedOf(kind: Kind): string {
  switch (kind.is) {
    case "text":
      return kind.words;
    case "number": {
      const noun = `${kind.whole ? "a whole number" : "a number"}${
        kind.unit === null ? "" : ` of ${kind.unit}`
      }`;
      if (kind.min === POSITIVE) return `${noun} above 0`;
      return kind.max === NO_UPPER_BOUND
        ? `${noun}, ${kind.min} or more`
        : `${noun} from ${kind.min} to ${kind.max}`;
    }
    case "flag":
      return "true or false";
    case "choice":
      return orOf(kind.of);
    case "range":
      return "auto, or a range of addresses such as 192.0.2.7/32";
    case "word-or":
      return `${kind.word} or ${allowedOf(kind.or)}`;
    case "list":
      return `a list of ${kind.words}`;
    case "map":
      return `names with a value each, such as ${kind.example}`;
    case "pools":
      return "a list of pools, each beginning with `- name:`";
  }
}

/** `a, b or c`. */
export function orOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
