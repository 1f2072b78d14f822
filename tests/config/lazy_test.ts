import assert from "node:assert/strict";

interface Graph {
  readonly roots: readonly string[];
  readonly redirects?: Readonly<Record<string, string>>;
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** What is loaded as soon as a file is imported. */
async function loadedWith(file: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", file] }).output();
  const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const loaded = new Set<string>();
  const visit = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    const module = graph.modules.find((candidate) => candidate.specifier === specifier);
    for (const { code, isDynamic } of module?.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) visit(code.specifier);
    }
  };
  graph.roots.forEach(visit);
  return loaded;
}

for (const file of ["load.ts", "write.ts", "pools.ts", "nearest.ts", "fields.ts"]) {
  Deno.test(`importing lib/config/${file} loads no package`, async () => {
    const loaded = await loadedWith(new URL(`../../lib/config/${file}`, import.meta.url).pathname);
    assert.ok([...loaded].some((specifier) => specifier.endsWith(file)));
    assert.deepEqual([...loaded].filter((specifier) => specifier.startsWith("npm:")), []);
  });
}

Deno.test("the packages are loaded by their adapters", async () => {
  for (const [file, name] of [["_yaml.ts", /^npm:\/?yaml@/], ["_zod.ts", /^npm:\/?zod@/]] as const) {
    const loaded = await loadedWith(new URL(`../../lib/config/${file}`, import.meta.url).pathname);
    assert.ok([...loaded].some((specifier) => name.test(specifier)), [...loaded].join("\n"));
  }
});
