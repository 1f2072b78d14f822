import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import manifest from "../../../deno.json" with { type: "json" };
import { packageChecks } from "../../../lib/cluster/program_check.ts";
import { writePythonPackage } from "../../../lib/python/write_python_package.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { answer, machine } from "../../support/machine.ts";

/** What the check says of a package on PYTHONPATH and of one that is installed; null: there is none. */
async function said(written: string | null, installed: string | null) {
  await using here = await machine();
  const place = { runtime: here.runtime, home: homeOf(here.runtime) };
  if (written !== null) {
    const folder = await writePythonPackage(place);
    const path = `${folder}/crosscore/__init__.py`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(manifest.version, written));
  }
  const python = await here.script("env/bin/python", answer("3.11.7", { has: { crosscore: installed } }));
  const checks = await packageChecks(place, python);
  return checks.map(({ outcome, message, fix }) =>
    [outcome, message, fix].map((text) => text?.replaceAll(here.dir, "~") ?? null)
  );
}

const OURS = manifest.version;

Deno.test("packageChecks() passes one package, or two, of the program's own version", async () => {
  assert.deepEqual(await said(OURS, OURS), [
    ["passed", `crosscore ${OURS} is installed in ~/env/bin/python`, null],
  ]);
  assert.deepEqual(await said(null, OURS), [
    ["passed", `crosscore ${OURS} is installed in ~/env/bin/python`, null],
  ]);
  assert.deepEqual((await said(OURS, null)).map(([outcome, , fix]) => [outcome, fix]), [["passed", null]]);
});

Deno.test("packageChecks() warns of each that has another version, with the command that replaces it", async () => {
  const replace = 'Run: ~/env/bin/python -m pip install "$(xcore python)"';
  const both = await said("0.0.9", "0.0.1");
  const [old, stale] = both;
  assert.deepEqual(await said(OURS, "0.0.1"), [old]);
  assert.deepEqual(await said("0.0.9", OURS), [stale]);
  assert.deepEqual(both.map(([outcome]) => outcome), ["warning", "warning"]);
  assert.equal(old![2], replace);
  assert.match(stale![2]!, /`xcore python`/);
  assertWording("doctor", "packages of other versions", both.flat().join("\n").replaceAll(OURS, "VERSION"));
});
