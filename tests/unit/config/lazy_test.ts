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

/** Adapters of the packages, and what needs them. */
const HEAVY = /^npm:\/?(yaml|zod)@/;

for (
  const file of [
    "main.ts",
    "lib/config/load_config.ts",
    "lib/config/parse_config.ts",
    "lib/config/pools_of.ts",
  ]
) {
  Deno.test(`importing ${file} loads neither zod nor yaml`, async () => {
    const loaded = await loadedWith(new URL(`../../../${file}`, import.meta.url).pathname);
    assert.ok([...loaded].some((specifier) => specifier.endsWith(file)));
    assert.deepEqual([...loaded].filter((specifier) => HEAVY.test(specifier)), []);
  });
}

Deno.test("the packages are loaded by their adapters", async () => {
  for (
    const [file, name] of [["yaml_file.ts", /^npm:\/?yaml@/], ["value_type.ts", /^npm:\/?zod@/]] as const
  ) {
    const loaded = await loadedWith(new URL(`../../../lib/config/${file}`, import.meta.url).pathname);
    assert.ok([...loaded].some((specifier) => name.test(specifier)), [...loaded].join("\n"));
  }
});

/** The SDKs of the clouds, and what would import them. */
const PLATFORM =
  /^npm:\/?(@aws-sdk|@smithy|@google-cloud|google-auth)|\/lib\/platform\/\w+\/(provider|base|client)\.ts$/;

for (const file of ["main.ts", "lib/platform/platforms.ts"]) {
  Deno.test(`importing ${file} loads no platform beyond its descriptor`, async () => {
    const loaded = await loadedWith(new URL(`../../../${file}`, import.meta.url).pathname);
    assert.ok([...loaded].some((specifier) => specifier.endsWith(file)));
    assert.deepEqual([...loaded].filter((specifier) => PLATFORM.test(specifier)), []);
  });
}
