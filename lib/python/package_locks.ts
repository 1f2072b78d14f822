/**
 * Which Python packages the machines of a cluster install: all that they need, in one version each,
 * with the hash of the wheel for their Python and processor. uv finds them out once; they are kept
 * in the home, as pip and uv read them.
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Home } from "../config/home.ts";
import { asXcoreError, PrerequisiteError } from "../errors.ts";
import type { Environment, Runtime } from "../runtime.ts";
import { pinnedUv, unreachable, UnreachableIndexError, uvEnvironment } from "./pinned_uv.ts";

/** A machine's processor, as `uname -m` names it. */
export type Architecture = "x86_64" | "aarch64";

/** What machines are to install. */
export interface WantedPackages {
  /** `3.11` */
  readonly python: string;
  /** As pip knows them: `dask==2026.8.0`, `mdtraj`, `git+https://…`. */
  readonly requirements: readonly string[];
  /** Those of them that the scheduler's machine alone installs. */
  readonly schedulerOnly: readonly string[];
}

/** What machines of one architecture install. */
export interface PackageLock {
  /** `dask==2026.8.0 --hash=sha256:…`, in the order of their names. */
  readonly packages: readonly string[];
  /** The same for the scheduler's machine alone. */
  readonly schedulerOnly: readonly string[];
  /** The requirements that have no wheel, or no hash. */
  readonly unhashed: readonly string[];
}

/** A lock for each architecture in use. */
export type PackageLocks = Readonly<Partial<Record<Architecture, PackageLock>>>;

/** Where the locks are kept, and for what. */
export interface LockOptions {
  readonly runtime: Runtime;
  readonly home: Home;
  /** The interpreter that the config names. */
  readonly python: string;
  readonly wanted: WantedPackages;
  readonly architectures: readonly Architecture[];
  /** Whether machines may install what has no hash. */
  readonly allowUnhashed: boolean;
}

/**
 * The locks that are kept; what is not, or is for other packages, is found out and kept.
 *
 * @returns null: the package index does not answer, and machines may install without hashes
 * @throws {UnreachableIndexError} it does not answer, and they may not
 * @throws {PrerequisiteError} something has no wheel, and they may not; or no versions fit together
 */
export async function packageLocks(
  options: LockOptions,
  say: (line: string) => void,
): Promise<PackageLocks | null> {
  const { runtime: { files }, home, wanted, architectures, allowUnhashed } = options;
  const kept = await Promise.all(
    architectures.map(async (each) =>
      readLock(await files.readTextIfExists(lockFile(home, each)), wanted, each)
    ),
  );
  try {
    const uv = kept.includes(null) ? await resolver(options, say) : null;
    const locks = await Promise.all(
      architectures.map(async (each, i) => kept[i] ?? await resolve(uv!, wanted, each)),
    );
    if (!allowUnhashed) refuseUnhashed(locks, options);
    await files.mkdir(home.packages);
    for (const [i, each] of architectures.entries()) {
      if (kept[i] === null) await files.writeText(lockFile(home, each), lockText(locks[i]!, wanted, each));
    }
    return Object.fromEntries(architectures.map((each, i) => [each, locks[i]!]));
  } catch (error) {
    if (error instanceof UnreachableIndexError && allowUnhashed) return null;
    throw error;
  }
}

/** The file of a home that keeps the lock of an architecture. */
export function lockFile({ packages }: Pick<Home, "packages">, architecture: Architecture): string {
  return join(packages, `${architecture}.txt`);
}

function refuseUnhashed(locks: readonly PackageLock[], { wanted, architectures }: LockOptions): void {
  const found = wanted.requirements.filter((each) => locks.some(({ unhashed }) => unhashed.includes(each)));
  if (found.length === 0) return;
  throw new PrerequisiteError(
    `Cannot check what machines would install for ${
      found.join(", ")
    }: there is no wheel for Python ${wanted.python} ` +
      `on ${architectures.join(" and ")}, and so no hash`,
    "If you trust where they come from: `xcore config set allow_unhashed_packages true`; else leave them out of `packages`.",
  );
}

const SCHEDULER_ONLY = "# For the scheduler alone:";
const UNHASHED = "# Without a hash: ";
const DIGEST = "# SHA-256 of all lines above: ";

/** What a lock's file begins with: for what it is. */
function lockHead(
  { python, requirements, schedulerOnly }: WantedPackages,
  architecture: Architecture,
): string {
  const only = (each: string) => schedulerOnly.includes(each) ? " (the scheduler alone)" : "";
  return [
    "# What the machines of this cluster install: each package with the SHA-256 of its wheel. xcore makes this file anew",
    "# where it was changed, and where the packages, the Python or the machine types were; remove it for newer versions.",
    `# Wanted for Python ${python} on ${architecture}:`,
    ...requirements.map((each) => `#   ${each}${only(each)}`),
    "# Installed:",
  ].map((line) => `${line}\n`).join("");
}

/** The text of a lock's file. */
export function lockText(
  { packages, schedulerOnly, unhashed }: PackageLock,
  wanted: WantedPackages,
  architecture: Architecture,
): string {
  const lines = [
    ...unhashed.map((each) => `${UNHASHED}${each}`),
    ...packages,
    ...schedulerOnly.length === 0 ? [] : [SCHEDULER_ONLY, ...schedulerOnly],
  ];
  const text = lockHead(wanted, architecture) + lines.map((line) => `${line}\n`).join("");
  return `${text}${DIGEST}${sha256Of(text)}\n`;
}

/** A lock from its file's text; null: it is for something else, was changed or is not whole. */
export function readLock(
  text: string | null,
  wanted: WantedPackages,
  architecture: Architecture,
): PackageLock | null {
  const head = lockHead(wanted, architecture);
  if (text === null || !text.startsWith(head)) return null;
  const end = text.lastIndexOf(DIGEST);
  if (end < 0 || text.slice(end) !== `${DIGEST}${sha256Of(text.slice(0, end))}\n`) return null;
  const lines = text.slice(head.length, end).split("\n").filter((line) => line !== "");
  const unhashed = lines.filter((line) => line.startsWith(UNHASHED));
  const rest = lines.slice(unhashed.length);
  const from = rest.indexOf(SCHEDULER_ONLY);
  return {
    packages: from < 0 ? rest : rest.slice(0, from),
    schedulerOnly: from < 0 ? [] : rest.slice(from + 1),
    unhashed: unhashed.map((line) => line.slice(UNHASHED.length)),
  };
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** How uv is run here. */
interface Resolver {
  readonly runtime: Runtime;
  readonly program: string;
  readonly python: string;
  /** Its current folder, whose settings it would read. */
  readonly cwd: string;
  readonly env: Environment;
}

async function resolver(
  { runtime, home, python }: LockOptions,
  say: (line: string) => void,
): Promise<Resolver> {
  say("Finding out which packages machines install …");
  await runtime.files.mkdir(home.run);
  const [program, env] = await Promise.all([
    pinnedUv(runtime, home.uv, python),
    uvEnvironment(runtime, python),
  ]);
  return {
    runtime,
    program,
    python,
    cwd: home.run,
    // A network that lets nothing out must not hold a start up.
    env: { ...env, UV_HTTP_RETRIES: "1", PYTHONPATH: "" },
  };
}

/** What uv would install; or why no versions of it fit, as uv says it. */
type Resolved = { readonly packages: readonly Package[] } | { readonly refusal: string };

/** A package in the version that is installed. */
interface Package {
  readonly name: string;
  /** `dask==2026.8.0`, `tools @ https://…/tools-1-py3-none-any.whl` */
  readonly requirement: string;
  readonly sha256: readonly string[];
}

/**
 * Finds out what machines install. The requirements that have no wheel are those of which uv finds none
 * when it is asked for them alone.
 */
async function resolve(
  uv: Resolver,
  { python, requirements, schedulerOnly }: WantedPackages,
  architecture: Architecture,
): Promise<PackageLock> {
  const ask = (asked: readonly string[], pins: readonly Package[] = []) =>
    askUv(uv, { asked, pins, python, architecture });
  let hashed = requirements.filter(mayBeWheel);
  let found = await ask(hashed);
  if ("refusal" in found) {
    const alone = await Promise.all(hashed.map((each) => ask([each])));
    hashed = hashed.filter((_, i) => "packages" in alone[i]!);
    found = await ask(hashed);
  }
  if ("refusal" in found) {
    throw new PrerequisiteError(
      `Cannot find versions of the machines' packages that fit together: ${found.refusal}`,
      "Change `packages`, or the versions in the Python that the configuration names.",
    );
  }
  const { packages } = found;
  const ofWorkers = hashed.filter((each) => !schedulerOnly.includes(each));
  const workers = ofWorkers.length === hashed.length ? found : await ask(ofWorkers, packages);
  const names = new Set(("packages" in workers ? workers : found).packages.map(({ name }) => name));
  const lines = (wanted: boolean) =>
    packages.filter(({ name }) => names.has(name) === wanted).map(({ requirement, sha256 }) =>
      [requirement, ...sha256.map((each) => `--hash=sha256:${each}`)].join(" ")
    );
  return {
    packages: lines(true),
    schedulerOnly: lines(false),
    unhashed: requirements.filter((each) => !hashed.includes(each)),
  };
}

const ADDRESS = /^(?:[\w.-]+(?:\[[\w.,-]*\])? ?@ ?)?(?:\w+\+)?\w+:/;

/** Not what is in version control, nor an archive of sources. */
function mayBeWheel(requirement: string): boolean {
  return !ADDRESS.test(requirement) || /^[^+#]*:\/\/[^#]*\.whl(#|$)/.test(requirement);
}

/** What uv is asked. */
interface Question {
  readonly asked: readonly string[];
  /** What it has found for more than that. */
  readonly pins: readonly Package[];
  readonly python: string;
  readonly architecture: Architecture;
}

/**
 * The C library of Ubuntu 24.04, which is the default image's: packages leave older ones behind within
 * a few years.
 */
const LIBRARY = "manylinux_2_39";

/**
 * Asks uv which wheels it would install; uv builds and runs no package here.
 *
 * @throws {UnreachableIndexError} the package index does not answer
 */
async function askUv(
  { runtime, program, cwd, env, python: interpreter }: Resolver,
  { asked, pins, python, architecture }: Question,
): Promise<Resolved> {
  if (asked.length === 0) return { packages: [] };
  const [wanted, constraints] = ["in", "pins"].map((kind) =>
    join(cwd, `packages-${runtime.random.hex(4)}.${kind}`)
  ) as [string, string];
  try {
    await runtime.files.writeText(wanted, asked.map((each) => `${each}\n`).join(""));
    await runtime.files.writeText(constraints, pins.map(({ requirement }) => `${requirement}\n`).join(""));
    const { code, stdout, stderr } = await runtime.run([
      ...[program, "pip", "compile", "--quiet", "--no-cache", "--no-header", "--format", "pylock.toml"],
      ...["--only-binary", ":all:", "--python", interpreter, "--no-python-downloads"],
      ...["--python-version", python, "--python-platform", `${architecture}-${LIBRARY}`],
      ...["--constraints", constraints, wanted],
    ], { cwd, env });
    if (code === 0) return packagesIn(stdout);
    if (/Failed to (fetch|download)/.test(stderr)) throw unreachable("uv gets no answer", stderr);
    return { refusal: refusalIn(stderr) };
  } catch (error) {
    throw asXcoreError(error, "find out which packages machines install");
  } finally {
    await Promise.all([wanted, constraints].map((path) => runtime.files.remove(path)));
  }
}

function refusalIn(stderr: string): string {
  const [, said = stderr] =
    /^(?:error: No solution .*\n)?\s*(?:error|cause): ([\s\S]*?)(?:\n\n|$(?![\s\S]))/.exec(stderr) ?? [];
  return said.trim().replaceAll(/\s*\n\s*/g, " ").replace(/\.$/, "").slice(0, 400);
}

/** The packages of a pylock.toml (PEP 751) that uv has made for one platform. */
function packagesIn(toml: string): Resolved {
  const packages = toml.split(/^\[\[packages\]\]$/m).slice(1).map((block): Package => {
    const valueOf = (key: string) => new RegExp(`^${key} = "([^"]+)"$`, "m").exec(block)?.[1];
    const name = valueOf("name") ?? "";
    const [, archive] = /^archive = \{.*?url = "([^"]+)"/m.exec(block) ?? [];
    const wheels = block.replace(/^sdist = .*$/m, "");
    return {
      name,
      requirement: archive === undefined ? `${name}==${valueOf("version")}` : `${name} @ ${archive}`,
      sha256: [...wheels.matchAll(/\bsha256 = "([0-9a-f]{64})"/g)].map(([, hash = ""]) => hash),
    };
  });
  const without = packages.find(({ sha256 }) => sha256.length === 0);
  return without === undefined ? { packages } : { refusal: `the index tells no SHA-256 of ${without.name}` };
}
