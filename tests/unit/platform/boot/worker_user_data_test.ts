import assert from "node:assert/strict";
import { parseConfig } from "../../../../lib/config/parse_config.ts";
import { makeCertificates } from "../../../../lib/dask/make_certificates.ts";
import { ProtocolError, SchedulerError } from "../../../../lib/errors.ts";
import { limits } from "../../../../lib/platform/aws/limits.ts";
import { workerUserDataOf } from "../../../../lib/platform/boot/user_data.ts";
import { UV } from "../../../emulators/person.ts";
import { attempt } from "../../../support/fakes/builders.ts";
import { testPython } from "../../../support/test_python.ts";
import { placeWith } from "../../config/_home.ts";
import { type Handler, json, serve } from "../../dask/_server.ts";

const CLUSTER = "xcore-0a1b2c3d";

/** Makes user data twice for the same attempt, with a scheduler that answers so at the port of the config. */
async function twice(handler: Handler | null): Promise<PromiseSettledResult<Uint8Array>[]> {
  await using place = await placeWith(null);
  const { home } = place;
  // The one that the emulated clouds' homes have.
  const runtime = {
    ...place.runtime,
    env: (name: string) => name === "XCORE_UV" ? UV : place.runtime.env(name),
  };
  const tls = await makeCertificates(runtime, home.tls, CLUSTER);
  const server = await serve(tls, handler ?? json({}));
  const lines = [
    "provider: aws",
    `cluster_id: ${CLUSTER}`,
    "region_name: us-east-1",
    `python: ${testPython()}`,
    "fallback_worker_types: [c7g.large]",
  ];
  const text = `${lines.join("\n")}\ndashboard_port: ${server.port}\n`;
  const config = await parseConfig(text, home.config);
  if (handler === null) await server[Symbol.asyncDispose]();
  try {
    const userData = workerUserDataOf({ runtime, home, config }, limits.userData);
    const address = { schedulerPrivateIp: "127.0.0.1", schedulerPublicIp: null };
    const order = attempt(["worker-0"], { id: "one", type: "t3.small" });
    const first = await Promise.allSettled([userData(order, address)]);
    return [...first, ...await Promise.allSettled([userData(order, address)])];
  } finally {
    if (handler !== null) await server[Symbol.asyncDispose]();
  }
}

Deno.test("workerUserDataOf() is the same for a repeated attempt, and comes once the scheduler has its bundle", async () => {
  const kept = new Map<string, string>();
  const made = await twice((request, response) => {
    const { sha256, content } = JSON.parse(request.body);
    if (content !== undefined) kept.set(sha256, content);
    json({ protocol: 1, stored: kept.has(sha256) })(request, response);
  });
  assert.deepEqual(made.map(({ status }) => status), ["fulfilled", "fulfilled"]);
  assert.deepEqual(made[0], made[1]);
  assert.equal(kept.size, 1);
  const [bundle = ""] = kept.values();
  assert.match(bundle, /xcore-worker\.service/);
  assert.match(bundle, /^LOCK_AARCH64=\(\n'dask==\d\S* --hash=sha256:0{64}'\n/m);
  assert.match(bundle, /^LOCK_X86_64=\(\n'dask==\d\S* --hash=sha256:0{64}'\n/m);
});

Deno.test("workerUserDataOf() rejects where the scheduler cannot be brought what workers fetch", async () => {
  const older = await twice(json({ protocol: 1, error: "Unknown route /xcore/bundle" }, 404));
  const silent = await twice(null);
  for (const [made, kind] of [[older, ProtocolError], [silent, SchedulerError]] as const) {
    for (const outcome of made) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof kind, String(outcome.status));
    }
  }
});
