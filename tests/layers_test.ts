import assert from "node:assert/strict";
import { posix } from "node:path";
import { embeddedModule } from "../tools/embed.ts";
import { type Import, parseSource, readSources, type Sources } from "./_sources.ts";

/** Data flows down this list: a part imports from lines above its own only, and from itself. */
const LAYERS = [
  ["errors", "runtime", "launched", "version", "_embedded"],
  ["util", "system"],
  ["protocol"],
  ["model"],
  ["config"],
  ["plan"],
  ["python", "service"],
  ["dask", "status"],
  ["platform"],
  ["reconcile"],
  ["daemon"],
  ["cluster"],
  ["mod"],
  ["cli"],
  ["main"],
];

/** Sockets are not the Runtime's business, and an error's class is no I/O. */
const ALLOWED = new Set([
  "Deno.errors",
  "Deno.connect",
  "Deno.connectTls",
  "Deno.listen",
  "Deno.serve",
  "Deno.createHttpClient",
]);
const TERMINAL = /^console\.|^Deno\.(stdin|stdout|stderr|consoleSize)$/;
const IO_MODULES = /^node:(fs|fs\/promises|child_process|os|process|timers|timers\/promises|worker_threads)$/;
const NPM = /^npm:((?:@[^/]+\/)?[^@/]+)@\d+\.\d+\.\d+(?:\/|$)/;

/** `lib/dask/tls_files.ts` → `dask`, `lib/errors.ts` → `errors`, `main.ts` → `main`. */
function partOf(file: string): string {
  const [, part = ""] = /^(?:lib\/)?([^/]+?)(?:\.ts$|\/)/.exec(file) ?? [];
  return part;
}

function layerOf(part: string): number {
  return LAYERS.findIndex((layer) => layer.includes(part));
}

function wrongDirection({ file, specifier }: Import): string[] {
  if (!specifier.startsWith(".")) return [];
  const target = posix.join(posix.dirname(file), specifier);
  const [from, to] = [partOf(file), partOf(target)];
  return from === to || layerOf(to) < layerOf(from) ? [] : [`${file} imports ${target}`];
}

function strangeSpecifiers({ imports }: Pick<Sources, "imports">): string[] {
  return imports.filter(({ specifier }) =>
    !/^(\.\.?\/.*\.ts|(\.\.\/)+deno\.json|node:.*)$/.test(specifier) && !NPM.test(specifier)
  )
    .map(({ file, specifier }) => `${file} imports ${specifier}`);
}

function touchesOutsideSystem({ touches, imports }: Pick<Sources, "imports" | "touches">): string[] {
  const exempt = (file: string) => file === "lib/system.ts" || file === "main.ts";
  return [
    ...touches.filter(({ file, what }) => !exempt(file) && !ALLOWED.has(what) && !TERMINAL.test(what))
      .map(({ file, what }) => `${file} uses ${what}`),
    ...imports.filter(({ file, specifier, typeOnly }) =>
      !exempt(file) && !typeOnly && IO_MODULES.test(specifier)
    )
      .map(({ file, specifier }) => `${file} imports ${specifier}`),
  ];
}

const sources = readSources();

Deno.test("every part of lib/ has its place in the layers", () => {
  assert.deepEqual(sources.files.filter((file) => layerOf(partOf(file)) < 0), []);
});

Deno.test("each part imports from the layers above it only", () => {
  assert.deepEqual(sources.imports.flatMap(wrongDirection), []);
});

Deno.test("everything imported is a file, node's own or an npm package with its version", () => {
  assert.deepEqual(strangeSpecifiers(sources), []);
});

Deno.test("each npm package is imported in one file", () => {
  const filesOf = Map.groupBy(
    sources.imports.filter(({ specifier }) => NPM.test(specifier)),
    ({ specifier }) => NPM.exec(specifier)![1]!,
  );
  const many = [...filesOf].map(([name, imports]) =>
    [name, [...new Set(imports.map(({ file }) => file))]] as const
  )
    .filter(([, files]) => files.length > 1);
  assert.deepEqual(many, []);
});

Deno.test("only system.ts touches files, processes, environment, randomness and time", () => {
  assert.deepEqual(touchesOutsideSystem(sources), []);
});

Deno.test("only cli/printer.ts uses the terminal", () => {
  const writers = sources.touches.filter(({ file, what }) =>
    TERMINAL.test(what) && file !== "lib/cli/printer.ts"
  );
  assert.deepEqual(writers, []);
});

Deno.test("every npm package that is imported loads, in the version that is written", async () => {
  const specifiers = new Set(
    sources.imports.filter(({ specifier, typeOnly }) => !typeOnly && NPM.test(specifier))
      .map(({ specifier }) => specifier),
  );
  for (const specifier of specifiers) {
    assert.notEqual(Object.keys(await import(specifier)).length, 0, `${specifier} exports nothing`);
  }
});

Deno.test("lib/_embedded.ts has the files as they are", async () => {
  const text = await Deno.readTextFile(new URL("../lib/_embedded.ts", import.meta.url));
  assert.ok(text === embeddedModule(), "it is stale: run `deno task embed`");
});

Deno.test("the layer test sees what it forbids, and comments and strings are not that", () => {
  const seen = parseSource(
    "lib/plan/x.ts",
    `/** {@linkcode import("../cli/a.ts").A} */
     import type { B } from "../daemon/b.ts";
     export * from "../platform/c.ts";
     import { readFileSync } from "node:fs";
     // import "../cli/d.ts"; Deno.env.get("X")
     const text = "import('../cli/e.ts'); Date.now()";
     type F = import("../status/f.ts").F;
     await import("../cluster/g.ts"); await import("lodash"); await import(text);
     Deno.env.get("X"); Date.now(); new Date(); new Date(0); setTimeout(f, 1); Math.random(); Deno.connect(o);`,
  );
  assert.deepEqual(seen.imports.flatMap(wrongDirection).map((line) => line.split("imports ")[1]).sort(), [
    "lib/cluster/g.ts",
    "lib/daemon/b.ts",
    "lib/platform/c.ts",
    "lib/status/f.ts",
  ]);
  assert.deepEqual(strangeSpecifiers(seen), [
    "lib/plan/x.ts imports lodash",
    "lib/plan/x.ts imports (computed)",
  ]);
  assert.deepEqual(touchesOutsideSystem(seen).map((line) => line.replace("lib/plan/x.ts ", "")).sort(), [
    "imports node:fs",
    "uses Date.now",
    "uses Deno.env",
    "uses Math.random",
    "uses new Date()",
    "uses setTimeout",
  ]);
});
