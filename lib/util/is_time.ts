/** Times that others have written. @module */

/** The end of the year 9999, milliseconds since 1970: later years have no ISO 8601 of four digits. */
export const LAST_MS = 253_402_300_799_999;

/** Whether it is a time in milliseconds since 1970 that a date can have. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_MS;
}
