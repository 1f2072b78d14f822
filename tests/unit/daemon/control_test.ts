import assert from "node:assert/strict";
import { dirname } from "node:path";
import { type Home, homeOf } from "../../../lib/config/home.ts";
import { askStatus, askToStop, type Control, serveControl } from "../../../lib/daemon/control.ts";
import { PrerequisiteError } from "../../../lib/errors.ts";
import type { Status } from "../../../lib/model/mod.ts";
import { statusOf } from "../../../lib/status/status_of.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { placeWith } from "../config/_home.ts";
import { input, remembered, remembering } from "../status/_input.ts";

const SOON_MS = 1500;

const runtime = systemRuntime(null);

async function withHome(test: (home: Home, serve: Serve) => Promise<void>): Promise<void> {
  await using place = await placeWith(null);
  const { home } = place;
  await test(home, (control) => serveControl(runtime, home, { ...NOBODY, ...control }));
}

type Serve = (control?: Partial<Control>) => ReturnType<typeof serveControl>;

const NOBODY: Control = {
  status: () => Promise.reject(new Error("no test asks")),
  stop: () => assert.fail("no test stops it"),
};

/** Somebody behind the socket who is no daemon: gets what is asked and writes what he likes. */
async function impostor(
  home: Home,
  answer: (connection: Deno.Conn) => Promise<void>,
  ask: () => Promise<void>,
) {
  await runtime.files.mkdir(dirname(home.controlSocket));
  const listener = Deno.listen({ transport: "unix", path: home.controlSocket });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1000));
      await answer(connection).catch(() => {}); // the other end may have gone
    }
  })();
  try {
    await ask();
  } finally {
    listener.close();
    await serving.catch(() => {});
  }
}

/**
 * What is left of a daemon that was killed: Deno removes the socket's file at its first name only.
 */
async function leaveDeadSocket({ controlSocket }: Home): Promise<void> {
  await runtime.files.mkdir(dirname(controlSocket));
  const listener = Deno.listen({ transport: "unix", path: `${controlSocket}.new` });
  await Deno.rename(`${controlSocket}.new`, controlSocket);
  listener.close();
  assert.ok((await Deno.lstat(controlSocket)).isSocket);
}

const write = (connection: Deno.Conn, text: string) => connection.write(new TextEncoder().encode(text));

function bigStatus(): Status {
  const workers = Array.from(
    { length: 2000 },
    (_, i) => remembered(`worker-${i}`, i, { reason: "5 tâches ✓" }),
  );
  return statusOf(input({ memory: remembering(...workers) }));
}

Deno.test("askStatus() returns the daemon's whole status", () =>
  withHome(async (home, serve) => {
    const status = bigStatus();
    const close = await serve({ status: () => Promise.resolve(status) });
    assert.deepEqual(await askStatus(runtime, home), status);
    assert.deepEqual(await Promise.all([askStatus(runtime, home), askStatus(runtime, home)]), [
      status,
      status,
    ]);
    await close();
  }));

Deno.test("askToStop() stops the daemon, and returns that there was one", () =>
  withHome(async (home, serve) => {
    let stops = 0;
    const close = await serve({ stop: () => stops++ });
    assert.equal(await askToStop(runtime, home), true);
    assert.equal(stops, 1);
    await close();
    assert.equal(await askToStop(runtime, home), false);
  }));

Deno.test("the control socket is in a folder of its owner's alone, however long the home's path is", async () => {
  for (const name of ["short", "long".repeat(30)]) {
    const folder = await Deno.realPath(await Deno.makeTempDir());
    const env = (key: string) => ({ XCORE_HOME: `${folder}/${name}`, XDG_RUNTIME_DIR: folder })[key];
    const home = homeOf({ ...runtime, env }, null);
    await Deno.mkdir(home.dir);
    await Deno.chmod(home.dir, 0o755);
    const close = await serveControl(runtime, home, {
      ...NOBODY,
      status: () => Promise.resolve(statusOf(input())),
    });
    assert.equal((await Deno.lstat(dirname(home.controlSocket))).mode! & 0o777, 0o700);
    assert.notEqual(await askStatus(runtime, home), null);
    await close();
    assert.equal(await runtime.files.exists(dirname(home.controlSocket)), false);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("nothing is said to, or believed of, a socket in a folder that others can open", () =>
  withHome(async (home, serve) => {
    const folder = dirname(home.controlSocket);
    const close = await serve({ status: () => Promise.resolve(statusOf(input())) });
    assert.notEqual(await askStatus(runtime, home), null);
    for (const mode of [0o711, 0o770, 0o777, 0o1777]) {
      await Deno.chmod(folder, mode);
      assert.equal(await askStatus(runtime, home), null);
      assert.equal(await askToStop(runtime, home), false);
      const error = await serve().then(() => null, (error) => error);
      assert.ok(error instanceof PrerequisiteError, String(error));
      assert.ok(error.hint.includes(`\`chmod 700 ${folder}\``), error.hint);
    }
    const anotherUser = { ...runtime, uid: (runtime.uid ?? 0) + 1 };
    await Deno.chmod(folder, 0o700);
    assert.equal(await askStatus(anotherUser, home), null);
    await Deno.rename(folder, `${folder}.real`);
    await Deno.symlink(`${folder}.real`, folder);
    assert.equal(await askStatus(runtime, home), null, "a link may lead anywhere");
    await Deno.remove(folder);
    await Deno.rename(`${folder}.real`, folder);
    await close();
  }));

Deno.test("only its owner can open the control socket", () =>
  withHome(async (home, serve) => {
    const close = await serve();
    assert.equal((await Deno.lstat(home.controlSocket)).mode! & 0o777, 0o600);
    await close();
  }));

Deno.test("the control socket is removed when the daemon ends", () =>
  withHome(async (home, serve) => {
    await (await serve())();
    await assert.rejects(Deno.lstat(home.controlSocket), Deno.errors.NotFound);
  }));

Deno.test("serveControl() replaces the socket of a killed daemon", () =>
  withHome(async (home, serve) => {
    await leaveDeadSocket(home);
    const close = await serve({ status: () => Promise.resolve(bigStatus()) });
    assert.notEqual(await askStatus(runtime, home), null);
    await close();
  }));

Deno.test("no daemon answers without a socket, or on the socket of a killed one", () =>
  withHome(async (home) => {
    assert.equal(await askStatus(runtime, home), null);
    await leaveDeadSocket(home);
    assert.equal(await askStatus(runtime, home), null);
    assert.equal(await askToStop(runtime, home), false);
  }));

Deno.test("askStatus() stops waiting for a daemon that hangs, before its answer or during it", () =>
  withHome(async (home) => {
    const hanging: Deno.Conn[] = [];
    await impostor(home, async (connection) => {
      hanging.push(connection);
      if (hanging.length === 2) {
        await write(connection, 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"cluster":');
      }
    }, async () => {
      assert.equal(await askStatus(runtime, home, SOON_MS), null);
      assert.equal(await askStatus(runtime, home, SOON_MS), null);
    });
    assert.equal(hanging.length, 2);
    for (const connection of hanging) connection.close();
  }));

Deno.test("askStatus() returns null for an answer that is no status", async () => {
  const answers = [
    "",
    "nonsense\r\n\r\n",
    'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"cluster":',
    'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"cluster":',
    "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\n{}",
  ];
  for (const answer of answers) {
    await withHome((home) =>
      impostor(home, async (connection) => {
        if (answer !== "") await write(connection, answer);
        connection.close();
      }, async () => assert.equal(await askStatus(runtime, home, 5000), null, answer))
    );
  }
});

Deno.test("a daemon whose status fails continues to answer", () =>
  withHome(async (home, serve) => {
    let asked = 0;
    const status = () => asked++ === 0 ? Promise.reject(new Error("away")) : Promise.resolve(bigStatus());
    const close = await serve({ status });
    assert.equal(await askStatus(runtime, home), null);
    assert.notEqual(await askStatus(runtime, home), null);
    await close();
  }));

Deno.test("the daemon answers only its own paths", () =>
  withHome(async (home, serve) => {
    const close = await serve();
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: home.controlSocket } });
    for (const [method, path] of [["GET", "/stop"], ["POST", "/status"], ["GET", "/"], ["DELETE", "/stop"]]) {
      const answer = await fetch(`http://daemon${path}`, { client, method: method! });
      await answer.body?.cancel();
      assert.equal(answer.status, 404, `${method} ${path}`);
    }
    await close();
  }));

Deno.test("askStatus() leaves open what others open meanwhile", () =>
  withHome(async (home, serve) => {
    const close = await serve({ status: () => Promise.resolve(statusOf(input())) });
    // It takes a free descriptor as soon as there is one.
    const other = new Worker(new URL("_open_files.ts", import.meta.url), { type: "module" });
    const wrong = new Promise((resolve) => other.onmessage = ({ data }) => resolve(data));
    other.postMessage({ path: `${home.dir}/file` });
    for (let i = 0; i < 300; i++) assert.notEqual(await askStatus(runtime, home), null);
    other.postMessage("stop");
    assert.equal(await wrong, "");
    await close();
  }));
