import assert from "node:assert/strict";
import { join } from "node:path";
import { findHome, homeAccess } from "../../../lib/config/home_access.ts";
import { PrerequisiteError } from "../../../lib/errors.ts";
import type { FileOwner, Runtime } from "../../../lib/runtime.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { assertWording } from "../../support/wording.ts";
import { failure } from "./_home.ts";
import { needing, root } from "../../support/needs.ts";

const ME = 1000;

/** A home at `/lab/ann/x`, all of whose files are owned as given, or as they should be. */
function owned(owners: Readonly<Record<string, Partial<FileOwner>>>, uid: number | null = ME): Runtime {
  const system = systemRuntime(null);
  const outside: FileOwner = { uid: 0, gid: 0, mode: 0o755 };
  const own: FileOwner = { uid: ME, gid: ME, mode: 0o700 };
  return {
    ...system,
    uid,
    env: (name) => name === "XCORE_HOME" ? "/lab/ann/x" : undefined,
    files: {
      ...system.files,
      list: (path) =>
        Promise.resolve(
          path.endsWith("/tls")
            ? ["ca.key", "ca.pem", "worker.key"]
            : path.endsWith("/run")
            ? ["scheduler.json", "worker.py"]
            : [],
        ),
      realPath: (path) => Promise.resolve(path),
      owner: (path) => {
        if (path.endsWith("/daemon.env") && !(path in owners)) return Promise.resolve(null);
        const usual = path.startsWith("/lab/ann/x")
          ? { ...own, mode: /key$/.test(path) ? 0o600 : 0o700 }
          : outside;
        return Promise.resolve({ ...usual, ...owners[path] });
      },
    },
  };
}

async function faultsOf(
  owners: Parameters<typeof owned>[0],
  uid?: number | null,
  cluster: string | null = null,
) {
  const runtime = owned(owners, uid);
  const home = { ...await findHome(owned({}), cluster) };
  return await homeAccess(runtime, home);
}

Deno.test("a home of one's own below folders of root's has no fault", async () => {
  assert.deepEqual(await faultsOf({}), []);
  assert.deepEqual(await faultsOf({ "/lab/ann/x": { mode: 0o755 } }), [], "others may see that it is there");
  assert.deepEqual(await faultsOf({ "/lab": { mode: 0o1777 } }), [], "as /tmp");
  assert.deepEqual(await faultsOf({ "/lab": { uid: 65_534 } }), [], "root's, as a container sees it");
  assert.deepEqual(await faultsOf({ "/lab": { uid: 7, mode: 0o555 } }), [], "without a right to write");
  assert.deepEqual(await faultsOf({ "/lab/ann/x": { mode: 0o775 } }), [], "one's own group");
  assert.deepEqual(
    await faultsOf({ "/lab/ann/x": { uid: 7, mode: 0o777 } }, null),
    [],
    "where users have no numbers",
  );
});

const REFUSED: readonly (readonly [path: string, owner: Partial<FileOwner>, fix: string | null])[] = [
  ["/lab/ann/x", { mode: 0o777 }, "chmod go-w /lab/ann/x"],
  ["/lab/ann/x", { mode: 0o702 }, "chmod go-w /lab/ann/x"],
  ["/lab/ann/x", { mode: 0o1777 }, "chmod go-w /lab/ann/x"],
  ["/lab/ann/x", { uid: 7 }, null],
  ["/lab/ann/x/config.yaml", { uid: 7 }, null],
  ["/lab/ann/x/config.yaml", { mode: 0o666 }, "chmod go-w /lab/ann/x/config.yaml"],
  ["/lab/ann/x/run", { mode: 0o777 }, "chmod go-w /lab/ann/x/run"],
  ["/lab/ann/x/run/made.yaml", { uid: 7 }, null],
  ["/lab/ann/x/terraform", { mode: 0o777 }, "chmod go-w /lab/ann/x/terraform"],
  ["/lab/ann/x/env", { uid: 7 }, null],
  ["/lab/ann/x/tls/worker.key", { mode: 0o644 }, "chmod 600 /lab/ann/x/tls/*.key"],
  ["/lab/ann/x/tls/ca.key", { mode: 0o640 }, "chmod 600 /lab/ann/x/tls/*.key"],
  ["/lab/ann/x/daemon.env", { mode: 0o644 }, "chmod 600 /lab/ann/x/daemon.env"],
  ["/lab/ann", { uid: ME, mode: 0o777 }, "chmod o-w /lab/ann"],
  ["/lab", { mode: 0o777 }, "chmod o-w /lab"],
  ["/", { mode: 0o757 }, "chmod o-w /"],
  ["/lab/ann", { uid: 7 }, null],
  ["/lab", { uid: 7, mode: 0o1755 }, null],
  ["/lab/ann/x/job.env", { mode: 0o666 }, "chmod go-w /lab/ann/x/job.env"],
  ["/lab/ann/x/service.json", { uid: 7 }, null],
  ["/lab/ann/x/known_hosts", { mode: 0o606 }, "chmod go-w /lab/ann/x/known_hosts"],
  ["/lab/ann/x/history.db", { mode: 0o666 }, "chmod go-w /lab/ann/x/history.db"],
  ["/lab/ann/x/tls/ca.pem", { mode: 0o666 }, "chmod go-w /lab/ann/x/tls/ca.pem"],
  ["/lab/ann/x/run/worker.py", { mode: 0o666 }, "chmod go-w /lab/ann/x/run/worker.py"],
  ["/lab/ann/x/uv", { mode: 0o777 }, "chmod go-w /lab/ann/x/uv"],
  ["/lab/ann/x/packages", { mode: 0o777 }, "chmod go-w /lab/ann/x/packages"],
];

Deno.test("a home that others can change, or whose keys they can read, is refused with the command to type", async () => {
  for (const [path, owner, command] of REFUSED) {
    const [fault, ...more] = await faultsOf({ [path]: owner });
    assert.equal(fault?.severity, "refused", path);
    assert.deepEqual(more, [], path);
    assert.ok(fault.message.includes(path.replace(/\/[a-z]+\.key$/, "")), fault.message);
    if (command !== null) assert.ok(fault.hint.includes(`\`${command}\``), fault.hint);
    const error = await failure(findHome(owned({ [path]: owner })));
    assert.ok(error instanceof PrerequisiteError, path);
    assert.equal(error.hint, fault.hint);
  }
  const texts = REFUSED.map(async ([path, owner]) => {
    const { message, hint } = await failure(findHome(owned({ [path]: owner })));
    return `${message}\n${hint}`;
  });
  assertWording("home", "homes that are refused", [...new Set(await Promise.all(texts))].join("\n"));
});

Deno.test("a cluster's own folder below the home is checked as the home is", async () => {
  for (
    const path of [
      "/lab/ann/x",
      "/lab/ann/x/clusters",
      "/lab/ann/x/clusters/demo",
      "/lab/ann/x/clusters/demo/run",
    ]
  ) {
    const faults = await faultsOf({ [path]: { mode: 0o777 } }, ME, "demo");
    assert.deepEqual(faults.map(({ severity }) => severity), ["refused"], path);
  }
});

Deno.test("a group that can write is a warning, for it may have one member", async () => {
  for (const path of ["/lab", "/lab/ann/x", "/lab/ann/x/config.yaml"]) {
    const [fault, ...more] = await faultsOf({ [path]: { gid: 50, mode: 0o775 } });
    assert.equal(fault?.severity, "warning", path);
    assert.deepEqual(more, []);
    assert.ok(fault.hint.includes(`chmod g-w ${path}\``), fault.hint);
    await findHome(owned({ [path]: { gid: 50, mode: 0o775 } }));
  }
});

async function withFolder(
  body: (folder: string, at: (home: string, uid?: number) => Runtime) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const system = systemRuntime(null);
  try {
    await body(folder, (home, uid = system.uid ?? 0) => ({
      ...system,
      uid,
      env: (name) => name === "XCORE_HOME" ? home : undefined,
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("one home is one home by whichever path it is reached", () =>
  withFolder(async (folder, at) => {
    await Deno.mkdir(`${folder}/real/clusters/one`, { recursive: true });
    await Deno.symlink("real", `${folder}/link`);
    await Deno.symlink("one", `${folder}/real/clusters/two`);
    const real = await findHome(at(`${folder}/real`), null);
    for (const path of ["link", "link/", "./link/../link", "real/clusters/.."]) {
      assert.deepEqual(await findHome(at(`${folder}/${path}`), null), real, path);
    }
    const [one, two] = [
      await findHome(at(`${folder}/link`), "one"),
      await findHome(at(`${folder}/link`), "two"),
    ];
    assert.equal(two.dir, one.dir);
    assert.equal(two.daemonLock, one.daemonLock);
    assert.equal((await findHome(at(`${folder}/link/not/yet`), null)).dir, `${folder}/real/not/yet`);
  }));

Deno.test("a home, or a cluster's folder, that is a link to nothing is refused", () =>
  withFolder(async (folder, at) => {
    await Deno.symlink(join(folder, "nowhere"), join(folder, "link"));
    const home = join(folder, "home");
    await Deno.mkdir(join(home, "clusters"), { recursive: true, mode: 0o700 });
    await Deno.symlink(join(folder, "nowhere"), join(home, "clusters", "demo"));
    const texts = [];
    for (const [path, cluster] of [["link", null], ["link/below", null], ["home", "demo"]] as const) {
      const error = await failure(findHome(at(join(folder, path)), cluster));
      assert.ok(error instanceof PrerequisiteError, path);
      texts.push(`${error.message}\n${error.hint}`.replaceAll(folder, "DIR"));
    }
    assertWording("home", "links to nothing", texts.join("\n"));
    await findHome(at(home));
  }));

Deno.test("the command that is typed lets the home be used", () =>
  withFolder(async (folder, at) => {
    const home = `${folder}/it's a home`;
    await Deno.mkdir(`${home}/tls`, { recursive: true });
    for (const key of ["ca.key", "client.key"]) await Deno.writeTextFile(join(home, "tls", key), "");
    for (const key of ["ca.key", "client.key"]) await Deno.chmod(join(home, "tls", key), 0o644);
    await Deno.chmod(folder, 0o777);
    await Deno.chmod(home, 0o777);
    const { hint } = await failure(findHome(at(home), null));
    const commands = [...hint.matchAll(/`([^`]+)`/g)].map(([, command]) => command!);
    assert.equal(commands.length, 3, hint);
    for (const command of commands) {
      assert.ok((await new Deno.Command("sh", { args: ["-ec", command] }).output()).success, command);
    }
    await findHome(at(home), null);
  }));

Deno.test(
  needing(
    root(),
    "a home that another user has made is refused, for root too",
    () =>
      withFolder(async (folder, at) => {
        await Deno.mkdir(`${folder}/theirs`);
        await Deno.chown(`${folder}/theirs`, 65534, 65534);
        for (const uid of [0, 1000]) {
          assert.ok(await failure(findHome(at(`${folder}/theirs`, uid), null)) instanceof PrerequisiteError);
        }
      }),
  ),
);
