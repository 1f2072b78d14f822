/** Names as docs/glossary.md has them. */

import assert from "node:assert/strict";
import { sourceFiles } from "../support/sources.ts";

const ROOT = new URL("../../", import.meta.url);

/** Files that export nothing by their own name, and why that is so. */
const NAMED_OTHERWISE = new Set([
  "lib/_embedded.ts", // a folder of files
  "lib/errors.ts", // a family of classes
  "lib/platform/aws/errors.ts", // as the same of each platform
  "lib/platform/gcp/errors.ts",
]);

/** A platform's rooms have the same names in each: what is in one is said by its name alone. */
const ROOMS = new Set([
  ...["base", "checks", "client", "cloud", "errors", "images", "launch"],
  ...["provider", "session", "terminate"],
]);

const snakeCase = (name: string): string =>
  name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2").toLowerCase();

/** The names that a file exports. */
function exportsOf(text: string): string[] {
  const declared = [...text.matchAll(
    /^export (?:declare )?(?:async )?(?:const|let|function\*?|class|abstract class|interface|type|enum) (\w+)/gm,
  )];
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)];
  const listed = lists.flatMap(([, names]) => [...names!.matchAll(/(\w+)\s*(?:,|$)/g)]);
  return [...declared, ...listed].map(([, name]) => name!);
}

Deno.test("each file of lib/ is called after something that it exports", async () => {
  const others: string[] = [];
  for (const file of sourceFiles()) {
    if (!file.startsWith("lib/") || file.endsWith("/mod.ts") || NAMED_OTHERWISE.has(file)) continue;
    const base = file.replace(/^.*\/_?|(\.d)?\.ts$/g, "");
    if (/^lib\/platform\/(local|aws|gcp)\//.test(file) && ROOMS.has(base)) continue;
    const names = exportsOf(await Deno.readTextFile(new URL(file, ROOT))).map(snakeCase);
    if (!names.includes(base)) others.push(`${file} exports ${names.join(", ")}`);
  }
  assert.deepEqual(others, []);
});
