import assert from "node:assert/strict";
import { posix } from "node:path";
import { EMBEDDED } from "../../lib/_embedded.ts";
import { embeddedModule } from "../../tools/embed.ts";
import { LAYERS } from "../../tools/layers.ts";
import { layersPicture, PICTURE } from "../../tools/layers_picture.ts";
import { type Import, parseSource, readSources, type Sources } from "../support/sources.ts";

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
  return LAYERS.findIndex((layer) => layer.some(({ name }) => name === part));
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
  const exempt = (file: string) => file === "lib/system_runtime.ts" || file === "main.ts";
  return [
    ...touches.filter(({ file, what }) => !exempt(file) && !ALLOWED.has(what) && !TERMINAL.test(what))
      .map(({ file, what }) => `${file} uses ${what}`),
    ...imports.filter(({ file, specifier, typeOnly }) =>
      !exempt(file) && !typeOnly && IO_MODULES.test(specifier)
    )
      .map(({ file, specifier }) => `${file} imports ${specifier}`),
  ];
}

/** What a cloud is called, in words and in names. */
const CLOUD =
  /(?<![A-Za-z])(?:aws|gcp|ec2|gce|amazon|google)(?![a-z])|(?:AWS|GCP|EC2|GCE|Aws|Gcp|Ec2|Gce|Amazon|Google)(?!(?!s\b)[a-z])/g;

/**
 * What may name one. Settings are one table, from which the types of the configuration are drawn (docs/decisions/0028), with
 * the rules on it and the conversion of an old file, in the layer below the platforms.
 */
const NAMES_CLOUDS = [
  /^(lib\/platform|python\/node)\/(aws|gcp)\//,
  /^lib\/platform\/platforms\.ts$/,
  /^lib\/config\//,
];

function cloudsNamedIn(file: string, text: string): string[] {
  if (NAMES_CLOUDS.some((allowed) => allowed.test(file))) return [];
  return [...new Set(text.match(CLOUD) ?? [])].map((name) => `${file} names ${name}`);
}

/** `lib/platform/aws/client.ts` → `aws`; undefined for what the platforms share. */
function roomOf(path: string): string | undefined {
  const [, room] = /^lib\/platform\/([^/]+)\//.exec(path) ?? [];
  return room === undefined || SHARED_ROOMS.includes(room) ? undefined : room;
}

const SHARED_ROOMS = ["boot", "packer", "terraform"];

function wrongRoom({ file, specifier }: Import): string[] {
  if (file === "lib/platform/platforms.ts" || !specifier.startsWith(".")) return [];
  const target = posix.join(posix.dirname(file), specifier);
  const room = roomOf(target);
  return room === undefined || room === roomOf(file) ? [] : [`${file} imports ${target}`];
}

/** The files of tests/platform/toy as if they were those of a platform in lib. */
function toySources(): Sources {
  const folder = new URL("../platform/toy/", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const all = files.map((name) => {
    const text = Deno.readTextFileSync(new URL(name, folder)).replaceAll("../../../lib/", "../../");
    return parseSource(`lib/platform/toy/${name}`, text);
  });
  return {
    files,
    imports: all.flatMap(({ imports }) => imports),
    touches: all.flatMap(({ touches }) => touches),
  };
}

const sources = readSources();

Deno.test("every part of lib/ has its place in the layers", () => {
  assert.deepEqual(sources.files.filter((file) => layerOf(partOf(file)) < 0), []);
});

Deno.test("the picture of the layers is what `deno task layers` draws", async () => {
  assert.equal(await Deno.readTextFile(new URL(`../../${PICTURE}`, import.meta.url)), layersPicture());
});

Deno.test("each part imports only from parts that stand before it in the list of layers", () => {
  assert.deepEqual(sources.imports.flatMap(wrongDirection), []);
});

Deno.test("no file outside of its platform names a cloud", () => {
  const text = (file: string) => Deno.readTextFileSync(new URL(`../../${file}`, import.meta.url));
  assert.deepEqual(sources.files.flatMap((file) => cloudsNamedIn(file, text(file))), []);
  const programs = Object.entries(EMBEDDED).filter(([path]) => path.startsWith("python/node/"));
  assert.deepEqual(programs.flatMap(([path, text]) => cloudsNamedIn(path, text)), []);
});

Deno.test("platforms share what lies beside them, and know nothing of each other", () => {
  assert.deepEqual(sources.imports.flatMap(wrongRoom), []);
});

Deno.test("a platform needs nothing but what all may use: the toy does without the rest", () => {
  const toy = toySources();
  assert.ok(toy.files.includes("toy.ts"));
  assert.deepEqual(toy.imports.flatMap((it) => [...wrongDirection(it), ...wrongRoom(it)]), []);
  assert.deepEqual(strangeSpecifiers(toy), []);
  assert.deepEqual(touchesOutsideSystem(toy), []);
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

/** What is loaded before any command is known: files, and npm packages by name. */
function loadedAtStart({ imports }: Pick<Sources, "imports">): Set<string> {
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { specifier, typeOnly, late, file: from } of imports) {
      if (from !== file || typeOnly || late) continue;
      if (specifier.startsWith(".")) load(posix.join(posix.dirname(file), specifier));
      else if (NPM.test(specifier)) loaded.add(NPM.exec(specifier)![1]!);
    }
  };
  load("main.ts");
  return loaded;
}

Deno.test("a start loads no large part: each command loads what it needs", () => {
  const loaded = loadedAtStart(sources);
  assert.ok(loaded.has("lib/cli/command_line.ts"));
  assert.ok(!loaded.has("lib/_embedded.ts"), "what is embedded is loaded by the command that uses it");
  const packages = [...loaded].filter((name) => !name.endsWith(".ts") && name !== "deno.json");
  assert.deepEqual(packages.sort(), ["commander", "picocolors"]);
});

Deno.test("only system_runtime.ts touches files, processes, environment, randomness and time", () => {
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
  const text = await Deno.readTextFile(new URL("../../lib/_embedded.ts", import.meta.url));
  assert.ok(text === embeddedModule(), "it is stale: run `deno task embed`");
});

Deno.test("the layer test sees a cloud's name in words and in names, and a room's borders", () => {
  const text = "awsProvider(); // of EC2\nconst AWS_REGION = googleImage; outlaws; gcpx; AwsConfig";
  assert.deepEqual(cloudsNamedIn("lib/plan/x.ts", text), [
    "lib/plan/x.ts names aws",
    "lib/plan/x.ts names EC2",
    "lib/plan/x.ts names AWS",
    "lib/plan/x.ts names google",
    "lib/plan/x.ts names Aws",
  ]);
  assert.deepEqual(cloudsNamedIn("lib/platform/aws/x.ts", text), []);
  const seen = (file: string, specifier: string) =>
    wrongRoom({ file, specifier, typeOnly: false, late: false }).length;
  assert.equal(seen("lib/platform/aws/x.ts", "../gcp/y.ts"), 1);
  assert.equal(seen("lib/platform/terraform/x.ts", "../aws/y.ts"), 1);
  assert.equal(seen("lib/cluster/x.ts", "../platform/local/y.ts"), 1);
  assert.equal(seen("lib/platform/aws/x.ts", "./y.ts"), 0);
  assert.equal(seen("lib/platform/aws/x.ts", "../terraform/y.ts"), 0);
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
