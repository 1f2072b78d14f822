/**
 * `deno task wheel`: packages for `pip install crosscore`, into dist/wheels. One for each system
 * carries the program, or where none can be compiled for it the bundle, and has Deno installed
 * beside it; one for all others has the Python package alone.
 * @module
 */

import { VERSION } from "../lib/version.ts";
import { fingerprint, makeBundle } from "./bundle.ts";
import { compileFor, type Target, TARGETS } from "./compile_for.ts";
import { endWith } from "./failure.ts";
import { exists } from "./files.ts";
import { glibcOf } from "./glibc.ts";
import { launcherText, unfollow } from "./launcher.ts";
import { ROOT } from "./run_deno.ts";

/** A package that was made. */
export interface Wheel {
  /** `crosscore-0.1.0-py3-none-any.whl` */
  readonly name: string;
  readonly bytes: number;
  /** What it is for; null: any system. */
  readonly target: Target | null;
  /** What it carries, for people. */
  readonly carries: string;
}

/** What to make. */
export interface WheelOptions {
  /** All systems when not given. */
  readonly targets?: readonly Target[];
  /** Makes wheels with the bundle, also where a program could be compiled. */
  readonly bundleOnly?: boolean;
  /**
   * A folder with the bundle, as `makeBundle` writes it, which stays as it is; else one is made.
   */
  readonly bundle?: string;
}

/** The most a package index takes for granted. */
const MOST_BYTES = 100_000_000;

/** Deno as PyPI has it, for those who get the bundle. */
const DENO = "deno==2.7.14";

/**
 * The oldest Python that it is there for. A wheel that asked for it would send an older one's pip,
 * unless an index tells it before, to the next older version: the old tool.
 */
const DENO_PYTHON = "3.10";

/** What PyPI's Deno can be installed on; with a program of our own Linux's is as its glibc says. */
const TAGS: Readonly<Record<Target, string>> = {
  "x86_64-unknown-linux-gnu": "py3-none-manylinux_2_27_x86_64",
  "aarch64-unknown-linux-gnu": "py3-none-manylinux_2_27_aarch64",
  "x86_64-apple-darwin": "py3-none-macosx_10_12_x86_64",
  "aarch64-apple-darwin": "py3-none-macosx_11_0_arm64",
};

/**
 * Where the bundle of a build is in an environment: in the package's folder, for uv would leave an
 * empty one elsewhere when it uninstalls.
 */
const bundleOf = (build: string) => `crosscore/_bundle_${build}`;

/** From an environment's `bin` to its packages, whatever its Python and its system. */
const PACKAGES = "../lib*/python*/*-packages";

const REPAIR = `Install it again with Python ${DENO_PYTHON} or newer: ` +
  `\`python -m pip install --force-reinstall crosscore==${VERSION}\`.`;

const XCORE_INIT = `${ROOT}tools/xcore_init.sh`;

/** What is asked of write_wheels.py. */
interface Order {
  readonly tag: string;
  readonly requires: readonly string[];
  readonly entry_points: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

/** A wheel to be made. */
interface Plan extends Pick<Wheel, "target" | "carries"> {
  readonly order: Order;
}

/**
 * Makes the wheels in a folder. From the same sources, on the same machine, they are the same, byte
 * for byte.
 *
 * @param folder made if missing; other files in it are left alone
 * @param tell told what is being done, one line at a time
 * @throws {Error} one cannot be made, or is larger than an index takes
 */
export async function makeWheels(
  folder: string,
  { targets = TARGETS, bundleOnly = false, bundle: made }: WheelOptions = {},
  tell: (line: string) => void = () => {},
): Promise<readonly Wheel[]> {
  const work = await Deno.makeTempDir({ prefix: "xcore-wheels-" });
  try {
    const plans: Plan[] = [];
    const bundle = made ?? `${work}/bundle`;
    if (made === undefined && targets.length > 0) await makeBundle(bundle);
    for (const target of targets) {
      const program = `${work}/${target}`;
      tell(`Making the one for ${target} …`);
      const why = bundleOnly ? "it is not wanted" : await compileFor(target, bundle, program);
      plans.push(
        why === null ? await withProgram(target, program) : await withBundle(target, bundle, work, why),
      );
    }
    tell("Writing them …");
    plans.push(CLIENT);
    return await write(folder, plans);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Those who have another system get the package, and are told how to get the program. */
const CLIENT: Plan = {
  target: null,
  carries: "the Python package alone",
  order: {
    tag: "py3-none-any",
    requires: [],
    entry_points: { xcore: "crosscore.__main__:main", "xcore-init": "crosscore.__main__:init" },
    files: {},
  },
};

async function withProgram(target: Target, program: string): Promise<Plan> {
  const isLinux = target.endsWith("-linux-gnu");
  const tag = isLinux
    ? TAGS[target].replace("manylinux_2_27", `manylinux_${(await glibcOf(program)).join("_")}`)
    : TAGS[target];
  return {
    target,
    carries: "the compiled program",
    order: {
      tag,
      requires: [],
      entry_points: {},
      files: { "scripts/xcore": program, "scripts/xcore-init": XCORE_INIT },
    },
  };
}

async function withBundle(target: Target, bundle: string, work: string, why: string): Promise<Plan> {
  const folder = `${work}/launched`;
  const launcher = `${work}/launcher`;
  const build = (await fingerprint([])).slice(0, 16);
  if (!await exists(launcher)) {
    await Deno.mkdir(folder);
    for await (const { name } of Deno.readDir(bundle)) {
      await Deno.copyFile(`${bundle}/${name}`, `${folder}/${name}`);
    }
    await unfollow(folder);
    const text = launcherText({
      bundle: `${PACKAGES}/${bundleOf(build)}/main.js`,
      deno: "deno",
      build: `${build} ${DENO}`,
      repair: REPAIR,
    });
    await Deno.writeTextFile(launcher, text);
  }
  const parts = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return {
    target,
    carries: `the bundle, and requires ${DENO} (no program: ${why})`,
    order: {
      tag: TAGS[target],
      requires: [`${DENO}; python_version >= "${DENO_PYTHON}"`],
      entry_points: {},
      files: {
        "scripts/xcore": launcher,
        "scripts/xcore-init": XCORE_INIT,
        ...Object.fromEntries(parts.map((name) => [`${bundleOf(build)}/${name}`, `${folder}/${name}`])),
      },
    },
  };
}

async function write(folder: string, plans: readonly Plan[]): Promise<Wheel[]> {
  const child = new Deno.Command(await python(), {
    args: [`${ROOT}tools/write_wheels.py`],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(JSON.stringify({ folder, wheels: plans.map(({ order }) => order) })),
  );
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr).trim().split("\n").at(-1));
  const names = decoder.decode(stdout).trim().split("\n");
  return await Promise.all(plans.map(async ({ target, carries }, i) => {
    const name = names[i]!;
    const bytes = (await Deno.stat(`${folder}/${name}`)).size;
    if (bytes > MOST_BYTES) throw new Error(`${name} has ${bytes} bytes, more than ${MOST_BYTES}`);
    if (!name.startsWith(`crosscore-${VERSION}-`)) {
      throw new Error(`python/crosscore/__init__.py has another version than deno.json: ${name}`);
    }
    return { name, bytes, target, carries };
  }));
}

/** The first Python that can run the writer. */
async function python(): Promise<string> {
  for (const name of ["python3", "python"]) {
    const test = ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"];
    try {
      const { success } = await new Deno.Command(name, { args: test, stdout: "null", stderr: "null" })
        .output();
      if (success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error("there is no Python 3.8 or newer on PATH: install python3");
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function main(): Promise<void> {
  const wheels = await makeWheels(`${ROOT}dist/wheels`, {}, (line) => console.error(line));
  for (const { name, bytes, carries } of wheels) {
    console.log(`dist/wheels/${name}: ${sizeOf(bytes)}, ${carries}`);
  }
}

if (import.meta.main) await main().catch((error) => endWith("make the wheels", error));
