import assert from "node:assert/strict";
import { join } from "node:path";
import { homeOf } from "../../../lib/config/home.ts";
import { PrerequisiteError } from "../../../lib/errors.ts";
import {
  type Architecture,
  lockFile,
  type LockOptions,
  lockText,
  type PackageLock,
  packageLocks,
  readLock,
  type WantedPackages,
} from "../../../lib/python/package_locks.ts";
import { UnreachableIndexError } from "../../../lib/python/pinned_uv.ts";
import { type Machine, machine } from "../../support/machine.ts";

const WANTED: WantedPackages = {
  python: "3.11",
  requirements: ["dask==2026.8.0", "bokeh==3.9.2"],
  schedulerOnly: ["bokeh==3.9.2"],
};
const ONE: PackageLock = {
  packages: [`dask==2026.8.0 --hash=sha256:${"a".repeat(64)}`],
  schedulerOnly: [`bokeh==3.9.2 --hash=sha256:${"b".repeat(64)}`],
  unhashed: ["git+https://host/tools"],
};

Deno.test("readLock() reads what lockText() writes", () => {
  for (const lock of [ONE, { ...ONE, schedulerOnly: [], unhashed: [] }, { ...ONE, packages: [] }]) {
    assert.deepEqual(readLock(lockText(lock, WANTED, "x86_64"), WANTED, "x86_64"), lock);
  }
});

Deno.test("readLock() takes no lock for other packages, another Python or processor, none cut short and none changed", () => {
  const text = lockText(ONE, WANTED, "x86_64");
  const of = (found: string | null, wanted = WANTED, architecture: Architecture = "x86_64") =>
    readLock(found, wanted, architecture);
  assert.notEqual(of(text), null);
  assert.equal(of(null), null);
  assert.equal(of(text, { ...WANTED, python: "3.12" }), null);
  assert.equal(of(text, { ...WANTED, requirements: ["dask==2026.8.0"] }), null);
  assert.equal(of(text, { ...WANTED, schedulerOnly: [] }), null);
  assert.equal(of(text, WANTED, "aarch64"), null);
  for (let length = 0; length < text.length; length++) assert.equal(of(text.slice(0, length)), null);
  assert.equal(of(text.replace("aaaa", "aaac")), null);
  assert.equal(of(`${text}numpy==2.4.6\n`), null);
});

/**
 * A uv that says of each name in the file it is given what the script has for it, as `uv pip compile --format pylock.toml`
 * does, and notes what it was asked.
 */
const UV = `#!/bin/bash
while read -r line; do
  said+=" $line"
  case $line in
    unhashed*) echo 'error: No solution found when resolving dependencies
  cause: Because unhashed has no usable wheels and you require unhashed, we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for \`unhashed\` because building from source is disabled' >&2; exit 1 ;;
    silent*) echo 'error: Request failed after 1 retry in 1.4s
  cause: Failed to fetch: http://127.0.0.1:9/silent/
  cause: Connection refused (os error 111)' >&2; exit 2 ;;
    clash*) clashes=1 ;;
    bokeh*) needs=(bokeh pillow) ;;
    *@*) direct=1 ;;
  esac
done <"\${!#}"
arguments="$*"; echo "\${arguments/%--constraints*/}:$said" >>"\${0%/*}/asked"
[ -z "$clashes" ] || [ "$said" = ' clash==1' ] || { echo 'error: No solution found when resolving dependencies
  cause: Because clash==1 depends on dask==2025.1.0 and you require dask==2026.8.0,
         they do not fit.' >&2; exit 1; }
echo 'lock-version = "1.0"'
for name in "\${needs[@]}" dask; do
  printf '\\n[[packages]]\\nname = "%s"\\nversion = "1.0"\\nsdist = { url = "https://x/y.tar.gz", hashes = { sha256 = "%064d" } }\\n' $name 9
  printf 'wheels = [{ url = "https://x/y.whl", size = 7, hashes = { sha256 = "%064d" } }]\\n' 1
done
[ -z "$direct" ] || printf '\\n[[packages]]\\nname = "tools"\\nversion = "2"\\narchive = { url = "https://lab/tools-2-py3-none-any.whl", hashes = { sha256 = "%064d" } }\\n' 2
`;

/** What is kept for these requirements, or the failure; and the lines that were said. */
async function locksOf(
  here: Machine,
  requirements: readonly string[],
  given: Partial<Pick<LockOptions, "architectures" | "allowUnhashed">> = {},
) {
  here.vars["XCORE_HOME"] = join(here.dir, "home");
  here.vars["XCORE_UV"] = await here.write("uv/uv", UV, 0o755);
  const said: string[] = [];
  const locks = await packageLocks({
    runtime: here.runtime,
    home: homeOf(here.runtime),
    python: await here.script("bin/python", "exit 1"),
    wanted: { python: "3.11", requirements, schedulerOnly: ["bokeh==3.9.2"] },
    ...{ architectures: ["x86_64"], allowUnhashed: false, ...given },
  }, (line) => said.push(line)).catch((error) => error);
  const asked = (await Deno.readTextFile(join(here.dir, "uv/asked")).catch(() => "")).trimEnd().split("\n");
  await Deno.remove(join(here.dir, "uv/asked")).catch(() => {});
  return { locks, said, asked };
}

const hash = (digit: number) => `--hash=sha256:${String(digit).padStart(64, "0")}`;

Deno.test("packageLocks() asks uv once, for each processor, and keeps what each role installs", async () => {
  await using here = await machine();
  const architectures: Architecture[] = ["aarch64", "x86_64"];
  const wanted = ["dask==2026.8.0", "bokeh==3.9.2", "tools@https://lab/tools-2-py3-none-any.whl"];
  const { locks, said, asked } = await locksOf(here, wanted, { architectures });
  const lock = {
    packages: [`dask==1.0 ${hash(1)}`, `tools @ https://lab/tools-2-py3-none-any.whl ${hash(2)}`],
    schedulerOnly: [`bokeh==1.0 ${hash(1)}`, `pillow==1.0 ${hash(1)}`],
    unhashed: [],
  };
  assert.deepEqual(locks, { aarch64: lock, x86_64: lock });
  assert.equal(said.length, 1);
  assert.equal(asked.length, 4);
  for (const machine of architectures) {
    const platform = `--python-version 3.11 --python-platform ${machine}-manylinux_`;
    assert.equal(asked.filter((line) => line.includes(platform)).length, 2);
  }
  assert.ok(asked.every((line) => line.includes("--only-binary :all:")));
  const again = await locksOf(here, wanted, { architectures });
  assert.deepEqual(again.locks, locks);
  assert.deepEqual([again.said, again.asked], [[], [""]]);

  const path = lockFile(homeOf(here.runtime), "x86_64");
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(hash(1), hash(3)));
  assert.deepEqual((await locksOf(here, wanted)).locks, { x86_64: lock });
  assert.deepEqual([...Deno.readDirSync(join(here.dir, "home/run"))], []);
});

Deno.test("packageLocks() names what has no wheel, and keeps the rest by hash where that is allowed", async () => {
  await using here = await machine();
  const bad = ["unhashed==1", "git+https://host/lab/tools@v1", "https://host/tools-1.tar.gz"];
  const { locks: error } = await locksOf(here, ["dask==2026.8.0", ...bad]);
  assert.ok(error instanceof PrerequisiteError);
  assert.ok(error.message.includes(` for ${bad.join(", ")}: there is no wheel for Python 3.11 on x86_64`));
  assert.match(error.hint, /`xcore config set allow_unhashed_packages true`/);
  const { locks, asked } = await locksOf(here, ["dask==2026.8.0", ...bad], { allowUnhashed: true });
  assert.deepEqual(locks.x86_64, { packages: [`dask==1.0 ${hash(1)}`], schedulerOnly: [], unhashed: bad });
  assert.ok(asked.every((line) => !/git\+|tar\.gz/.test(line)));
  // Kept, and refused where it is not allowed any more.
  assert.deepEqual((await locksOf(here, ["dask==2026.8.0", ...bad], { allowUnhashed: true })).asked, [""]);
  assert.equal((await locksOf(here, ["dask==2026.8.0", ...bad])).locks.message, error.message);
});

Deno.test("packageLocks() says which packages do not fit together", async () => {
  await using here = await machine();
  for (const allowUnhashed of [false, true]) {
    const { locks: error } = await locksOf(here, ["dask==2026.8.0", "clash==1"], { allowUnhashed });
    assert.ok(error instanceof PrerequisiteError && !(error instanceof UnreachableIndexError));
    assert.match(
      error.message,
      /: Because clash==1 depends on dask==2025\.1\.0 and you require .*, they do not fit$/,
    );
  }
});

Deno.test("packageLocks() without an answer from the index keeps nothing, and says what to type", async () => {
  await using here = await machine();
  const { locks: error } = await locksOf(here, ["dask==2026.8.0", "silent==1"]);
  assert.ok(error instanceof UnreachableIndexError);
  assert.match(error.message, /Connection refused/);
  assert.match(error.hint, /HTTPS_PROXY.*`xcore config set allow_unhashed_packages true`/);
  const allowed = await locksOf(here, ["dask==2026.8.0", "silent==1"], { allowUnhashed: true });
  assert.equal(allowed.locks, null);
  assert.equal(await here.runtime.files.exists(lockFile(homeOf(here.runtime), "x86_64")), false);
});
