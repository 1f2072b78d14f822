/**
 * What a file of Google's client exports, as far as it is typed here. Its own types, 33 MB, take as
 * long to check as half of this program, and nothing here needs them: see `GoogleClient`.
 * @module
 */

export type ClientExports = Readonly<Record<string, unknown>>;

declare const whole: ClientExports;
export default whole;
