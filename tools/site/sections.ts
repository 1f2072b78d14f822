/**
 * The sections of the documentation's site, and which pages each has. A test holds that every page of
 * docs/ is in one.
 * @module
 */

import { ROOT } from "../run_deno.ts";

/** Pages with one purpose. */
export interface Section {
  readonly title: string;
  /**
   * In this order, from the repository: a page, or a folder for all pages in it that no section names.
   */
  readonly pages: readonly string[];
}

/** In the order of the sidebar. */
export const SECTIONS: readonly Section[] = [
  { title: "Start", pages: ["README.md", "docs/quick_start.md", "docs/install.md"] },
  {
    title: "Tutorials",
    pages: ["docs/tutorials/local.md", "docs/tutorials"],
  },
  {
    title: "How-to guides",
    pages: ["docs/how-to", "docs/report.md"],
  },
  { title: "Troubleshooting", pages: ["docs/troubleshooting.md", "docs/problems.md"] },
  {
    title: "Reference",
    pages: [
      "docs/commands.md",
      "docs/settings.md",
      "docs/python_library.md",
      "docs/deno_library.md",
      "docs/dask.md",
      "docs/dashboard.md",
      "docs/daemon.md",
      "docs/aws.md",
      "docs/gcp.md",
      "docs/permissions.md",
    ],
  },
  {
    title: "Explanation",
    pages: [
      "docs/architecture.md",
      "docs/autoscaling.md",
      "docs/lease.md",
      "docs/cost.md",
      "docs/security.md",
      "docs/promises.md",
      "docs/glossary.md",
      "bench/README.md",
      "bench/results/policy.md",
    ],
  },
  {
    title: "To change xcore",
    pages: [
      "CONTRIBUTING.md",
      "CHANGELOG.md",
      "SECURITY.md",
      "docs/adding_a_cloud.md",
      "tests/README.md",
      "tests/emulators/README.md",
    ],
  },
  { title: "Decisions", pages: ["docs/decisions"] },
];

/** The pages of a section, from the repository. */
export function pagesOf({ pages }: Section): string[] {
  const named = new Set(SECTIONS.flatMap((section) => section.pages));
  return pages.flatMap((page) =>
    page.endsWith(".md") ? [page] : pagesIn(page).filter((other) => !named.has(other))
  );
}

/** The pages in a folder, and in those below it, by name. */
export function pagesIn(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].toSorted((a, b) => a.name < b.name ? -1 : 1)
    .filter(({ name }) => !name.startsWith(".")).flatMap(({ name, isDirectory }) =>
      isDirectory ? pagesIn(`${folder}/${name}`) : name.endsWith(".md") ? [`${folder}/${name}`] : []
    );
}

/** A page's first heading. */
export function titleOf(page: string): string {
  const [, title] = /^# (.*)$/m.exec(Deno.readTextFileSync(ROOT + page)) ?? [];
  if (title === undefined) throw new Error(`${page} has no heading`);
  return title.replaceAll("`", "");
}
