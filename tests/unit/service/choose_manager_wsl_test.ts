import assert from "node:assert/strict";
import type { Runtime } from "../../../lib/runtime.ts";
import { chooseManager, wslGeneration, wslStopsWithWindow } from "../../../lib/service/choose_manager.ts";
import { fakeMachine } from "./_machine.ts";

const WSL_1 = "4.4.0-19041-Microsoft";
const WSL_2 = "5.15.167.4-microsoft-standard-WSL2";

/** A machine with this kernel and these further files. */
async function machineOf(
  release: string,
  { files = {}, env = {}, booted = true, os = "linux" }: {
    files?: Readonly<Record<string, string>>;
    env?: Readonly<Record<string, string>>;
    booted?: boolean;
    os?: string;
  } = {},
) {
  const machine = await fakeMachine(() => undefined, { env, booted, change: { os } });
  const all: Readonly<Record<string, string>> = { "/proc/sys/kernel/osrelease": `${release}\n`, ...files };
  const own = machine.runtime.files;
  const runtime: Runtime = {
    ...machine.runtime,
    files: {
      ...own,
      readTextIfExists: (path) => Promise.resolve(all[path] ?? null),
      exists: (path) => path.startsWith("/run/systemd/") ? own.exists(path) : Promise.resolve(path in all),
    },
  };
  return { ...machine, runtime, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
}

Deno.test("WSL is known by its kernel, or by its variable on a kernel of one's own, and a container on it is none", async () => {
  const cases: readonly (readonly [1 | 2 | null, string, Parameters<typeof machineOf>[1]?])[] = [
    [null, "6.1.0-31-amd64"],
    [1, WSL_1],
    [2, WSL_2],
    [2, "6.6.36.6-Microsoft-standard-WSL2+"],
    [2, "6.12.1-mine", { env: { WSL_DISTRO_NAME: "Ubuntu" } }],
    [null, WSL_2, { files: { "/.dockerenv": "" } }],
    [null, WSL_2, { files: { "/run/.containerenv": "" } }],
    [null, WSL_2, { os: "darwin" }],
  ];
  for (const [generation, release, options] of cases) {
    await using machine = await machineOf(release, options);
    assert.equal(await wslGeneration(machine.runtime), generation, `${release} ${JSON.stringify(options)}`);
  }
});

Deno.test("in WSL a start tells that the daemon ends with the last window, unless .wslconfig says otherwise", async () => {
  const env = { PATH: "/usr/bin:/mnt/c/Users/Ada Smith/AppData/Local/Microsoft/WindowsApps" };
  const config = "/mnt/c/Users/Ada Smith/.wslconfig";
  const warned = async (text?: string) => {
    await using machine = await machineOf(WSL_2, {
      env,
      files: text === undefined ? {} : { [config]: text },
    });
    return await wslStopsWithWindow(machine.runtime);
  };
  for (
    const text of [
      undefined,
      "[wsl2]\r\nvmIdleTimeout=-1\r\n",
      "# instanceIdleTimeout=-1\n",
      "instanceIdleTimeout=600000",
    ]
  ) {
    const line = await warned(text);
    assert.match(line ?? "", /last window.*instanceIdleTimeout=-1.*`wsl --shutdown`/, text ?? "no file");
    assert.doesNotMatch(line!, /\n/);
  }
  assert.equal(await warned("[general]\r\ninstanceIdleTimeout = -1\r\n"), null);
  await using elsewhere = await machineOf("6.1.0-31-amd64", { env });
  assert.equal(await wslStopsWithWindow(elsewhere.runtime), null);
});

Deno.test("in a WSL without systemd a start tells how to have it", async () => {
  for (const [release, what] of [[WSL_1, "wsl --set-version"], [WSL_2, "/etc/wsl.conf"]] as const) {
    await using machine = await machineOf(release, { booted: false });
    const choice = await chooseManager(machine.runtime, machine.home);
    assert.equal(choice.manager, null);
    assert.match(choice.why, /WSL/);
    assert.ok(choice.hint.includes(what), choice.hint);
  }
});
