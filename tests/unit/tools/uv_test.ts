import assert from "node:assert/strict";
import { join } from "node:path";
import { uvEnvironment, uvProgram } from "../../../tools/uv.ts";
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

Deno.test("uvProgram() takes the one on PATH, else fetches one once; a half fetched one is none", async () => {
  await using here = await machine();
  const cache = join(here.dir, "cache");
  await Deno.mkdir(cache);
  const put =
    'PATH=/usr/bin:/bin; while [ "$1" != --target ]; do shift; done; mkdir -p "$2/bin"; echo >>"$2/../asked"';
  const failing = await here.script("pip/failing", `${put}; exit 1`);
  assert.equal(await uvProgram(here.runtime, failing, cache), null);
  const python = await here.script("pip/python", `${put}; echo uv >"$2/bin/uv"`);
  const [one, other] = await Promise.all([0, 1].map(() => uvProgram(here.runtime, python, cache)));
  assert.ok(one);
  assert.equal(other, one);
  assert.equal(await Deno.readTextFile(one), "uv\n");
  const asked = async () => (await Deno.readTextFile(`${cache}/asked`)).length;
  const before = await asked();
  assert.equal(await uvProgram(here.runtime, python, cache), one);
  assert.equal(await asked(), before);
  assert.equal([...Deno.readDirSync(cache)].length, 2, "temporary folders are left");

  const onPath = await here.script("bin/uv", "");
  assert.equal(await uvProgram(here.runtime, failing, cache), onPath);
});
