import assert from "node:assert/strict";
import { PrerequisiteError } from "../../../../lib/errors.ts";
import { findPacker } from "../../../../lib/platform/packer/packer_build.ts";
import { machine } from "../../../support/machine.ts";

async function found(script: string | null) {
  await using here = await machine();
  if (script !== null) await here.script("bin/packer", script);
  return await findPacker(here.runtime);
}

function refused(message: RegExp) {
  return (error: unknown) =>
    error instanceof PrerequisiteError && message.test(error.message) &&
    /^Install Packer \(https:\S+\), and run this again\.$/.test(error.hint);
}

Deno.test("findPacker() knows from which version on builders are fetched", async () => {
  const says = (version: string) =>
    found(`echo 'Packer v${version}'; echo; echo 'Your version is out of date'`);
  assert.deepEqual(await says("1.6.6"), { version: "1.6.6", fetchesPlugins: false });
  assert.deepEqual(await says("1.7.0"), { version: "1.7.0", fetchesPlugins: true });
  assert.deepEqual(await says("1.11.2"), { version: "1.11.2", fetchesPlugins: true });
});

Deno.test("findPacker() refuses one that is too old for these templates", async () => {
  for (const version of ["1.6.5", "1.5.9", "0.12.3"]) {
    await assert.rejects(found(`echo Packer v${version}`), refused(/ 1\.6\.6 or newer$/));
  }
});

Deno.test("findPacker() refuses a machine without one, and another program of that name", async () => {
  await assert.rejects(found(null), refused(/^Cannot find Packer: packer is not on PATH$/));
  await assert.rejects(found("echo 0 0; exit 0"), refused(/does not tell Packer's version/));
});
