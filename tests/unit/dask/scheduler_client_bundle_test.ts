import assert from "node:assert/strict";
import { type SchedulerClient, schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { BundleMissingError, ProtocolError, SchedulerError } from "../../../lib/errors.ts";
import { assertWording } from "../../support/wording.ts";
import { certificatesFor, runtime } from "./_certificates.ts";
import { json, serve } from "./_server.ts";

const CLUSTER = "xcore-0a1b2c3d";
const BUNDLE = { sha256: "ab".repeat(32), content: "say 'é'\n" };

/** What a scheduler is asked, and what becomes of a call, when it answers so in turn. */
async function asking(
  answers: readonly (readonly [status: number, body: Record<string, unknown>])[],
  call: (client: SchedulerClient) => Promise<unknown>,
): Promise<{ asked: unknown[]; error: Error | null; message: string; hint: string }> {
  const asked: unknown[] = [];
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, ({ method, path, body }, response) => {
    const [status, values] = answers[asked.length]!;
    asked.push([method, path, body === "" ? null : JSON.parse(body)]);
    json({ protocol: 1, ...values }, status)({ method, path, body, headers: {} }, response);
  });
  const client = schedulerClient({
    ...{ host: "127.0.0.1", port: server.port, tls: made.tls, clusterId: CLUSTER, runtime, timeoutS: 60 },
  });
  try {
    const error = await call(client).then(() => null, (error) => error);
    const message = error?.message.replace(`127.0.0.1:${server.port}`, "HOST") ?? "";
    return { asked, error, message, hint: error?.hint ?? "" };
  } finally {
    client.close();
  }
}

Deno.test("report() tells which bundle a scheduler waits for that boots", async () => {
  const wanting = { error: "This instance waits for its bundle", wants_bundle: BUNDLE.sha256 };
  const { error, message, hint } = await asking([[503, wanting]], (client) => client.report());
  assert.ok(error instanceof BundleMissingError);
  assert.equal(error.sha256, BUNDLE.sha256);
  assertWording("bundles", "the scheduler's instance waits", `${message}\n${hint}`);
});

Deno.test("report() takes no other 503, and no such answer of another protocol, for one that boots", async () => {
  const busy = await asking([[503, { error: "busy" }]], (client) => client.report());
  assert.ok(busy.error instanceof SchedulerError && !(busy.error instanceof BundleMissingError));
  const other = await asking([[503, { protocol: 2, wants_bundle: "ab" }]], (client) => client.report());
  assert.ok(other.error instanceof ProtocolError);
});

Deno.test("handOver() brings the bundle in one call", async () => {
  const { asked, error } = await asking([[200, { stored: true }]], (client) => client.handOver(BUNDLE));
  assert.equal(error, null);
  assert.deepEqual(asked, [["POST", "/xcore/bundle", BUNDLE]]);
});

Deno.test("keep() asks first, and brings only what the scheduler lacks", async () => {
  const question = ["POST", "/xcore/bundle", { sha256: BUNDLE.sha256 }];
  const has = await asking([[200, { stored: true }]], (client) => client.keep(BUNDLE));
  assert.deepEqual([has.asked, has.error], [[question], null]);
  const lacks = [[200, { stored: false }], [200, { stored: true }]] as const;
  const brought = await asking(lacks, (client) => client.keep(BUNDLE));
  assert.deepEqual([brought.asked, brought.error], [[question, ["POST", "/xcore/bundle", BUNDLE]], null]);
});

Deno.test("keep() rejects where the scheduler has not kept it", async () => {
  const full = [[200, { stored: false }], [200, { stored: false }]] as const;
  const { error, message, hint } = await asking(full, (client) => client.keep(BUNDLE));
  assert.ok(error instanceof SchedulerError);
  assertWording("bundles", "the scheduler has not kept it", `${message}\n${hint}`);
});

Deno.test("keep() asks a scheduler of an older xcore for a restart, and brings it nothing", async () => {
  const unknown = [404, { error: "Unknown route /xcore/bundle" }] as const;
  const { asked, error, message, hint } = await asking([unknown], (client) => client.keep(BUNDLE));
  assert.ok(error instanceof ProtocolError);
  assert.equal(asked.length, 1);
  assertWording("bundles", "the scheduler is of an older xcore", `${message}\n${hint}`);
  const other = await asking([[200, { protocol: 2, stored: false }]], (client) => client.keep(BUNDLE));
  assert.ok(other.error instanceof ProtocolError);
  assert.equal(other.asked.length, 1);
});
