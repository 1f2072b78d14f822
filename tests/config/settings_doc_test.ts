import assert from "node:assert/strict";
import { settingsDoc } from "../../tools/settings_doc.ts";

Deno.test("docs/settings.md has the settings as they are", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/settings.md", import.meta.url));
  assert.ok(text === settingsDoc(), "it is stale: run `deno task docs:settings`");
});
