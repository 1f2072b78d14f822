/**
 * What is in the runtime that `deno compile` builds on: Deno, V8 with what it is made of, and
 * hundreds of Rust crates. Deno says it nowhere but in the source it is built from, so it is read
 * there once for each version of Deno:
 *
 *     git clone --depth 1 --branch v2.7.14 https://github.com/denoland/deno
 *     deno run -A tools/parts/runtime.ts deno
 *
 * @module
 */

import { ROOT } from "../run_deno.ts";
import { UsageError } from "../../lib/errors.ts";
import { endWith } from "../failure.ts";
import { byName } from "./bundled.ts";
import { alternatives, kindOfText, LICENCE_FILE, type Part, splitLicence, withTexts } from "./licence.ts";

const FOLDER = `${ROOT}packaging/licences`;
const FILE = `${FOLDER}/runtime.json`;

/** The platforms for which there are programs. */
const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
];

/**
 * What V8 is made of: its crate comes without its licences. A text that is not given is that of
 * others' same licence.
 */
const IN_V8: readonly (readonly [name: string, license: string, source: string, text?: string])[] = [
  ["V8", "BSD-3-Clause", "https://v8.dev", "v8.txt"],
  ["V8: assembler of Strongtalk", "BSD-3-Clause", "https://v8.dev", "strongtalk.txt"],
  ["V8: fdlibm", "LicenseRef-fdlibm", "http://www.netlib.org/fdlibm", "fdlibm.txt"],
  ["V8: rapidhash", "BSD-2-Clause", "https://github.com/Nicoshev/rapidhash", "rapidhash.txt"],
  ["V8: SipHash", "CC0-1.0", "https://github.com/veorq/SipHash", "siphash.txt"],
  ["V8: Abseil", "Apache-2.0", "https://github.com/abseil/abseil-cpp"],
  ["V8: Dragonbox", "Apache-2.0 WITH LLVM-exception", "https://github.com/jk-jeon/dragonbox"],
  ["V8: fast_float", "Apache-2.0", "https://github.com/fastfloat/fast_float"],
  ["V8: FP16", "MIT", "https://github.com/Maratyszcza/FP16"],
  ["V8: Highway", "Apache-2.0", "https://github.com/google/highway"],
  ["V8: ICU", "Unicode-3.0", "https://github.com/unicode-org/icu", "icu.txt"],
  ["V8: libc++, libc++abi, libunwind, LLVM libc", "Apache-2.0 WITH LLVM-exception", "https://llvm.org"],
  ["V8: simdutf", "MIT", "https://github.com/simdutf/simdutf", "simdutf.txt"],
];

/**
 * Licences that others' programs need not follow, but whose files must stay to be had: their
 * addresses are in NOTICE.
 */
export const FILE_COPYLEFT: ReadonlySet<string> = new Set(["MPL-2.0", "MPL-2.0+"]);

interface Crate {
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  readonly license_file: string | null;
  readonly repository: string | null;
  readonly manifest_path: string;
  /** null: a crate of Deno's own repository. */
  readonly source: string | null;
}

interface Kept {
  readonly deno: string;
  readonly texts: readonly string[];
  readonly parts: readonly (Omit<Part, "text"> & { readonly text: number })[];
}

/** What is in the runtime of one version of Deno. */
export interface RuntimeParts {
  /** Deno's version. */
  readonly deno: string;
  readonly parts: readonly Part[];
}

/** As it was read last. */
export async function runtimeParts(): Promise<RuntimeParts> {
  const { deno, texts, parts }: Kept = JSON.parse(await Deno.readTextFile(FILE));
  return { deno, parts: parts.map((part) => ({ ...part, text: texts[part.text]! })) };
}

async function readSource(folder: string): Promise<RuntimeParts> {
  const crates = await cratesOf(folder);
  const runtime = crates.find(({ name }) => name === "denort")!;
  const own: Part = {
    name: "Deno",
    version: runtime.version,
    license: "MIT",
    source: "https://github.com/denoland/deno",
    ...splitLicence(await Deno.readTextFile(`${folder}/LICENSE.md`)),
  };
  const v8 = crates.find(({ name }) => name === "v8")!.version;
  const inV8 = await Promise.all(IN_V8.map(async ([name, license, source, file]): Promise<Part> => ({
    name,
    version: v8,
    license,
    source,
    ...splitLicence(file === undefined ? "" : await Deno.readTextFile(`${FOLDER}/${file}`)),
  })));
  const linked = await Promise.all(crates.filter(({ source }) => source !== null).map(partOf));
  const [first, ...others] = withTexts([own, ...inV8, ...linked.toSorted(byName)]);
  return { deno: first!.version, parts: [first!, ...others] };
}

/** The crates that are linked into the runtime; not those that only run while it is built. */
async function cratesOf(folder: string): Promise<Crate[]> {
  const targets = TARGETS.flatMap((target) => ["--target", target]);
  const platforms = TARGETS.flatMap((target) => ["--filter-platform", target]);
  const flags = ["--locked", "--package", "denort", "--edges", "normal,no-proc-macro", "--prefix", "none"];
  const tree = await cargo(folder, "tree", ...flags, "--format", "{p}", ...targets);
  const linked = new Set(
    [...tree.matchAll(/^(\S+) v(\S+)/gm)].map(([, name, version]) => `${name} ${version}`),
  );
  const { packages } = JSON.parse(
    await cargo(folder, "metadata", "--locked", "--format-version", "1", ...platforms),
  );
  return (packages as Crate[]).filter(({ name, version }) => linked.has(`${name} ${version}`));
}

async function cargo(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout } = await new Deno.Command("cargo", { args, cwd, stderr: "inherit" }).output();
  if (code !== 0) throw new Error(`cargo ${args[0]} ended with exit code ${code}`);
  return new TextDecoder().decode(stdout);
}

async function partOf(crate: Crate): Promise<Part> {
  const folder = crate.manifest_path.replace(/\/Cargo\.toml$/, "");
  const license = crate.license?.replaceAll("/", " OR ").replaceAll(/ +/g, " ") ??
    await licenceByText(`${folder}/${crate.license_file}`);
  const { name, version, repository } = crate;
  // A crate that ends so has a library in C in it, with a licence of its own.
  const files = (await licenceFiles(folder, name.endsWith("-sys") ? 2 : 0)).filter(isMeant(license));
  const texts = (await Promise.all(files.map((path) => Deno.readTextFile(`${folder}/${path}`))))
    // zstd may be had under the BSD licence beside it.
    .filter((text) => !/GNU GENERAL PUBLIC LICENSE/.test(text) || files.length === 1);
  return { name, version, license, source: repository, ...splitLicence(texts.join("\n\n")) };
}

/** One crate names no licence, only its file. */
async function licenceByText(path: string): Promise<string> {
  const text = await Deno.readTextFile(path);
  if (/redistribution and use[\s\S]*neither the name/i.test(text)) return "BSD-3-Clause";
  throw new Error(`which licence is in ${path}?`);
}

async function licenceFiles(folder: string, depth: number, below = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(`${folder}/${below}`)) {
    if (isFile && LICENCE_FILE.test(name) && !/\.(rs|c|h|py)$/.test(name)) files.push(below + name);
    else if (isDirectory && depth > 0) {
      files.push(...await licenceFiles(folder, depth - 1, `${below}${name}/`));
    }
  }
  return files.sort();
}

/** Where a crate may be had under one of several licences, the shortest of them will do. */
function isMeant(license: string): (path: string, index: number, all: readonly string[]) => boolean {
  const offered = license.includes(" AND ") ? [] : alternatives(license);
  const chosen = [["MIT", /mit/i], ["ISC", /isc/i], ["Zlib", /zlib/i], ["BSD-2-Clause", /bsd/i]] as const;
  const [, wanted] = chosen.find(([id]) => offered.length > 1 && offered.includes(id)) ?? [];
  return (path, _index, all) => {
    const top = all.filter((other) => !other.includes("/"));
    if (wanted === undefined || path.includes("/") || !top.some((other) => wanted.test(other))) return true;
    return wanted.test(path) || /^(notice|copyright)/i.test(path);
  };
}

function kept({ deno, parts }: RuntimeParts): Kept {
  const kinds = Map.groupBy(parts, ({ text }) => kindOfText(text));
  const order = [...kinds.keys()];
  return {
    deno,
    texts: [...kinds.values()].map(([first]) => first!.text),
    parts: parts.map((part) => ({ ...part, text: order.indexOf(kindOfText(part.text)) })),
  };
}

/** JSON with a part a line, so that a change of Deno's version can be read. */
function legible({ deno, texts, parts }: Kept): string {
  const lines = (all: readonly unknown[]) => all.map((one) => `  ${JSON.stringify(one)}`).join(",\n");
  return `{\n "deno": "${deno}",\n "texts": [\n${lines(texts)}\n ],\n "parts": [\n${lines(parts)}\n ]\n}\n`;
}

/** @throws {UsageError} no folder is named */
async function main([folder]: readonly string[]): Promise<void> {
  if (folder === undefined) {
    throw new UsageError(
      "Cannot read Deno's source: no folder is named",
      "Type `deno run -A tools/parts/runtime.ts FOLDER`.",
    );
  }
  await Deno.writeTextFile(FILE, legible(kept(await readSource(folder))));
}

if (import.meta.main) await main(Deno.args).catch((error) => endWith("read Deno's source", error));
