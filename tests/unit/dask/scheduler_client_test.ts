import assert from "node:assert/strict";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { ProtocolError, SchedulerError } from "../../../lib/errors.ts";
import { CAPABILITIES, DEFAULT_TERMS, PROTOCOL } from "../../../lib/protocol/messages.ts";
import { writeMessage } from "../../../lib/protocol/read_message.ts";
import type { Runtime } from "../../../lib/runtime.ts";
import { assertWording } from "../../support/wording.ts";
import { ANSWER } from "./_answer.ts";
import { certificatesFor, runtime, type TestCertificates } from "./_certificates.ts";
import { type Handler, json, serve } from "./_server.ts";

const CLUSTER = "xcore-0a1b2c3d";
const CLAIM = { daemonId: "me", ttlS: 60, terms: { ...DEFAULT_TERMS, orphanTimeoutS: 3600 } };

/** When the time of a test is up that is not about it. */
const NEVER = new Promise<void>(() => {});

function clientFor(
  port: number,
  { tls }: TestCertificates,
  more: { runtime?: Runtime; clusterId?: string } = {},
) {
  const client = schedulerClient({
    ...{ host: "127.0.0.1", port, tls, clusterId: CLUSTER, runtime: timeIsUpAfter(NEVER) },
    ...more,
  });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
}

/** Answers a status with one of ours, and everything else so. */
function afterStatus(handler: Handler): Handler {
  return (request, response) =>
    (request.path === "/xcore/status" ? json(ANSWER) : handler)(request, response);
}

/** What `report()` says of a scheduler that answers so. */
async function refusal(
  handler: Handler,
  ask = (c: ReturnType<typeof clientFor>): Promise<unknown> => c.report(),
) {
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, handler);
  using client = clientFor(server.port, made);
  const error = await ask(client).then(() => assert.fail("it was taken"), (error) => error);
  assert.ok(error instanceof SchedulerError, String(error));
  assert.ok(error.hint.length > 10);
  return error.message.replace(`127.0.0.1:${server.port}`, "HOST");
}

Deno.test("report() has the fields of the preload's status, with what an older one leaves out", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, json(ANSWER));
  using client = clientFor(server.port, made);
  const { tasks, workers, lease, schedulerId } = await client.report();
  assert.deepEqual([schedulerId, tasks.noWorker], ["Scheduler-1", 4]);
  assert.deepEqual(workers.map(({ takenInS, memoryBytes }) => [takenInS, memoryBytes]), [
    [90.5, 65_000_000],
    [null, null],
  ]);
  assert.equal(lease.expiresAt, "2026-01-02T03:05:05.678Z");
});

Deno.test("the scheduler client asks each route with its own body and reads its answer", async () => {
  const answers: Record<string, [number, Record<string, unknown>]> = {
    "/xcore/retire": [
      200,
      { retired: ["a"], busy: ["b"], kept: ["c"], unknown: ["d"], reasons: { c: "it runs an actor" } },
    ],
    "/xcore/drain": [200, { drained: ["a"], undrained: [], unknown: [] }],
    "/xcore/cancel": [200, { cancelled: 3 }],
    "/xcore/lease": [200, { granted: true, holder: "me", expires_at: "2026-01-02T03:04:05.678Z" }],
    "/xcore/scale": [200, { replaced: 2, requests: [{ pool: "gpu", workers: 4, left_s: 60 }] }],
    "/xcore/task": [200, { found: 0, task: null }],
    "/xcore/status": [200, ANSWER],
  };
  const asked: unknown[] = [];
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, (request, response) => {
    asked.push([request.method, request.path, request.body && JSON.parse(request.body)]);
    const [status, values] = answers[request.path]!;
    json({ protocol: 1, preload: "0.1.0", ...values }, status)(request, response);
  });
  using client = clientFor(server.port, made);

  assert.deepEqual(await client.retire(["a", "é"], true), {
    retired: ["a"],
    busy: ["b"],
    kept: ["c"],
    unknown: ["d"],
    reasons: { c: "it runs an actor" },
  });
  answers["/xcore/retire"] = [200, { retired: ["a"], busy: [], kept: [], unknown: [] }];
  assert.deepEqual((await client.retire(["a"], true)).reasons, {}, "of a preload that gives none");
  asked.pop();
  await client.drain(["a"], false);
  assert.equal(await client.cancelHeldBy(["a"], "too long"), 3);
  assert.deepEqual(await client.lease(CLAIM), { granted: true, holder: "me" });
  const { replaced, requests } = await client.scale({ workers: 4, pool: "gpu", forS: 60 });
  assert.deepEqual([replaced, requests], [2, [{ pool: "gpu", workers: 4, leftS: 60 }]]);
  assert.deepEqual(await client.task("load\n-1"), { found: 0, task: null });
  assert.deepEqual(asked, [
    ["GET", "/xcore/status", ""],
    ["POST", "/xcore/retire", { names: ["a", "é"], force: true }],
    ["POST", "/xcore/drain", { names: ["a"], drain: false, then_retire: false }],
    ["POST", "/xcore/cancel", { holders: ["a"], reason: "too long" }],
    ["POST", "/xcore/lease", writeMessage("leaseRequest", { daemonId: "me", ttlS: 60, ...CLAIM.terms })],
    ["POST", "/xcore/scale", { workers: 4, pool: "gpu", for_s: 60 }],
    ["POST", "/xcore/task", { task: "load\n-1" }],
  ]);
  assert.equal((asked[4] as [string, string, Record<string, unknown>])[2].orphan_timeout_s, 3600);
});

Deno.test("report() reads a lease of which the scheduler does not say what follows its end", async () => {
  await using made = await certificatesFor(CLUSTER);
  const lease = { holder: "laptop", expires_at: "2026-01-02T03:05:05.678Z", expires_in_s: 60 };
  await using server = await serve(made.tls, json({ ...ANSWER, lease }));
  using client = clientFor(server.port, made);
  const { workersEndInS, schedulerEndsInS } = (await client.report()).lease;
  assert.deepEqual([workersEndInS, schedulerEndsInS], [null, null]);
});

Deno.test("scale() says of a scheduler of an older xcore that it has to be replaced", async () => {
  await using made = await certificatesFor(CLUSTER);
  const unknown = json({ protocol: 1, error: "Unknown route /xcore/scale" }, 404);
  await using server = await serve(made.tls, afterStatus(unknown));
  using client = clientFor(server.port, made);
  await assert.rejects(client.scale({ workers: 4, pool: "default", forS: 60 }), (error) => {
    assert.ok(error instanceof ProtocolError);
    const message = error.message.replace(`127.0.0.1:${server.port}`, "HOST");
    assertWording("protocol", "a scheduler that takes no requests", `${message}\n${error.hint}`);
    return true;
  });
});

Deno.test("lease() takes a refusal for an answer", async () => {
  await using made = await certificatesFor(CLUSTER);
  const refused = json({ protocol: 1, granted: false, holder: "another", expires_at: null }, 409);
  await using server = await serve(made.tls, afterStatus(refused));
  using client = clientFor(server.port, made);
  assert.deepEqual(await client.lease(CLAIM), { granted: false, holder: "another" });
});

Deno.test("the scheduler client keeps its connection between calls", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, json(ANSWER));
  using client = clientFor(server.port, made);
  await client.report();
  const connections = server.connections();
  for (let i = 0; i < 20; i++) await client.report();
  assert.equal(server.connections(), connections);
});

Deno.test("the scheduler client finds a scheduler that was started again, with new certificates", async () => {
  await using made = await certificatesFor(CLUSTER);
  const first = await serve(made.tls, json(ANSWER));
  using client = clientFor(first.port, made);
  await client.report();
  await first[Symbol.asyncDispose]();
  await assert.rejects(client.report(), SchedulerError);

  await using renewed = await certificatesFor(CLUSTER);
  for (const name of await runtime.files.list(renewed.dir)) {
    await Deno.copyFile(`${renewed.dir}/${name}`, `${made.dir}/${name}`);
  }
  await using _second = await serve(made.tls, json({ ...ANSWER, scheduler_id: "Scheduler-2" }), {
    port: first.port,
  });
  assert.equal((await client.report()).schedulerId, "Scheduler-2");
});

Deno.test("report() reads an answer of ten thousand workers", async () => {
  const workers = Array.from({ length: 10_000 }, (_, i) => ({ ...ANSWER.workers[0], name: `worker-${i}` }));
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, json({ ...ANSWER, workers }));
  using client = clientFor(server.port, made);
  assert.equal((await client.report()).workers.length, 10_000);
});

Deno.test("the scheduler client calls an IPv6 address", async () => {
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, json(ANSWER), { host: "::1" });
  const client = schedulerClient({ host: "::1", port: server.port, tls: made.tls, clusterId: CLUSTER });
  assert.equal((await client.report()).schedulerId, "Scheduler-1");
  client.close();
});

for (const [name, protocol] of [["another version", 2], ["an old one", 0], ["none", undefined]] as const) {
  Deno.test(`a scheduler with ${name} of the protocol is a ProtocolError, and nothing is asked of it`, async () => {
    const asked: string[] = [];
    await using made = await certificatesFor(CLUSTER);
    await using server = await serve(made.tls, (request, response) => {
      asked.push(request.path);
      json({ protocol, something: "else" })(request, response);
    });
    using client = clientFor(server.port, made);
    const calls = [
      () => client.report(),
      () => client.lease(CLAIM),
      () => client.retire(["a"], true),
      () => client.drain(["a"], true),
      () => client.cancelHeldBy(["a"], "why"),
    ];
    for (const call of calls) {
      await assert.rejects(call(), (error) => {
        assert.ok(error instanceof ProtocolError);
        assert.match(error.hint, /`xcore restart`/);
        const message = error.message.replace(`127.0.0.1:${server.port}`, "HOST");
        assertWording("protocol", `a scheduler with ${name} of the protocol`, message);
        return true;
      });
    }
    assert.deepEqual(new Set(asked), new Set(["/xcore/status"]));
  });
}

Deno.test("a scheduler that was replaced by one of another protocol is not asked to change anything", async () => {
  await using made = await certificatesFor(CLUSTER);
  const first = await serve(made.tls, json(ANSWER));
  using client = clientFor(first.port, made);
  await client.report();
  await first[Symbol.asyncDispose]();
  await assert.rejects(client.lease(CLAIM), SchedulerError);
  const asked: string[] = [];
  await using _second = await serve(made.tls, (request, response) => {
    asked.push(request.path);
    json({ protocol: 2 })(request, response);
  }, { port: first.port });
  await assert.rejects(client.lease(CLAIM), ProtocolError);
  assert.deepEqual(asked, ["/xcore/status"]);
});

Deno.test("every call tells the protocol and the capabilities of this xcore", async () => {
  const told = new Set<unknown>();
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, (request, response) => {
    told.add(request.headers["xcore-protocol"]);
    json(ANSWER)(request, response);
  });
  using client = clientFor(server.port, made);
  await client.report();
  assert.deepEqual([...told], [`${PROTOCOL}; ${CAPABILITIES.join(" ")}`]);
});

Deno.test("report() refuses another cluster's scheduler", async () => {
  const message = await refusal(json({ ...ANSWER, cluster_id: "other-00000000" }));
  assert.match(message, /another cluster's scheduler, other-00000000 and not xcore-0a1b2c3d$/);
});

Deno.test("report() goes on without what cannot be read, and says what that is", async () => {
  await using made = await certificatesFor(CLUSTER);
  const workers = [ANSWER.workers[0], { ...ANSWER.workers[1], name: null }];
  const runnable = [{ resources: { GPU: "1" }, count: 1 }, { resources: {}, count: 2 }];
  await using server = await serve(made.tls, json({ ...ANSWER, workers, runnable, pending_scatters: "1" }));
  using client = clientFor(server.port, made);
  const report = await client.report();
  assert.deepEqual(report.runnable, [{ resources: {}, count: 2 }]);
  assert.deepEqual([report.workers.length, report.pendingScatters], [1, 0]);
  assert.deepEqual(report.unread, [
    'runnable.0.resources.GPU is "1", not a number from 0',
    'pending_scatters is "1", not a whole number from 0',
    "workers.1.name is null, not a text",
  ]);
});

const MALFORMED: [name: string, answer: unknown, message: RegExp][] = [
  ["a missing field", { ...ANSWER, clients: undefined }, /status answered 200, and clients is missing$/],
  [
    "a negative count",
    { ...ANSWER, tasks: { ...ANSWER.tasks, queued: -1 } },
    /tasks\.queued is -1, not a whole/,
  ],
  [
    "a fraction of a task",
    { ...ANSWER, tasks: { ...ANSWER.tasks, queued: 0.5 } },
    /tasks\.queued is 0\.5, not/,
  ],
  ["a list for an object", { ...ANSWER, lease: [] }, /lease is \[\], not an object$/],
  ["an object for a list", { ...ANSWER, runnable: {} }, /runnable is \{\}, not a list$/],
  ["a list", [1], /the answer is \[1\], not an object$/],
];
for (const [name, answer, message] of MALFORMED) {
  Deno.test(`report() refuses an answer with ${name}`, async () => {
    assert.match(await refusal(json(answer)), message);
  });
}

Deno.test("report() refuses what is no JSON, and shows how it begins", async () => {
  const message = await refusal((_request, response) => {
    response.writeHead(404, { "content-type": "text/html" });
    response.end("<html><title>404: Not Found</title></html>");
  });
  assert.match(message, /GET \/xcore\/status answered 404, and that is no JSON: "<html>/);
});

Deno.test("report() refuses an answer that has no end", async () => {
  const message = await refusal((_request, response) => {
    const part = "x".repeat(1024 * 1024);
    const more = () => {
      while (!response.destroyed) if (!response.write(part)) return void response.once("drain", more);
    };
    more();
  });
  assert.match(message, /more than \d+ MB/);
});

Deno.test("retire() says what the scheduler found wrong", async () => {
  const answer = json({ protocol: 1, preload: "0.1.0", error: "names must be a list of texts" }, 400);
  const message = await refusal(afterStatus(answer), (client) => client.retire(["a"], false));
  assert.equal(message, "Cannot POST /xcore/retire at HOST: it answered 400, names must be a list of texts");
});

Deno.test("report() says that the connection was cut in the middle of an answer", async () => {
  for (const headers of [{ "content-length": "1000" }, { "transfer-encoding": "chunked" }]) {
    const message = await refusal((_request, response) => {
      response.writeHead(200, headers);
      response.write('{"protocol": 1,', () => response.socket?.destroy());
    });
    assert.equal(message, "Cannot reach the scheduler at HOST: the connection was cut");
  }
});

Deno.test("report() says that the connection was cut before an answer", async () => {
  const message = await refusal((_request, response) => void response.socket?.destroy());
  assert.equal(message, "Cannot reach the scheduler at HOST: the connection was cut");
});

/** The real machine, whose time is up when `over` resolves. */
function timeIsUpAfter(over: Promise<void>): Runtime {
  const sleep = (_ms: number, signal?: AbortSignal) =>
    Promise.race([over, new Promise<void>((done) => signal?.addEventListener("abort", () => done()))]);
  return { ...runtime, clock: { ...runtime.clock, sleep } };
}

Deno.test("report() does not wait for ever for an answer", async () => {
  const asked = Promise.withResolvers<void>();
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, () => asked.resolve());
  using client = clientFor(server.port, made, { runtime: timeIsUpAfter(asked.promise) });
  await assert.rejects(client.report(), {
    name: "SchedulerError",
    message: `Cannot reach the scheduler at 127.0.0.1:${server.port}: no answer within 5 s`,
  });
});

Deno.test("a call that is given up on a connection that was used before is not made again", async () => {
  const asked = Promise.withResolvers<void>();
  let calls = 0;
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(
    made.tls,
    afterStatus(() => {
      calls++;
      asked.resolve();
    }),
  );
  using client = clientFor(server.port, made, { runtime: timeIsUpAfter(asked.promise) });
  await client.report();
  await assert.rejects(client.scale({ pool: "default", workers: 1, forS: 60 }), { message: /no answer/ });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(calls, 1);
});

Deno.test("changedFrom() waits beside other calls for what the scheduler's changes are, and closing gives it up for good", async () => {
  const asked: string[] = [];
  let isHeld = Promise.withResolvers<void>();
  let changed = Promise.withResolvers<void>();
  await using made = await certificatesFor(CLUSTER);
  await using server = await serve(made.tls, async (request, response) => {
    const { path } = request;
    asked.push(path);
    if (path.endsWith("after=7")) isHeld.resolve();
    if (path.endsWith("after=7")) await changed.promise;
    json(path === "/xcore/status" ? ANSWER : { protocol: PROTOCOL, preload: "0.1.0", changes: 8 })(
      request,
      response,
    );
  });
  using client = clientFor(server.port, made, { runtime });
  const held = client.changedFrom(7);
  await isHeld.promise;
  await client.report();
  changed.resolve();
  assert.equal(await held, 8);
  assert.deepEqual(asked, ["/xcore/changes?after=7", "/xcore/status"]);

  [isHeld, changed] = [Promise.withResolvers(), Promise.withResolvers()];
  const givenUp = client.changedFrom(7);
  await isHeld.promise;
  client.close();
  await assert.rejects(givenUp, { name: "SchedulerError", message: /the call was given up$/ });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(asked.length, 3, "on a connection that was used before");
});

Deno.test("changedFrom() rejects where the scheduler is of an older xcore, which has no such route", async () => {
  await using made = await certificatesFor(CLUSTER);
  const unknown = { protocol: PROTOCOL, preload: "0.0.9", error: "Unknown route /xcore/changes" };
  await using server = await serve(made.tls, json(unknown, 404));
  using client = clientFor(server.port, made);
  await assert.rejects(client.changedFrom(7), { name: "ProtocolError" });
});

Deno.test("report() does not wait for ever for a handshake", async () => {
  await using made = await certificatesFor(CLUSTER);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const accepted = listener.accept();
  using client = clientFor(port, made, { runtime: timeIsUpAfter(accepted.then(() => {})) });
  await assert.rejects(client.report(), { message: /no answer within 5 s$/ });
  (await accepted).close();
});
