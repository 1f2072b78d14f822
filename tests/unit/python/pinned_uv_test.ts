import assert from "node:assert/strict";
import { join } from "node:path";
import {
  pinnedUv,
  UnreachableIndexError,
  UV,
  UV_VERSION,
  uvEnvironment,
} from "../../../lib/python/pinned_uv.ts";
import { machine } from "../../support/machine.ts";

const TRUST = { UV_SYSTEM_CERTS: "1", UV_NATIVE_TLS: "1" };

Deno.test("uvEnvironment() passes on the index of pip's environment and of pip's settings, unless uv has its own", async () => {
  await using here = await machine();
  const configured = await here.script("bin/configured", 'echo "http://127.0.0.1:9/of-pip.conf"');
  const plain = await here.script("bin/plain", "echo 'No such key' >&2; exit 1");
  const of = (python: string) => uvEnvironment(here.runtime, python);
  assert.deepEqual(await of(plain), TRUST);
  assert.deepEqual(await of(configured), { ...TRUST, UV_DEFAULT_INDEX: "http://127.0.0.1:9/of-pip.conf" });
  here.vars["PIP_INDEX_URL"] = "http://127.0.0.1:9/set";
  assert.deepEqual(await of(configured), { ...TRUST, UV_DEFAULT_INDEX: "http://127.0.0.1:9/set" });
  here.vars["UV_DEFAULT_INDEX"] = "http://127.0.0.1:9/of-uv";
  assert.deepEqual(await of(configured), TRUST);
});

/** What pip and uv do with `install --target FOLDER -r FILE`: the file is noted, a program is put there. */
const INSTALL =
  'PATH=/usr/bin:/bin; while [ "$1" != --target ]; do shift; done; mkdir -p "$2/bin"; cat "$4" >>"$2/../asked"; ' +
  'echo uv >"$2/bin/uv"';
const WHOLE = `${INSTALL}; mkdir "$2/uv-${UV_VERSION}.dist-info"`;

Deno.test("pinnedUv() has pip fetch one version by its hashes, once; one that is not whole, or older, is none", async () => {
  await using here = await machine();
  const root = join(here.dir, "home");
  const of = (python: string) => pinnedUv(here.runtime, join(root, "uv"), python);
  const names = () => [...Deno.readDirSync(root)].map(({ name }) => name).sort();

  const failing = await here.script("pip/failing", `${INSTALL}; echo 'ERROR: no such host' >&2; exit 1`);
  await assert.rejects(of(failing), (error: UnreachableIndexError) => {
    assert.ok(error instanceof UnreachableIndexError);
    assert.match(error.message, /\(ERROR: no such host\)$/);
    return true;
  });
  assert.deepEqual(names(), ["asked", "uv.lock"]);

  await Deno.mkdir(join(root, "uv/uv-0.1.0.dist-info"), { recursive: true });
  await Deno.remove(join(root, "asked"));
  const python = await here.script("pip/python", WHOLE);
  const [one, other] = await Promise.all([of(python), of(python)]);
  assert.equal(one, other);
  assert.equal(await Deno.readTextFile(one), "uv\n");
  assert.equal(await of(failing), one);
  const [asked = "", ...more] = (await Deno.readTextFile(join(root, "asked"))).trimEnd().split("\n");
  assert.deepEqual(more, []);
  assert.ok(asked.startsWith(`uv==${UV_VERSION} --hash=sha256:`));
  for (const { sha256 } of Object.values(UV)) assert.ok(asked.includes(` --hash=sha256:${sha256}`));
  assert.deepEqual(names(), ["asked", "uv", "uv.lock"]);

  here.vars["XCORE_UV"] = "/opt/uv";
  assert.equal(await of(failing), "/opt/uv");
});

Deno.test("pinnedUv() has a uv on PATH fetch it where the Python has no pip", async () => {
  await using here = await machine();
  const python = await here.script(
    "env/bin/python",
    "echo '/env/bin/python: No module named pip' >&2; exit 1",
  );
  const root = join(here.dir, "home");
  await assert.rejects(pinnedUv(here.runtime, join(root, "uv"), python), UnreachableIndexError);
  await here.script("bin/uv", WHOLE);
  assert.equal(await Deno.readTextFile(await pinnedUv(here.runtime, join(root, "uv"), python)), "uv\n");
});
