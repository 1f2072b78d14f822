import assert from "node:assert/strict";
import { settingsReference } from "../../../tools/settings_reference.ts";

Deno.test("docs/settings.md has the settings as they are", async () => {
  const text = await Deno.readTextFile(new URL("../../../docs/settings.md", import.meta.url));
  assert.ok(text === settingsReference(), "it is stale: run `deno task settings`");
});
