import assert from "node:assert/strict";
import "npm:ajv@8.17.1";
import "npm:ajv-formats@3.0.1";
import "npm:ajv-formats-draft2019@1.6.1";
import { Spec, Validation } from "npm:@cyclonedx/cyclonedx-library@10.3.0";
import manifest from "../../../deno.json" with { type: "json" };
import { bundledPackages } from "../../../tools/parts/bundled.ts";
import { sbomText } from "../../../tools/parts/sbom.ts";

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

Deno.test("the bill of materials obeys CycloneDX's schema, and has the program's packages, Deno, V8 and crates", async () => {
  const text = await sbomText();
  const mistakes = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  assert.equal(mistakes, null, JSON.stringify(mistakes));

  const { metadata, components, dependencies } = JSON.parse(text);
  assert.deepEqual([metadata.component.name, metadata.component.version], ["xcore", manifest.version]);
  const npm = (components as Component[]).filter(({ purl }) => purl.startsWith("pkg:npm/"));
  const packages = await bundledPackages();
  assert.deepEqual(
    npm.map(({ purl }) => decodeURIComponent(purl)).sort(),
    packages.map(({ name, version }) => `pkg:npm/${name}@${version}`).sort(),
  );
  for (const { name, hashes } of npm) assert.match(hashes?.[0]?.content ?? "", /^[0-9a-f]{128}$/, name);
  for (const purl of ["pkg:github/denoland/deno@v2.7.14", "pkg:cargo/v8@", "pkg:cargo/tokio@"]) {
    assert.ok((components as Component[]).some((one) => one.purl.startsWith(purl)), purl);
  }

  // What the program is said to need leads to every component.
  const needs = new Map(
    (dependencies as { ref: string; dependsOn?: string[] }[]).map((one) => [one.ref, one.dependsOn ?? []]),
  );
  const reached = new Set<string>();
  const waiting = [metadata.component["bom-ref"] as string];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (reached.has(ref)) continue;
    reached.add(ref);
    waiting.push(...needs.get(ref)!);
  }
  const lost = (components as Component[]).map(({ purl }) => purl).filter((purl) => !reached.has(purl));
  assert.deepEqual(lost, []);
});
