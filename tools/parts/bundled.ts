/** The npm packages in the program. @module */

import { dirname, resolve } from "node:path";
import { makeLegibleBundle } from "../bundle.ts";
import { PAGE_PACKAGES } from "../embed.ts";
import { ROOT } from "../run_deno.ts";
import { LICENCE_FILE, type Part, splitLicence, withTexts } from "./licence.ts";

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly author?: string | { readonly name?: string };
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
  readonly repository?: string | { readonly url?: string };
}

/**
 * A module of an npm package as the bundler names it, above the module or as the name of a function
 * around it.
 */
const MODULE = /^\s*(?:\/\/ |")((?:\.\.\/|\/).*\/npm\/.+\.\w+)(?:$|"\()/gm;

/**
 * The packages of which the program, or its page, has at least one module, by name and version.
 *
 * @throws {Error} one says no licence, or has no text of it
 */
export function bundledPackages(): Promise<readonly Part[]> {
  return read ??= readPackages();
}

/** Read once: it takes a bundle. */
let read: Promise<readonly Part[]> | undefined;

async function readPackages(): Promise<readonly Part[]> {
  const files = Object.values(PAGE_PACKAGES).map((specifier) =>
    new URL(import.meta.resolve(specifier)).pathname
  );
  const folders = new Set(await Promise.all(files.map(folderOf)));
  const bundle = await Deno.makeTempDir({ prefix: "xcore-bundle-" });
  try {
    await makeLegibleBundle(bundle);
    for await (const { name } of Deno.readDir(bundle)) {
      const text = await Deno.readTextFile(`${bundle}/${name}`);
      for (const [, path] of text.matchAll(MODULE)) folders.add(await folderOf(resolve(ROOT, path!)));
    }
  } finally {
    await Deno.remove(bundle, { recursive: true });
  }
  const parts = await Promise.all([...folders].map(partIn));
  return withTexts(parts).toSorted(byName);
}

/**
 * By name and then by version, in the order of their characters, whatever the language of the
 * machine.
 */
export function byName(a: Part, b: Part): number {
  const [left, right] = [`${a.name}\n${a.version}`, `${b.name}\n${b.version}`];
  return left < right ? -1 : Number(left > right);
}

const folderOfFolder = new Map<string, Promise<string>>();

/** The package's own folder: the one whose package.json has name and version. */
function folderOf(path: string): Promise<string> {
  const folder = dirname(path);
  const known = folderOfFolder.get(folder);
  if (known !== undefined) return known;
  const found = (async () => {
    if (folder === "/") throw new Error("a module of the bundle is in no npm package");
    const { name, version } = await manifestIn(folder);
    return name && version && folder.includes(`/${name}/${version}`) ? folder : await folderOf(folder);
  })();
  folderOfFolder.set(folder, found);
  return found;
}

async function manifestIn(folder: string): Promise<Manifest> {
  try {
    return JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

async function partIn(folder: string): Promise<Part> {
  const manifest = await manifestIn(folder);
  const { name = "", version = "", license, licenses, repository } = manifest;
  const said = typeof license === "string" ? license : license?.type ?? licenses?.[0]?.type;
  if (said === undefined) throw new Error(`${name} ${version} says no licence`);
  const url = typeof repository === "string" ? repository : repository?.url;
  const split = splitLicence(await licenceIn(folder));
  const copyright = split.copyright.length > 0 ? split.copyright : authorOf(manifest);
  return { name, version, license: said, source: url ? addressOf(url) : null, ...split, copyright };
}

/** All that a package has of licences, or else what its README says; empty: neither. */
async function licenceIn(folder: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).filter(({ isFile }) => isFile).map(({ name }) =>
    name
  );
  const files = names.filter((name) => LICENCE_FILE.test(name)).sort();
  const texts = await Promise.all(files.map((name) => Deno.readTextFile(`${folder}/${name}`)));
  if (texts.length > 0) return texts.join("\n\n");
  const readme = names.find((name) => /^readme\.md$/i.test(name));
  if (readme === undefined) return "";
  const text = await Deno.readTextFile(`${folder}/${readme}`);
  const [, section = ""] =
    /^(?:#+ licen[cs]e.*|licen[cs]e\n-+)$([\s\S]*?)(?=^#|^\[[^\]]+\]: |(?![\s\S]))/im.exec(text) ?? [];
  // A line that only names the licence is not its text.
  return /permission is hereby granted|redistribution and use/i.test(section)
    ? section.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    : "";
}

function authorOf({ author }: Manifest): string[] {
  const name = typeof author === "string" ? author : author?.name;
  return name ? [`by ${name}`] : [];
}

/** `git+ssh://git@github.com/a/b.git`, `github:a/b` and `a/b` → `https://github.com/a/b`. */
function addressOf(repository: string): string {
  const plain = repository.replace(/^git\+/, "").replace(/^(ssh|git|https):\/\/([^@/]+@)?/, "https://")
    .replace(/^git@([^:]+):/, "https://$1/")
    .replace(/\.git$/, "");
  return /^https?:/.test(plain) ? plain : `https://github.com/${plain.replace(/^github:/, "")}`;
}
