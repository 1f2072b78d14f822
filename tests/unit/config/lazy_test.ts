import assert from "node:assert/strict";

interface Graph {
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

const ROOT = new URL("../../../", import.meta.url);

/** All that the program may load, at once or later. */
async function readGraph(): Promise<Graph> {
  const args = ["info", "--json", new URL("main.ts", ROOT).pathname];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

let graph: Promise<Graph> | null = null;

/** What is loaded as soon as a file of the repository is imported. */
async function loadedWith(file: string): Promise<Set<string>> {
  const { modules } = await (graph ??= readGraph());
  const loaded = new Set<string>();
  const visit = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    const module = modules.find((candidate) => candidate.specifier === specifier);
    for (const { code, isDynamic } of module?.dependencies ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) visit(code.specifier);
    }
  };
  visit(new URL(file, ROOT).href);
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
    const loaded = await loadedWith(file);
    assert.ok([...loaded].some((specifier) => specifier.endsWith(file)));
    assert.deepEqual([...loaded].filter((specifier) => HEAVY.test(specifier)), []);
  });
}

Deno.test("the packages are loaded by their adapters", async () => {
  for (
    const [file, name] of [["yaml_file.ts", /^npm:\/?yaml@/], ["value_type.ts", /^npm:\/?zod@/]] as const
  ) {
    const loaded = await loadedWith(`lib/config/${file}`);
    assert.ok([...loaded].some((specifier) => name.test(specifier)), [...loaded].join("\n"));
  }
});

/** The SDKs of the clouds, and what would import them. */
const PLATFORM =
  /^npm:\/?(@aws-sdk|@smithy|@google-cloud|google-auth)|\/lib\/platform\/\w+\/(provider|base|client)\.ts$/;

for (const file of ["main.ts", "lib/platform/platforms.ts"]) {
  Deno.test(`importing ${file} loads no platform beyond its descriptor`, async () => {
    const loaded = await loadedWith(file);
    assert.ok([...loaded].some((specifier) => specifier.endsWith(file)));
    assert.deepEqual([...loaded].filter((specifier) => PLATFORM.test(specifier)), []);
  });
}
