/**
 * The documentation as a site: VitePress's settings. `deno task docs` builds it.
 *
 * The site mirrors the repository's folders, so that each relative link means the same in both.
 * @module
 */

import { dirname, relative } from "node:path";
import { anchorOf, linkInSite } from "../../tools/site/links.ts";
import { pagesOf, SECTIONS, titleOf } from "../../tools/site/sections.ts";

const HERE = new URL("./", import.meta.url).pathname;
const ROOT = `${HERE}../../`;

const SHOWN = SECTIONS.map((section) => ({ title: section.title, pages: pagesOf(section) }));

const PAGES = new Set(SHOWN.flatMap(({ pages }) => pages));

/** Folders and files that have no page. */
function excluded(): string[] {
  const folders = new Set([...PAGES].map((page) => page.split("/")[0]));
  return [...Deno.readDirSync(ROOT)].filter(({ name }) => !folders.has(name))
    .map(({ name, isDirectory }) => isDirectory ? `${name}/**` : name);
}

/** `docs/settings.md` → `/docs/settings.html`. */
function addressOf(page: string): string {
  return `/${page.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html")}`;
}

/** With it no page can load anything of another host, whatever it has. */
const POLICY = '<meta http-equiv="Content-Security-Policy" content="' +
  "default-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'" + '">';

interface Markdown {
  disable(rules: readonly string[]): void;
  readonly core: { readonly ruler: { push(name: string, rule: (state: State) => void): void } };
}

interface State {
  readonly tokens: readonly Token[];
  readonly env: { readonly path: string };
}

interface Token {
  type: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

/** What leads to no page is loaded by the browser, not by VitePress. */
function mirrorLinks({ tokens, env }: State): void {
  const folder = relative(ROOT, dirname(env.path));
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    if (token.type !== "link_open") continue;
    const link = linkInSite(folder, token.attrGet("href") ?? "");
    token.attrSet("href", link);
    if (/\.txt$|(^|\/)files\.html$/.test(link)) token.attrSet("target", "_self");
  }
}

/** Indented code is shown as fenced code is. */
function fenceCode({ tokens }: State): void {
  for (const token of tokens) if (token.type === "code_block") token.type = "fence";
}

/** Lets a page be read that is opened as a file: there, paths that begin with `/` lead elsewhere. */
const OPENED_AS_FILE = (top: string) =>
  `<script>
if (location.protocol === "file:") for (const name of ["href", "src"]) {
  for (const element of document.querySelectorAll(\`[\${name}^="/"]\`)) {
    element[name] = "${top}" + (element.getAttribute(name).slice(1) || "index.html");
  }
}
</script>`;

export default {
  title: "Crosscore",
  description: "An autoscaling pool of Dask workers on your own machine, AWS or GCP",
  lang: "en",
  srcDir: "../",
  srcExclude: excluded(),
  outDir: "../dist/site",
  cacheDir: "../dist/site-cache",
  rewrites: (page: string) => page.replace(/README\.md$/, "index.md"),
  // tools/site/check_site.ts checks them, in what is built.
  ignoreDeadLinks: true,
  head: [["link", { rel: "icon", href: "/page/icon.svg" }]],
  transformHtml: (html: string, _file: string, { page }: { readonly page: string }) =>
    html.replace('<meta charset="utf-8">', (first) => `${first}\n    ${POLICY}`)
      .replace("</body>", (end) => OPENED_AS_FILE("../".repeat(page.split("/").length - 1)) + end),
  markdown: {
    anchor: { slugify: anchorOf },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    // Braces in the text are no attributes of it.
    attrs: { disable: true },
    config: (markdown: Markdown) => {
      markdown.disable(["emoji"]);
      markdown.core.ruler.push("mirror_links", mirrorLinks);
      markdown.core.ruler.push("fence_code", fenceCode);
    },
  },
  themeConfig: {
    search: {
      provider: "local",
      // For those who see no screen it has all that the button shows: its key, too.
      options: { translations: { button: { buttonAriaLabel: "Search K" } } },
    },
    outline: { level: [2, 3] },
    nav: SHOWN.filter(({ title }) => !["To change xcore", "Decisions"].includes(title))
      .map(({ title, pages }) => ({ text: title, link: addressOf(pages[0]!) })),
    sidebar: SHOWN.map(({ title, pages }) => ({
      text: title,
      items: pages.map((page) => ({ text: titleOf(page), link: addressOf(page) })),
    })),
  },
  // Pictures stay where they are, as all other files that a page links to.
  vue: { template: { transformAssetUrls: false } },
  vite: {
    resolve: {
      // Pages are not below the folder of the packages.
      alias: ["vue/server-renderer", "vue"].map((find) => ({
        find: new RegExp(`^${find}$`),
        replacement: `${HERE}node_modules/${find}`,
      })),
    },
  },
};
