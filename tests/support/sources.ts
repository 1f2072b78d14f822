/** The project's sources as the layer test reads them: by Deno's own parser, so that comments and strings do not count. @module */

const ROOT = new URL("../../", import.meta.url).pathname;

/** An `import`, `export … from`, `import()` or `import("…").Type`. */
export interface Import {
  /** Path in the repository. */
  readonly file: string;
  readonly specifier: string;
  /** Gone when the program runs. */
  readonly typeOnly: boolean;
  /** An `import()`: loaded when that is reached. */
  readonly late: boolean;
}

/** Something of the machine that a file touches: `Deno.open`, `Date.now`, `setTimeout`. */
export interface Touch {
  readonly file: string;
  readonly what: string;
}

/** What the files import and touch. */
export interface Sources {
  readonly files: readonly string[];
  readonly imports: readonly Import[];
  readonly touches: readonly Touch[];
}

const TIMERS = new Set(["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]);
const WATCHED: Readonly<Record<string, RegExp>> = {
  Deno: /./,
  console: /./,
  process: /^(argv|chdir|cwd|env|exit|hrtime|kill)$/,
  Date: /^now$/,
  performance: /^now$/,
  Math: /^random$/,
  crypto: /^(randomUUID|getRandomValues)$/,
};

/** main.ts and all of lib/ but what is generated: paths in the repository. */
export function sourceFiles(): string[] {
  return [...filesBelow("lib"), "main.ts"].filter((file) => file !== "lib/_embedded.ts");
}

/** Reads {@linkcode sourceFiles}. */
export function readSources(): Sources {
  const files = sourceFiles();
  const all = files.map((file) => parseSource(file, Deno.readTextFileSync(ROOT + file)));
  return {
    files,
    imports: all.flatMap(({ imports }) => imports),
    touches: all.flatMap(({ touches }) => touches),
  };
}

/** What one file imports and touches. */
export function parseSource(file: string, text: string): Omit<Sources, "files"> {
  const imports: Import[] = [];
  const touches: Touch[] = [];
  const imported = (source: unknown, typeOnly: boolean, late = false) => {
    const specifier = (source as { value?: unknown } | null)?.value;
    if (typeof specifier === "string") imports.push({ file, specifier, typeOnly, late });
    else if (source) imports.push({ file, specifier: "(computed)", typeOnly, late });
  };
  const plugin: Deno.lint.Plugin = {
    name: "sources",
    rules: {
      all: {
        create: () => ({
          ImportDeclaration: (node) => imported(node.source, node.importKind === "type"),
          ExportNamedDeclaration: (node) => imported(node.source, node.exportKind === "type"),
          ExportAllDeclaration: (node) => imported(node.source, node.exportKind === "type"),
          ImportExpression: (node) => imported(node.source, false, true),
          TSImportType: (node) => imported((node.argument as { literal?: unknown }).literal, true),
          MemberExpression(node) {
            if (node.object.type !== "Identifier") return;
            const property = node.property.type === "Identifier" ? node.property.name : "[]";
            if (WATCHED[node.object.name]?.test(property)) {
              touches.push({ file, what: `${node.object.name}.${property}` });
            }
          },
          CallExpression(node) {
            if (node.callee.type === "Identifier" && TIMERS.has(node.callee.name)) {
              touches.push({ file, what: node.callee.name });
            }
          },
          NewExpression(node) {
            if (
              node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0
            ) {
              touches.push({ file, what: "new Date()" });
            }
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, file, text);
  return { imports, touches };
}

/** A name that a file declares, or a piece of text in it. */
export interface Written {
  readonly file: string;
  readonly text: string;
}

/** The names that main.ts and lib/ declare, those of the files among them, and the strings in them. */
export function readTexts(): { readonly names: readonly Written[]; readonly strings: readonly Written[] } {
  const names: Written[] = [];
  const strings: Written[] = [];
  for (const file of sourceFiles()) {
    names.push({ file, text: file.replace(/\.ts$/, "") });
    const declared = (id: unknown) => {
      const { name } = (id ?? {}) as { name?: unknown };
      if (typeof name === "string") names.push({ file, text: name });
    };
    const plugin: Deno.lint.Plugin = {
      name: "texts",
      rules: {
        all: {
          create: () => ({
            VariableDeclarator: ({ id }) => declared(id),
            FunctionDeclaration: ({ id }) => declared(id),
            ClassDeclaration: ({ id }) => declared(id),
            TSInterfaceDeclaration: ({ id }) => declared(id),
            TSTypeAliasDeclaration: ({ id }) => declared(id),
            TSPropertySignature: ({ key }) => declared(key),
            MethodDefinition: ({ key }) => declared(key),
            PropertyDefinition: ({ key }) => declared(key),
            Literal({ value }) {
              if (typeof value === "string") strings.push({ file, text: value });
            },
            TemplateElement: ({ cooked }) => {
              strings.push({ file, text: cooked });
            },
          }),
        },
      },
    };
    Deno.lint.runPlugin(plugin, file, Deno.readTextFileSync(ROOT + file));
  }
  return { names, strings };
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}
