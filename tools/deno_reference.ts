/**
 * `deno task libraries`: writes docs/deno_library.md from the documentation in the sources of what `lib/mod.ts` exports; and
 * docs/python_library.md, by tools/python_reference.py. Tests keep both equal to that.
 * @module
 */

import { ROOT } from "./run_deno.ts";
import { anchorOf } from "./site/links.ts";

const TARGET = new URL("../docs/deno_library.md", import.meta.url);

const HEAD = `# The Deno library

<!-- Made by \`deno task libraries\` from what lib/mod.ts exports; edit the sources, not this file. -->

`;

/** What \`deno doc --json\` says of a module, as far as it is read here. */
interface Module {
  readonly module_doc: Documentation;
  readonly symbols: readonly { readonly name: string; readonly declarations: readonly Declaration[] }[];
}

interface Documentation {
  readonly doc?: string;
  readonly tags?: readonly Tag[];
}

interface Tag {
  readonly kind: string;
  readonly doc?: string;
  readonly name?: string;
  readonly tsType?: { readonly repr: string };
}

interface Place {
  readonly filename: string;
  readonly byteIndex: number;
}

interface Declaration {
  readonly kind: string;
  readonly location: Place;
  readonly jsDoc?: Documentation;
  readonly def: {
    readonly extends?: string | readonly { readonly repr: string }[];
    readonly constructors?: readonly Member[];
    readonly methods?: readonly Member[];
    readonly properties?: readonly Member[];
    readonly tsType?: { readonly repr: string };
  };
}

interface Member {
  readonly name: string;
  readonly location: Place;
  readonly jsDoc?: Documentation;
}

/**
 * The text of docs/deno_library.md for the library as it is now.
 *
 * @throws {Error} it cannot be read
 */
export async function denoReference(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--quiet", "--json", "lib/mod.ts"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    readonly nodes: Record<string, Module>;
  };
  const [{ module_doc, symbols }] = Object.values(nodes) as [Module];
  const names = new Set(symbols.map(({ name }) => name));
  return HEAD +
    [
      ...documented(module_doc, names),
      ...symbols.flatMap(({ name, declarations }) =>
        declarations.flatMap((declaration) => entry(name, declaration, names))
      ),
    ].join("\n");
}

function entry(
  name: string,
  { kind, location, jsDoc, def }: Declaration,
  names: ReadonlySet<string>,
): string[] {
  const { methods = [], properties = [], constructors = [] } = def;
  const above = typeof def.extends === "string" ? [def.extends] : (def.extends ?? []).map(({ repr }) => repr);
  return [
    `## \`${name}\``,
    "",
    ...(above.length === 0 ? [] : [`Extends ${above.map((other) => linked(other, names)).join(", ")}.`, ""]),
    ...(kind === "typeAlias" ? code(sourceAt(location).replace(/^export /, "")) : []),
    ...(kind === "variable" && def.tsType?.repr ? [`A ${linked(def.tsType.repr, names)}.`, ""] : []),
    ...documented(jsDoc, names),
    ...constructors.flatMap((own) => [
      ...code(sourceAt(own.location).replace(/^constructor/, `new ${name}`)),
      ...documented(own.jsDoc, names),
    ]),
    ...table(properties, names),
    ...methods.flatMap((method) => [
      `### \`${name}.${method.name}()\``,
      "",
      ...code(sourceAt(method.location)),
      ...documented(method.jsDoc, names),
    ]),
  ];
}

function table(properties: readonly Member[], names: ReadonlySet<string>): string[] {
  if (properties.length === 0) return [];
  const rows = properties.map(({ name, location, jsDoc }) => {
    const [, optional = "", type = ""] = /^(?:readonly )?\w+(\??): ([^]*)$/.exec(sourceAt(location)) ?? [];
    const cells = [
      `\`${name}${optional}\``,
      linked(flowing(type), names),
      withLinks(flowing(jsDoc?.doc ?? ""), names),
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| field | type | meaning |", "|---|---|---|", ...rows, ""];
}

function documented(jsDoc: Documentation | undefined, names: ReadonlySet<string>): string[] {
  const { doc = "", tags = [] } = jsDoc ?? {};
  const lines = tags.flatMap(({ kind, name, tsType, doc = "" }) =>
    kind === "param"
      ? [`\`${name}\`: ${doc}`]
      : kind === "throws"
      ? [`throws ${linked(tsType!.repr, names)}: ${doc}`]
      : []
  );
  return [
    ...(doc === "" ? [] : [withLinks(doc.trim(), names).replaceAll(/(?<=\S)\n(?=\S)/g, " "), ""]),
    ...lines.map((line) => `* ${withLinks(flowing(line), names)}`),
    ...(lines.length === 0 ? [] : [""]),
    ...tags.filter(({ kind }) => kind === "example").flatMap(({ doc }) => [doc!.trim(), ""]),
  ];
}

function code(text: string): string[] {
  return ["```ts", text, "```", ""];
}

/** A name as a link to its entry on this page, if it has one. */
function linked(name: string, names: ReadonlySet<string>): string {
  return names.has(name) ? `[\`${name}\`](#${anchorOf(name)})` : `\`${name}\``;
}

function withLinks(text: string, names: ReadonlySet<string>): string {
  return text.replaceAll(/\{@linkcode ([\w.]+)\}/g, (_, name) => linked(name, names));
}

function flowing(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

/** What may have brackets and semicolons of its own, and single characters. */
const LEXEME = /\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\]|\\.)*"| \{\n|[^]/g;

/** What a source says there, up to the end of the declaration: a `;`, or the `{` of a body. */
function sourceAt({ filename, byteIndex }: Place): string {
  const text = new TextDecoder().decode(Deno.readFileSync(new URL(filename)).subarray(byteIndex));
  let depth = 0;
  for (const { 0: lexeme, index } of text.matchAll(LEXEME)) {
    if (depth === 0 && (lexeme === ";" || lexeme === " {\n")) return text.slice(0, index);
    if (["(", "[", "{", " {\n"].includes(lexeme)) depth++;
    else if ([")", "]", "}"].includes(lexeme)) depth--;
  }
  throw new Error(`${filename} ends within a declaration`);
}

if (import.meta.main) await Deno.writeTextFile(TARGET, await denoReference());
