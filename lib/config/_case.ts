/** Names of keys: snake_case in the file, camelCase in the code. @module */

/** `maxIdleTimeS` → `max_idle_time_s`, in types. */
export type Snake<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : Name;

/** `max_idle_time_s` → `maxIdleTimeS`. */
export function camelOf(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
