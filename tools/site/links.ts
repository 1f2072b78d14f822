/** Where links lead, in the repository and in the site that mirrors it. @module */

import { join } from "node:path";
import { ROOT } from "../run_deno.ts";

/** What a link's path leads to. */
export type Target = "page" | "picture" | "text" | "folder" | null;

/** Where a heading's link leads on GitHub: `1.2 Install` → `12-install`. */
export function anchorOf(heading: string): string {
  return heading.trim().toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(" ", "-");
}

/** What is at a path of the repository; null: nothing. */
export function targetAt(path: string): Target {
  let found: Deno.FileInfo;
  try {
    found = Deno.statSync(join(ROOT, path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
  if (found.isDirectory) return "folder";
  return path.endsWith(".md") ? "page" : /\.(svg|png)$/.test(path) ? "picture" : "text";
}

/**
 * A link as it is in the site. A README is its folder's index, a folder has one that lists it, and
 * what is neither page nor picture is shown by browsers as text.
 *
 * @param folder of the page that has the link, from the repository
 */
export function linkInSite(folder: string, link: string): string {
  if (/^(\w+:|#)/.test(link)) return link;
  const [, path = "", anchor = ""] = /^([^#]*)(#.*)?$/.exec(link) ?? [];
  switch (targetAt(join(folder, path))) {
    case "page":
      return path.replace(/(^|\/)README\.md$/, "$1index.md") + anchor;
    case "folder":
      return `${path.replace(/\/$/, "")}/${LISTING}`;
    case "text":
      return `${path}.txt`;
    default:
      return link;
  }
}

/** The file of the site that lists a folder. */
export const LISTING = "files.html";
