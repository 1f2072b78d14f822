/**
 * `deno task notice`: writes NOTICE, the licences of everything in the program that others have
 * written.
 * @module
 */

import { ROOT } from "../run_deno.ts";
import { endWith } from "../failure.ts";
import { bundledPackages } from "./bundled.ts";
import { isPermissive, kindOfText, type Part } from "./licence.ts";
import { FILE_COPYLEFT, runtimeParts } from "./runtime.ts";

const FILE = `${ROOT}NOTICE`;

/**
 * The text of NOTICE for the program as it is now.
 *
 * @throws {Error} a part's licence is unknown, or asks for more than to be passed on
 */
export async function noticeText(): Promise<string> {
  const packages = await bundledPackages();
  const { deno, parts } = await runtimeParts();
  refuseStrange(packages, isPermissive);
  refuseStrange(
    parts,
    (license) => isPermissive(license) || FILE_COPYLEFT.has(license) || NAMED.has(license),
  );
  return written(packages, deno, parts);
}

/**
 * What others have put into SPDX's place, read by a person: all as free as the MIT licence, or
 * OpenSSL's old one.
 */
const NAMED: ReadonlySet<string> = new Set([
  "LicenseRef-fdlibm",
  "ISC AND (Apache-2.0 OR ISC) AND OpenSSL",
  "ISC AND (Apache-2.0 OR ISC) AND Apache-2.0 AND MIT AND BSD-3-Clause AND (Apache-2.0 OR ISC OR MIT) AND (Apache-2.0 OR ISC OR MIT-0)",
]);

/** Fails, naming the parts whose licence nobody has allowed. */
export function refuseStrange(parts: readonly Part[], allowed: (license: string) => boolean): void {
  const strange = parts.filter(({ license }) => !allowed(license));
  if (strange.length === 0) return;
  const list = strange.map(({ name, version, license }) => `${name} ${version} (${license})`).join(", ");
  throw new Error(
    `${list}: not a licence that tools/parts/licence.ts allows. Do without it, or read it and allow it there.`,
  );
}

function written(packages: readonly Part[], deno: string, runtime: readonly Part[]): string {
  const kinds = [...new Set([...packages, ...runtime].map(({ text }) => kindOfText(text)))];
  const texts = kinds.map((kind) =>
    [...packages, ...runtime].find(({ text }) => kindOfText(text) === kind)!.text
  );
  const entry = ({ name, version, license, source, copyright, text }: Part) =>
    [
      `${name} ${version}`,
      `  ${license}: text ${kinds.indexOf(kindOfText(text)) + 1}`,
      ...(source === null ? [] : [`  ${source}`]),
      ...copyright.map((line) => `  ${line}`),
    ].join("\n");
  return [
    "Third-party software in xcore",
    "",
    "xcore itself is under the BSD 3-Clause licence, see LICENSE. The program contains the software listed here under its own",
    "licences. Each entry has the name and version, the licence and the number of its text below, the source and the copyright.",
    "",
    "Made by `deno task notice`; edit nothing here.",
    "",
    heading("Packages from npm"),
    ...packages.flatMap((part) => [entry(part), ""]),
    heading(`Deno ${deno}, which runs them, and what Deno is made of`),
    ...runtime.flatMap((part) => [entry(part), ""]),
    ...texts.flatMap((text, i) => [heading(`Text ${i + 1}`), text, ""]),
  ].join("\n");
}

function heading(words: string): string {
  return `${"=".repeat(72)}\n${words}\n${"=".repeat(72)}\n`;
}

if (import.meta.main) {
  await noticeText().then((text) => Deno.writeTextFile(FILE, text))
    .catch((error) => endWith("write NOTICE", error));
}
