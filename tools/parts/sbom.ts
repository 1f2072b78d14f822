/**
 * What is in the program, for programs that look for known weaknesses: a bill of materials in
 * CycloneDX's JSON.
 * @module
 */

import { Enums, Models, Serialize, Spec } from "npm:@cyclonedx/cyclonedx-library@10.3.0";
import manifest from "../../deno.json" with { type: "json" };
import { ROOT } from "../run_deno.ts";
import { bundledPackages } from "./bundled.ts";
import { alternatives, type Part } from "./licence.ts";
import { runtimeParts } from "./runtime.ts";

/** The part of deno.lock that is read here. */
interface Lock {
  /** What the sources import → the version that it has. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** Packages by name and version. */
  readonly npm: Readonly<Record<string, Locked>>;
}

interface Locked {
  readonly integrity: string;
  readonly dependencies?: readonly string[];
}

const { specifiers, npm: lockedNpm }: Lock = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.lock`));

const LOCKED = new Map(Object.entries(lockedNpm).map(([key, locked]) => [withoutPeers(key), locked]));

/** The bill of materials of the program as it is now. The same sources make the same text. */
export async function sbomText(): Promise<string> {
  const packages = await bundledPackages();
  const { parts: [deno, ...runtime] } = await runtimeParts();
  const program = component(
    Enums.ComponentType.Application,
    { name: "xcore", version: manifest.version, license: manifest.license, source: null },
    `pkg:generic/xcore@${manifest.version}`,
  );
  const runs = component(Enums.ComponentType.Platform, deno!, `pkg:github/denoland/deno@v${deno!.version}`);
  const npm = new Map(packages.map((part) => [`${part.name}@${part.version}`, npmComponent(part)]));
  const crates = runtime.map((part) => component(Enums.ComponentType.Library, part, purlOf(part)));

  for (const [key, one] of npm) {
    const wanted = LOCKED.get(key)?.dependencies ?? [];
    for (const name of wanted) addIfKnown(one, npm, name);
  }
  for (const specifier of Object.keys(specifiers)) addIfKnown(program, npm, specifier.replace(/^npm:/, ""));
  program.dependencies.add(runs.bomRef);
  for (const crate of crates) runs.dependencies.add(crate.bomRef);

  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: program }),
    components: new Models.ComponentRepository([...npm.values(), runs, ...crates]),
  });
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 1 }) + "\n";
}

/** Names a package as deno.lock does: with its version only where there are several. */
function addIfKnown(from: Models.Component, npm: ReadonlyMap<string, Models.Component>, name: string): void {
  const key = withoutPeers(name);
  const found = npm.get(key) ?? [...npm].find(([known]) => known.startsWith(`${key}@`))?.[1];
  if (found !== undefined) from.dependencies.add(found.bomRef);
}

/** `@logtape/file@2.3.10_@logtape+logtape@2.3.10` → `@logtape/file@2.3.10` */
function withoutPeers(key: string): string {
  return key.replace(/(.@\d[^_]*)_.*$/, "$1");
}

function npmComponent(part: Part): Models.Component {
  const key = `${part.name}@${part.version}`;
  const made = component(Enums.ComponentType.Library, part, `pkg:npm/${key.replace(/^@/, "%40")}`);
  const [, sha512] = /^sha512-(.+)$/.exec(LOCKED.get(key)?.integrity ?? "") ?? [];
  if (sha512 === undefined) throw new Error(`deno.lock has no SHA-512 of ${key}`);
  made.hashes.set(Enums.HashAlgorithm["SHA-512"], Uint8Array.fromBase64(sha512).toHex());
  return made;
}

/** A crate's address, or for what is in V8 one in that of V8's crate. */
function purlOf({ name, version }: Part): string {
  const [, inside = "V8"] = /^V8(?:: (.*))?$/.exec(name) ?? [];
  return /^V8\b/.test(name)
    ? `pkg:cargo/v8@${version}#${encodeURIComponent(inside)}`
    : `pkg:cargo/${name}@${encodeURIComponent(version)}`;
}

function component(
  type: Enums.ComponentType,
  { name, version, license, source }: Pick<Part, "name" | "version" | "license" | "source">,
  purl: string,
): Models.Component {
  const made = new Models.Component(type, name, { version, purl, bomRef: purl });
  made.licenses.add(licenceOf(license));
  if (source !== null) {
    made.externalReferences.add(new Models.ExternalReference(source, Enums.ExternalReferenceType.VCS));
  }
  return made;
}

function licenceOf(license: string): Models.SpdxLicense | Models.LicenseExpression | Models.NamedLicense {
  if (license.startsWith("LicenseRef-")) return new Models.NamedLicense(license.replace("LicenseRef-", ""));
  const isOne = alternatives(license).length === 1 && !/ (AND|WITH) |\+$/.test(license);
  return isOne ? new Models.SpdxLicense(license) : new Models.LicenseExpression(license);
}
