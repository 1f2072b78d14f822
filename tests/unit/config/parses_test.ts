import assert from "node:assert/strict";
import { Parser } from "npm:yaml@2.9.1";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { loadConfig } from "../../../lib/config/load_config.ts";
import { setSettings } from "../../../lib/cluster/set_settings.ts";
import { type Place, placeWith } from "./_home.ts";

const TEXT = initialConfig({ provider: "local", clusterName: "xcore", clusterId: "xcore-0a1b2c3d" });

/** How often a text as long as the file is parsed meanwhile. */
async function parsesDuring(act: (place: Place) => Promise<unknown>): Promise<number> {
  await using place = await placeWith(TEXT);
  const { parse } = Parser.prototype;
  let parses = 0;
  Parser.prototype.parse = function (text, ...more) {
    if (text.length > TEXT.length / 2) parses++;
    return parse.call(this, text, ...more);
  };
  try {
    await act(place);
  } finally {
    Parser.prototype.parse = parse;
  }
  return parses;
}

Deno.test("a config.yaml is parsed once to be read", async () => {
  assert.equal(await parsesDuring(({ runtime, home }) => loadConfig(runtime, home)), 1);
});

Deno.test("`config set` of three keys parses the file once before and once after", async () => {
  const edits = [["max_workers", "7"], ["zones", "[a-b1]"], ["tags.project", "thesis"]] as const;
  assert.equal(await parsesDuring((place) => setSettings(place, edits)), 2);
});

Deno.test("`config set` to what is there parses the file once", async () => {
  assert.equal(await parsesDuring((place) => setSettings(place, [["max_workers", "1"]])), 1);
});
