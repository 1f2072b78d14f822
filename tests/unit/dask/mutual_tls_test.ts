import assert from "node:assert/strict";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { SchedulerError } from "../../../lib/errors.ts";
import { ANSWER } from "./_answer.ts";
import { certificatesFor, rsaCertificatesFor, runtime, type TestCertificates } from "./_certificates.ts";
import { json, serve } from "./_server.ts";

const CLUSTER = "xcore-0a1b2c3d";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function failure(port: number, { tls }: TestCertificates, clusterId = CLUSTER): Promise<string> {
  const client = schedulerClient({ host: "127.0.0.1", port, tls, clusterId, runtime });
  try {
    const error = await client.report().then(() => assert.fail("it was taken"), (error) => error);
    assert.ok(error instanceof SchedulerError, String(error));
    return error.message.replace(`127.0.0.1:${port}`, "HOST");
  } finally {
    client.close();
  }
}

Deno.test("the scheduler client says that nothing listens", async () => {
  await using made = await certificatesFor(CLUSTER);
  assert.equal(await failure(freePort(), made), "Cannot reach the scheduler at HOST: connection refused");
});

Deno.test("the scheduler client refuses a server of another authority, though of the same name", async () => {
  await using ours = await certificatesFor(CLUSTER);
  await using theirs = await certificatesFor(CLUSTER);
  await using server = await serve(theirs.tls, json(ANSWER));
  const message = await failure(server.port, ours);
  assert.equal(message, "Cannot reach the scheduler at HOST: its certificate is not of this cluster");
});

Deno.test("the scheduler client refuses a server whose certificate has another name", async () => {
  await using made = await certificatesFor("other-00000000");
  await using server = await serve(made.tls, json(ANSWER));
  const message = await failure(server.port, made);
  assert.equal(message, "Cannot reach the scheduler at HOST: its certificate is for another name");
});

for (const [kind, make] of [["elliptic", certificatesFor], ["RSA", rsaCertificatesFor]] as const) {
  Deno.test(`the scheduler client refuses a server of an ${kind} authority that this machine trusts`, async () => {
    await using ours = await certificatesFor(CLUSTER);
    await using theirs = await make(CLUSTER);
    await using server = await serve(theirs.tls, json(ANSWER), { demand: false });
    assert.match(await answerTrusting(theirs, ours, server.port), /its certificate is not of this cluster/);
  });
}

/** What a client of `ours` says to the server on a machine that trusts the authority of `theirs`. */
async function answerTrusting(
  theirs: TestCertificates,
  ours: TestCertificates,
  port: number,
): Promise<string> {
  const script = `
    import { schedulerClient } from ${
    JSON.stringify(import.meta.resolve("../../../lib/dask/scheduler_client.ts"))
  };
    const [address] = Deno.args;
    const client = schedulerClient(JSON.parse(address));
    console.log(await client.report().then(() => "it was taken", (error) => error.message));
    client.close();`;
  const address = { host: "127.0.0.1", port, tls: ours.tls, clusterId: CLUSTER };
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script, JSON.stringify(address)],
    env: { DENO_CERT: theirs.tls.caFile, NO_COLOR: "1" },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("the scheduler client says that what listens speaks no TLS", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("hello"),
  );
  const message = await failure(server.addr.port, made);
  assert.equal(message, "Cannot reach the scheduler at HOST: what listens there speaks no TLS");
});

Deno.test("the scheduler client says which certificate cannot be read", async () => {
  await using made = await certificatesFor(CLUSTER);
  await Deno.remove(made.tls.client.keyFile);
  await using server = await serve(made.tls, json(ANSWER));
  assert.match(await failure(server.port, made), /^Cannot read this cluster's certificates: .*client\.key/);
});

Deno.test("the scheduler client says that the scheduler refuses its certificate", async () => {
  await using ours = await certificatesFor(CLUSTER);
  await using theirs = await certificatesFor(CLUSTER);
  await using server = await serve(ours.tls, json(ANSWER));
  const message = await failure(server.port, { ...ours, tls: { ...ours.tls, client: theirs.tls.client } });
  // A scheduler in Python sends an alert first, this server does not.
  assert.match(
    message,
    /^Cannot reach the scheduler at HOST: (it refuses this cluster's certificate|the connection was cut)$/,
  );
});
