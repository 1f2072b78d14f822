/** Values as YAML on one line. @module */

/** Read back as this very text, in any place of a YAML file, without quotes. */
const PLAIN_TEXT = /^[A-Za-z/][A-Za-z0-9_./@=*-]*$/;
/** Texts that YAML, of today or of yesterday, takes for something else. */
const NOT_A_TEXT = /^(null|true|false|yes|no|on|off|y|n)$/i;

/** A value on one line, such as `[a, b]`, `{GPU: 1}` or `"099720109477"`. */
export function flowOf(value: unknown): string {
  if (typeof value === "string") return scalarOf(value);
  if (Array.isArray(value)) return `[${value.map(flowOf).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value).map(([key, item]) => `${scalarOf(key)}: ${flowOf(item)}`).join(", ")}}`;
  }
  return String(value);
}

/** JSON's strings are YAML's double-quoted ones, but for characters that YAML wants escaped and JSON does not. */
function scalarOf(text: string): string {
  if (PLAIN_TEXT.test(text) && !NOT_A_TEXT.test(text)) return text;
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
