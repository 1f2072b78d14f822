/** Names of settings and of keys in messages: snake_case there, camelCase in the code. @module */

/** `max_idle_time_s` → `maxIdleTimeS`, in types. */
export type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

/** `max_idle_time_s` → `maxIdleTimeS`. */
export function camelOf(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The object with its keys in camelCase; those of the values are left alone. */
export function camelKeys(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [camelOf(key), value]));
}

/** The object with its keys in snake_case; those of the values are left alone. */
export function snakeKeys(values: object): Record<string, unknown> {
  const snakeOf = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [snakeOf(key), value]));
}
