/** Building the documentation's site, with what its pages link to. @module */

import { dirname, join, relative } from "node:path";
import packages from "../../docs/.vitepress/deno.json" with { type: "json" };
import { type Markup, markup } from "../../lib/page/markup.ts";
import { ROOT, runDeno } from "../run_deno.ts";
import { type Fault, faultsOf, targetOf } from "./check_site.ts";
import { linkInSite, LISTING, targetAt } from "./links.ts";

const CONFIG = `${ROOT}docs/.vitepress/deno.json`;

/** Deno's arguments to run one of the generator's packages, which are no packages of the program. */
export function packageArgs(name: keyof typeof packages.imports): string[] {
  return ["run", "-A", "--quiet", "--config", CONFIG, packages.imports[name]];
}

/**
 * Builds the site into a folder, in place of what is in it.
 *
 * @returns what is wrong with it
 * @throws {DenoFailure} VitePress cannot read a page, or cannot be fetched
 */
export async function buildSite(folder: string): Promise<Fault[]> {
  await runDeno([...packageArgs("vitepress"), "build", `${ROOT}docs`, "--outDir", folder]);
  for (const { page, address, what } of await faultsOf(folder)) {
    if (what === "missing") await mirror(folder, targetOf(page, address).path);
  }
  return await faultsOf(folder);
}

/** Puts the file of the repository that a page links to at its place in the site, if there is one. */
async function mirror(site: string, path: string): Promise<void> {
  const to = join(site, path);
  const source = path.replace(/\.txt$/, "");
  const isFolder = path.endsWith(`/${LISTING}`) && targetAt(dirname(path)) === "folder";
  if (!isFolder && !["text", "picture"].includes(targetAt(source) ?? "")) return;
  await Deno.mkdir(dirname(to), { recursive: true });
  if (!isFolder) return await Deno.copyFile(join(ROOT, source), to);
  const listed = dirname(path);
  const names = [...Deno.readDirSync(join(ROOT, listed))].filter(({ isFile }) => isFile).map(({ name }) =>
    name
  )
    .toSorted();
  const links = names.map((name) => ({ name, link: linkInSite(listed, name).replace(/\.md$/, ".html") }));
  await Deno.writeTextFile(to, listing(listed, links).text);
  for (const { link } of links) {
    if (!link.endsWith(".html")) await mirror(site, join(listed, link));
  }
}

function listing(folder: string, links: readonly { readonly name: string; readonly link: string }[]): Markup {
  const rows = links.map(({ name, link }) => markup`<li><a href="${link}">${name}</a></li>\n`);
  return markup`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${folder}</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; margin: 2rem }</style>
<h1>${folder}</h1>
<p><a href="${relative(folder, "index.html")}">Crosscore</a></p>
<ul>
${rows}</ul>
</html>
`;
}
