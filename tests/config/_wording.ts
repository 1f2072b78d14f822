/** The wording of messages, which stands in messages.json alone: tests say what is found where. @module */

import assert from "node:assert/strict";

const FILE = new URL("messages.json", import.meta.url);

type Families = Record<string, Record<string, string>>;

const written: Families = JSON.parse(Deno.readTextFileSync(FILE));

/**
 * Holds a message to its wording. After a change of words run the tests with XCORE_UPDATE_MESSAGES=1, and read what
 * has changed in messages.json.
 */
export function assertWording(family: string, what: string, message: string): void {
  if (Deno.env.get("XCORE_UPDATE_MESSAGES") === "1") {
    const now: Families = JSON.parse(Deno.readTextFileSync(FILE));
    now[family] = { ...now[family], [what]: message };
    Deno.writeTextFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
    return;
  }
  assert.equal(message, written[family]?.[what]);
}
