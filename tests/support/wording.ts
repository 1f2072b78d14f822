/**
 * The wording of messages. Tests assert classes, codes and fields; what a message says stands in tests/support/messages
 * alone, one file a family.
 * @module
 */

import assert from "node:assert/strict";

const FOLDER = new URL("messages/", import.meta.url);

type Messages = Record<string, string>;

/**
 * Compares a message with the one in messages/FAMILY.json. After a change of wording run the tests with
 * XCORE_UPDATE_MESSAGES=1, and read the difference.
 *
 * @param family the file's name without its end, such as `start`
 * @param what the case, once in a family
 */
export function assertWording(family: string, what: string, message: string): void {
  const file = new URL(`${family}.json`, FOLDER);
  const messages = read(file);
  if (Deno.env.get("XCORE_UPDATE_MESSAGES") === "1") {
    Deno.writeTextFileSync(file, `${JSON.stringify({ ...messages, [what]: message }, null, 2)}\n`);
    return;
  }
  assert.equal(message, messages[what]);
}

function read(file: URL): Messages {
  try {
    return JSON.parse(Deno.readTextFileSync(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}
