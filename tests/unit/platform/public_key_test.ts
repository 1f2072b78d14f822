import assert from "node:assert/strict";
import { PrerequisiteError } from "../../../lib/errors.ts";
import { keyPath, privateHalf, readPublicKey } from "../../../lib/platform/public_key.ts";
import { type Machine, machine } from "../../support/machine.ts";

const BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAINbxeAT11rvVjw2yJxiZvM0KHJPujR7WTCEGFY2O4d4D";
const KINDS = ["ssh-ed25519", "ssh-rsa"];

const read = (here: Machine, path: string) => readPublicKey(here.runtime, path, KINDS);
const refused = (message: RegExp, hint: RegExp) => (error: unknown) =>
  error instanceof PrerequisiteError && message.test(error.message) && hint.test(error.hint);

Deno.test("readPublicKey() gives kind and key, without the comment", async () => {
  await using here = await machine();
  const path = await here.write("id.pub", `ssh-ed25519 ${BLOB} me@here\n`);
  assert.equal(await read(here, path), `ssh-ed25519 ${BLOB}`);
});

Deno.test("readPublicKey() refuses a private key by its name and reads no more than its head", async () => {
  const heads = [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----",
    "PuTTY-User-Key-File-3: x",
  ];
  for (const head of heads) {
    const whole: string[] = [];
    await using here = await machine({
      files: { readText: (path) => (whole.push(path), Promise.reject(path)) },
    });
    const path = await here.write("id_rsa", `${head}\nsecret\n`);
    await assert.rejects(read(here, path), refused(/id_rsa: that is a private key$/, /id_rsa\.pub"/));
    assert.deepEqual(whole, []);
  }
});

Deno.test("readPublicKey() says what it found instead of a public key", async () => {
  await using here = await machine();
  const cases: [string, RegExp][] = [
    ["hello", /it is no public key/],
    [
      `ecdsa-sha2-nistp256 ${BLOB}`,
      /of the kind ecdsa-sha2-nistp256, and the cloud takes ssh-ed25519 or ssh-rsa/,
    ],
    ["ssh-rsa !!!", /it is damaged/],
    [`ssh-rsa ${BLOB}`, /it is damaged/],
    ["ssh-ed25519 AAAA", /it is damaged/],
    ["ssh-ed25519", /it is damaged/],
    ["", /it is no public key/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(read(here, await here.write("id.pub", text)), refused(message, /ssh-keygen/));
  }
  await assert.rejects(read(here, `${here.dir}/none.pub`), refused(/there is no such file/, /ssh-keygen/));
});

Deno.test("privateHalf() is the file beside a public key, where there is one", async () => {
  await using here = await machine();
  const path = await here.write("id.pub", "");
  assert.equal(await privateHalf(here.runtime, path), null);
  const half = await here.write("id", "");
  assert.equal(await privateHalf(here.runtime, path), half);
  assert.equal(await privateHalf(here.runtime, half), null, "a public key of another name has none");
});

Deno.test("keyPath() makes a full path of what a person gave", async () => {
  await using here = await machine();
  assert.equal(keyPath(here.runtime, "~/.ssh/id.pub"), `${here.dir}/home/.ssh/id.pub`);
  assert.equal(keyPath(here.runtime, "/keys/id.pub"), "/keys/id.pub");
  assert.equal(keyPath(here.runtime, "id.pub"), `${here.dir}/id.pub`);
});
