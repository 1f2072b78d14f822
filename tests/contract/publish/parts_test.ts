/** What the program is made of, as its NOTICE and its bill of materials say: one bundle for both. */

import assert from "node:assert/strict";
import "npm:ajv@8.17.1";
import "npm:ajv-formats@3.0.1";
import "npm:ajv-formats-draft2019@1.6.1";
import { Spec, Validation } from "npm:@cyclonedx/cyclonedx-library@10.3.0";
import manifest from "../../../deno.json" with { type: "json" };
import { bundledPackages } from "../../../tools/parts/bundled.ts";
import { sbomText } from "../../../tools/parts/sbom.ts";
import { noticeText } from "../../../tools/parts/notice.ts";
import { runtimeParts } from "../../../tools/parts/runtime.ts";
import { readSources } from "../../support/sources.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const NOTICE = await Deno.readTextFile(`${ROOT}NOTICE`);

const words = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim();

/** Deno's cache, which has each package as it came from npm. */
function cache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"], cwd: ROOT }).outputSync();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const [registry] = [...Deno.readDirSync(npmCache)].filter(({ isDirectory }) => isDirectory);
  return `${npmCache}/${registry!.name}`;
}

function filesIn(folder: string): { path: string; text: string }[] {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map((entry) => ({
      path: `${folder}/${entry.name}`,
      text: Deno.readTextFileSync(`${folder}/${entry.name}`),
    }));
}

Deno.test("NOTICE is what `deno task notice` writes", async () => {
  assert.ok(NOTICE === await noticeText(), "it is stale: run `deno task notice`");
});

Deno.test("NOTICE has each package of the bundle with its version, and every paragraph of its licence", async () => {
  const all = words(NOTICE);
  const packages = await bundledPackages();
  const npm = cache();
  for (const { name, version } of packages) {
    assert.ok(NOTICE.includes(`\n${name} ${version}\n`), `${name} ${version}`);
    for (
      const { path, text } of filesIn(`${npm}/${name}/${version}`).filter(({ path }) =>
        /\/(licen[cs]e|notice)[^/]*$/i.test(path)
      )
    ) {
      for (const paragraph of text.replaceAll("\r", "").split(/\n\s*\n/)) {
        // Titles and copyright lines stand elsewhere, line by line.
        const whole = words(paragraph);
        const found = all.includes(whole) || paragraph.split("\n").every((line) => all.includes(words(line)));
        assert.ok(found, `${path}: ${paragraph}`);
      }
    }
  }
});

Deno.test("the bundle's packages are those that the program imports, and what these need of deno.lock", async () => {
  const packages = (await bundledPackages()).map(({ name, version }) => `${name}@${version}`);
  const imported = readSources().imports.filter(({ typeOnly, specifier }) =>
    !typeOnly && specifier.startsWith("npm:")
  )
    .map(({ specifier }) => /^npm:((?:@[^/]+\/)?[^/]+)/.exec(specifier)![1]!);
  assert.deepEqual(new Set(imported).difference(new Set(packages)), new Set());
  const lock = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  const locked = Object.keys(lock.npm).map((key) => key.replace(/(.@[^_]*)_.*/, "$1"));
  assert.deepEqual(new Set(packages).difference(new Set(locked)), new Set());
  // What only tests and tools import is not in the program.
  assert.ok(locked.some((key) => key.startsWith("fast-check@")));
  assert.ok(!packages.some((key) => key.startsWith("fast-check@")));
});

Deno.test("what is in the runtime was read for the Deno that programs are made with", async () => {
  const { deno, parts } = await runtimeParts();
  const [, pinned] = /^version=(\S+)$/m.exec(await Deno.readTextFile(`${ROOT}.ci/run`))!;
  assert.equal(deno, pinned, "read it anew: see tools/parts/runtime.ts");
  for (const name of ["Deno", "V8", "V8: ICU", "tokio", "rustls", "libsqlite3-sys"]) {
    const part = parts.find((one) => one.name === name);
    assert.ok(part !== undefined && part.text.length > 100, name);
    assert.ok(NOTICE.includes(`\n${name} ${part.version}\n`), name);
  }
});

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
