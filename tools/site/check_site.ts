/** Checking the documentation's site as it is built: where links lead, and what pages load. @module */

import { join, relative } from "node:path";
import { isFile } from "../files.ts";

/** Something that is wrong with a page of the site. */
export interface Fault {
  /** From the site's folder. */
  readonly page: string;
  /** The link, or the address of what it loads. */
  readonly address: string;
  /** `anchor`: the page is there, and has no such heading; `foreign`: it is loaded from another host. */
  readonly what: "missing" | "anchor" | "foreign";
}

/** Tags with all of their attributes. */
const TAG = /<([a-z][\w-]*)\s((?:"[^"]*"|'[^']*'|[^"'>])*)>/g;
const ATTRIBUTE = /(?<![\w-])(href|src|srcset|id)="([^"]*)"/g;

interface Page {
  readonly ids: ReadonlySet<string>;
  readonly links: readonly { readonly tag: string; readonly address: string }[];
}

/** What is wrong with the site in a folder. */
export async function faultsOf(folder: string): Promise<Fault[]> {
  const pages = new Map<string, Page>();
  for await (const path of htmlIn(folder)) {
    pages.set(relative(folder, path), readPage(await Deno.readTextFile(path)));
  }
  const faults: Fault[] = [];
  for (const [page, { links }] of pages) {
    for (const { tag, address } of links) {
      const what = await faultOf(page, tag, address, pages, folder);
      if (what !== null) faults.push({ page, address, what });
    }
  }
  return faults;
}

async function faultOf(
  page: string,
  tag: string,
  address: string,
  pages: ReadonlyMap<string, Page>,
  folder: string,
): Promise<Fault["what"] | null> {
  if (address.startsWith("data:")) return null;
  if (/^(\w+:|\/\/)/.test(address)) return tag === "a" ? null : "foreign";
  const { path, anchor } = targetOf(page, address);
  if (!pages.has(path) && !await isFile(join(folder, path))) return "missing";
  const isLost = anchor !== "" && !(pages.get(path)?.ids.has(anchor) ?? false);
  return isLost ? "anchor" : null;
}

/** Where an address leads, from the site's folder. */
export function targetOf(page: string, address: string): { readonly path: string; readonly anchor: string } {
  const { pathname, hash } = new URL(address.replaceAll("&amp;", "&"), `http://site/${page}`);
  const path = decodeURIComponent(pathname.slice(1));
  return {
    path: path === "" || path.endsWith("/") ? `${path}index.html` : path,
    anchor: decodeURIComponent(hash.slice(1)),
  };
}

function readPage(html: string): Page {
  const ids = new Set<string>();
  const links = [];
  for (const [, tag, attributes] of html.matchAll(TAG)) {
    for (const [, name, value] of attributes!.matchAll(ATTRIBUTE)) {
      if (name === "id") ids.add(value!);
      else links.push({ tag: tag!, address: value! });
    }
  }
  return { ids, links };
}

async function* htmlIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* htmlIn(path);
    else if (name.endsWith(".html")) yield path;
  }
}
