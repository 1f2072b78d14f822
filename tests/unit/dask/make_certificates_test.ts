import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import {
  certificateExpiry,
  certificatesEndMs,
  checkCertificates,
  makeCertificates,
  needsCertificates,
  removeUnfinished,
} from "../../../lib/dask/make_certificates.ts";
import { type LeafFiles, serverName, type TlsFiles } from "../../../lib/dask/tls_files.ts";
import { XcoreError } from "../../../lib/errors.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { assertWording } from "../../support/wording.ts";
import { testPython } from "../../support/test_python.ts";
import { certificatesFor, copyOf, runtime, runtimeAt } from "./_certificates.ts";

const CLUSTER = "xcore-0a1b2c3d";
const HOUR_MS = 3_600_000;

async function output(program: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** What Python's ssl says, strictly, of a handshake by the cluster's name; the client trusts `ca`, the server its own. */
async function handshake(tls: TlsFiles, server: LeafFiles, client: LeafFiles, ca = tls.caFile) {
  const files = [server, client].flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  return await output(testPython(), "-c", SHAKE_HANDS, ...files, tls.caFile, ca, serverName(CLUSTER));
}

Deno.test("makeCertificates() makes certificates that OpenSSL accepts for both ends, by name", async () => {
  await using made = await certificatesFor(CLUSTER);
  const { scheduler, worker, client } = made.tls;
  const pairs = [[scheduler, client], [scheduler, worker], [worker, scheduler], [client, worker]] as const;
  for (const [server, caller] of pairs) {
    const { code, text } = await handshake(made.tls, server, caller);
    assert.equal(code, 0, text);
    const name = /(\w+)\.pem$/.exec(caller.certFile)![1];
    assert.match(text, new RegExp(`^shook hands with OU=${name}$`, "m"));
  }
});

Deno.test("makeCertificates() makes keys that only their owner can read", async () => {
  await using made = await certificatesFor(CLUSTER);
  assert.equal((await Deno.stat(made.dir)).mode! & 0o777, 0o700);
  const names = (await Array.fromAsync(Deno.readDir(made.dir), (entry) => entry.name)).sort();
  assert.equal(names.length, 8);
  for (const name of names) assert.equal((await Deno.stat(join(made.dir, name))).mode! & 0o777, 0o600, name);
});

Deno.test("makeCertificates() makes certificates good from a day ago for a year to come", async () => {
  await using made = await certificatesFor(CLUSTER);
  const state = (ms: number) => checkCertificates(runtimeAt(Date.now() + ms), made.dir, CLUSTER);
  assert.equal(await state(-25 * HOUR_MS), "not valid yet");
  assert.equal(await state(-23 * HOUR_MS), "valid");
  assert.equal(await state(364 * 24 * HOUR_MS), "valid");
  assert.equal(await state(366 * 24 * HOUR_MS), "expired");
});

Deno.test("needsCertificates() renews those that end within 30 days, as a restart would have to", async () => {
  await using made = await certificatesFor(CLUSTER);
  const needs = (ms: number) => needsCertificates(runtimeAt(Date.now() + ms), made.dir, CLUSTER);
  assert.equal(await needs(334 * 24 * HOUR_MS), false);
  assert.equal(await needs(336 * 24 * HOUR_MS), true);
  assert.equal(await needs(366 * 24 * HOUR_MS), true);
  assert.equal(await needsCertificates(runtime, made.dir, "other"), true);
});

Deno.test("certificateExpiry() tells of an end within 30 days, and of one that is past", async () => {
  await using made = await certificatesFor(CLUSTER);
  const endMs = await certificatesEndMs(runtime, made.dir);
  const told = async (beforeMs: number) => await certificateExpiry(runtimeAt(endMs - beforeMs), made.dir);
  assert.equal(await told(31 * 24 * HOUR_MS), null);
  const day = new Date(endMs).toISOString().slice(0, 10);
  const texts = await Promise.all([29 * 24 * HOUR_MS, HOUR_MS, -HOUR_MS].map(async (beforeMs) => {
    const error = await told(beforeMs);
    assert.ok(error instanceof XcoreError && error.hint.includes("`xcore restart`"));
    return error.message.replace(day, "DAY");
  }));
  assertWording("certificates", "an end that is near or past", texts.join("\n"));
  assert.equal(await certificateExpiry(runtime, join(made.dir, "none")), null);
  await Deno.writeTextFile(made.tls.caFile, "no certificate");
  assert.equal(await certificateExpiry(runtime, made.dir), null, "what is damaged is told by others");
});

Deno.test("removeUnfinished() removes what a killed run has left, and nothing else", async () => {
  await using made = await certificatesFor(CLUSTER);
  for (const folder of [`${made.dir}.part`, `${made.dir}.old`]) {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "ca.key"), "");
  }
  await removeUnfinished(runtime, made.dir);
  assert.deepEqual(await runtime.files.list(dirname(made.dir)), ["tls"]);
  assert.equal(await checkCertificates(runtime, made.dir, CLUSTER), "valid");
  await removeUnfinished(runtime, join(made.dir, "none", "tls"));
});

Deno.test("certificatesEndMs() is the end of the first of them", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using older = await certificatesFor(CLUSTER);
  const tls = await makeCertificates(runtimeAt(Date.UTC(2026, 0, 1)), older.dir, CLUSTER);
  assert.equal(await certificatesEndMs(runtime, older.dir), Date.UTC(2027, 0, 1));
  await Deno.copyFile(tls.worker.certFile, made.tls.worker.certFile);
  assert.equal(await certificatesEndMs(runtime, made.dir), Date.UTC(2027, 0, 1));
});

Deno.test("makeCertificates() makes an authority that signs for no other cluster", async () => {
  await using one = await certificatesFor(CLUSTER);
  await using other = await certificatesFor(CLUSTER);
  const { scheduler, client } = one.tls;
  const { code, text } = await handshake(one.tls, scheduler, client, other.tls.caFile);
  assert.notEqual(code, 0);
  assert.match(text, /CERTIFICATE_VERIFY_FAILED/);
});

const SHAKE_HANDS = `
import ssl, sys
server_cert, server_key, client_cert, client_key, server_ca, client_ca, name = sys.argv[1:]
def context(purpose, ca, cert, key):
    made = ssl.create_default_context(purpose, cafile=ca)
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.load_cert_chain(cert, key)
    return made
to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
server = context(ssl.Purpose.CLIENT_AUTH, server_ca, server_cert, server_key).wrap_bio(to_server, to_client, server_side=True)
client = context(ssl.Purpose.SERVER_AUTH, client_ca, client_cert, client_key).wrap_bio(to_client, to_server, server_hostname=name)
todo = [client, server]
while todo:
    side = todo.pop(0)
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        todo.append(side)
subject = dict(pair[0] for pair in server.getpeercert()["subject"])
print("shook hands with OU=%s" % subject["organizationalUnitName"])
`;

Deno.test("checkCertificates() finds nothing where nothing was made", async () => {
  const root = await Deno.makeTempDir();
  assert.equal(await checkCertificates(runtime, join(root, "tls"), CLUSTER), "missing");
  await Deno.remove(root, { recursive: true });
});

Deno.test("checkCertificates() knows another cluster's certificates", async () => {
  await using made = await certificatesFor("other-0a1b2c3d");
  assert.equal(await checkCertificates(runtime, made.dir, CLUSTER), "foreign");
  assert.equal(await checkCertificates(runtime, made.dir, "other-0a1b2c3d"), "valid");
});

Deno.test("checkCertificates() notices each file that is missing, empty, cut or not its own", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using other = await certificatesFor(CLUSTER);
  for (const name of (await Array.fromAsync(Deno.readDir(made.dir), (entry) => entry.name))) {
    const path = join(made.dir, name);
    const whole = await Deno.readTextFile(path);
    for (const text of ["", whole.slice(0, 100), await Deno.readTextFile(join(other.dir, name)), "hello\n"]) {
      await Deno.writeTextFile(path, text);
      assert.equal(
        await checkCertificates(runtime, made.dir, CLUSTER),
        "damaged",
        `${name}: ${text.slice(0, 60)}`,
      );
    }
    await Deno.remove(path);
    assert.equal(await checkCertificates(runtime, made.dir, CLUSTER), "damaged", `${name} missing`);
    await Deno.writeTextFile(path, whole);
  }
  assert.equal(await checkCertificates(runtime, made.dir, CLUSTER), "valid");
});

/** A machine that stops working at the n-th change of a file, counted from 0. */
function failingAt(n: number): Runtime {
  let changes = 0;
  const stop = () => {
    if (changes++ >= n) throw new Error("killed");
  };
  const files = { ...runtime.files };
  for (const name of ["mkdir", "writeText", "rename", "remove", "removeTree"] as const) {
    const real = runtime.files[name] as (...args: string[]) => Promise<void>;
    Object.assign(files, {
      [name]: async (...args: string[]) => {
        stop();
        await real(...args);
      },
    });
  }
  return { ...runtime, files };
}

Deno.test("makeCertificates() interrupted anywhere leaves the old, none, or the new, and the next run ends it", async () => {
  await using old = await certificatesFor("old-00000000");
  for (let n = 0;; n++) {
    await using made = await copyOf(old);
    const killed = failingAt(n);
    const run = makeCertificates(killed, made.dir, CLUSTER);
    const interrupted = await run.then(() => false, () => true);
    const found = await checkCertificates(runtime, made.dir, CLUSTER);
    assert.ok(["foreign", "missing", "valid"].includes(found), `after ${n} changes: ${found}`);
    await makeCertificates(runtime, made.dir, CLUSTER);
    assert.equal(await checkCertificates(runtime, made.dir, CLUSTER), "valid");
    assert.deepEqual(await runtime.files.list(dirname(made.dir)), ["tls"]);
    if (!interrupted) {
      assert.ok(n > 10, `only ${n} changes were made`);
      break;
    }
  }
});
