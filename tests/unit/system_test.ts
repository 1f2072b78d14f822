import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/system_runtime.ts";

Deno.test("run() ends the process when its signal is aborted, before or while it runs", async () => {
  const { run } = systemRuntime(null);
  for (const abort of [AbortSignal.abort(), AbortSignal.timeout(100)]) {
    const { code } = await run(["sleep", "30"], { signal: abort });
    assert.notEqual(code, 0); // what sleep ends with when it has slept
  }
});

Deno.test("run() and its siblings run no program of the current folder, whatever is on PATH", async () => {
  const folder = await Deno.makeTempDir();
  const { cwd, path } = { cwd: Deno.cwd(), path: Deno.env.get("PATH")! };
  try {
    for (const name of ["terraform-of-mine", "sh"]) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\necho planted >> "${folder}/ran"\n`, {
        mode: 0o755,
      });
    }
    Deno.chdir(folder);
    const { run, runDetached, runOnTerminal } = systemRuntime(null);
    const logPath = `${folder}/log`;
    for (const before of [".", "", "./", "../" + folder.split("/").at(-1)]) {
      Deno.env.set("PATH", `${before}:${path}`);
      const name = "terraform-of-mine";
      await assert.rejects(run([name]), Deno.errors.NotFound);
      await assert.rejects(run([name], { cwd: folder, env: { A: "1" } }), Deno.errors.NotFound);
      await assert.rejects(runDetached([name], { cwd: folder, logPath }), Deno.errors.NotFound);
      await assert.rejects(runOnTerminal([name]), Deno.errors.NotFound);
      // Nor does what they run.
      assert.equal((await run(["bash", "-c", `${name}; sh -c 'echo fine'`])).stdout, "fine\n");
    }
    assert.ok(![...Deno.readDirSync(folder)].some(({ name }) => name === "ran"));
  } finally {
    Deno.env.set("PATH", path);
    Deno.chdir(cwd);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("runDetached() hands over the path of this very program as an argument like any other", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const command = ["/bin/echo", Deno.execPath(), "shutdown"];
    assert.equal(
      await systemRuntime(null).runDetached(command, { cwd: folder, logPath: `${folder}/log` }),
      0,
    );
    const [path, ...words] = (await Deno.readTextFile(`${folder}/log`)).trim().split(" ");
    assert.equal(await Deno.realPath(path!), await Deno.realPath(Deno.execPath()));
    assert.deepEqual(words, ["shutdown"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
