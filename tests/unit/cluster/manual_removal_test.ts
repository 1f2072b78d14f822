import assert from "node:assert/strict";
import { manualRemovals } from "../../../lib/cluster/manual_removal.ts";
import { CONFIG, uninstalling } from "./_uninstalling.ts";

const RECORD = (path: string) => `crosscore/__init__.py,sha256=x,1\n"${path}",sha256=y,2\n`;

/** How the program is said to be installed, and what removes it, when it is at a path and these files are there. */
async function program(path: string, files: Readonly<Record<string, string>>) {
  await using machine = await uninstalling();
  const { runtime, folder, write } = machine;
  for (const [name, text] of Object.entries({ [path]: "", ...files })) await write(name, text);
  const env = (name: string) => name === "PATH" ? `${folder}/tools` : runtime.env(name);
  const self = { ...runtime, env, self: [`${folder}/${path}`] };
  const [first] = await manualRemovals(self, [], []);
  const told = (text: string | null) => text?.replaceAll(folder, "~") ?? null;
  return [told(first!.where), told(first!.what), told(first!.command)];
}

Deno.test("manualRemovals() tell how the program was installed by the files that installers leave", async () => {
  const site = "env/lib/python3.11/site-packages";
  const info = `${site}/crosscore-0.1.0.dist-info`;
  const record = { [`${info}/RECORD`]: RECORD("../../../bin/xcore") };
  const python = { "env/bin/python": "" };
  for (
    const [files, by, command] of [
      [{ ...record, ...python }, "pip", "~/env/bin/python -m pip uninstall crosscore"],
      [
        { ...record, ...python, [`${info}/INSTALLER`]: "uv\n", "tools/uv": "" },
        "uv",
        "uv pip uninstall --python ~/env/bin/python crosscore",
      ],
      [
        { ...record, ...python, [`${info}/INSTALLER`]: "uv\n" },
        "uv",
        "~/env/bin/python -m ensurepip && ~/env/bin/python -m pip uninstall crosscore",
      ],
      [{ ...record, "env/uv-receipt.toml": "" }, "uv tool", "uv tool uninstall crosscore"],
      [{ ...record, "env/pipx_metadata.json": "" }, "pipx", "pipx uninstall crosscore"],
      [record, "pip", "python3.11 -m pip uninstall crosscore"],
    ] as const
  ) {
    assert.deepEqual(await program("env/bin/xcore", files), [
      "~/env/bin/xcore",
      `the program, installed by ${by} into ~/env`,
      command,
    ]);
  }
  // Another distribution's record, or one of another program, says nothing.
  const other = { [`${info}/RECORD`]: RECORD("../../../bin/xcore-other") };
  assert.deepEqual((await program("env/bin/xcore", other))[1], "the program, a file");
});

Deno.test("manualRemovals() leave to install.sh what it has put there, by its receipt, where it is there itself", async () => {
  const receipt = {
    "local/share/xcore/install-receipt": "file 0a1b bin/xcore\nlink xcore bin/xcore-init\nfolder /x\n",
  };
  const script = { "local/share/xcore/install.sh": "" };
  assert.deepEqual(await program("local/bin/xcore", { ...receipt, ...script }), [
    "~/local/bin/xcore",
    "the program, installed by install.sh into ~/local",
    "sh ~/local/share/xcore/install.sh --uninstall",
  ]);
  assert.equal((await program("local/bin/xcore", receipt))[1], "the program, a file");
  assert.equal((await program("local/bin/other", { ...receipt, ...script }))[1], "the program, a file");
});

Deno.test("manualRemovals() know a checkout's program, and name a file's links and second name", async () => {
  assert.deepEqual(
    await program("xcore/dist/xcore", { "xcore/deno.json": "{}", "xcore/lib/cli/main.ts": "" }),
    [
      "~/xcore/dist/xcore",
      "the program, compiled in ~/xcore",
      "rm -r ~/xcore/dist",
    ],
  );
  await using machine = await uninstalling({ env: { PATH: "" } });
  const { folder, write } = machine;
  await write("opt/xcore");
  await write("old/xcore");
  await write("old/notes", "x");
  await Deno.mkdir(`${folder}/bin`);
  await Deno.symlink("../opt/xcore", `${folder}/bin/xcore`);
  await Deno.symlink("xcore", `${folder}/opt/xcore-init`);
  const { runtime } = machine;
  const env = (name: string) => name === "PATH" ? `${folder}/bin:${folder}/old` : runtime.env(name);
  assert.deepEqual(await manualRemovals({ ...runtime, env, self: [`${folder}/opt/xcore`] }, [], []), [
    {
      what: "the program, a file",
      where: `${folder}/opt/xcore`,
      command: `rm ${folder}/bin/xcore ${folder}/opt/xcore-init ${folder}/opt/xcore`,
    },
    {
      what: "another program called xcore, a file",
      where: `${folder}/old/xcore`,
      command: `rm ${folder}/old/xcore`,
    },
  ]);
  const sources = { ...runtime, self: ["/usr/bin/deno", "run", "-A", `${folder}/xcore/main.ts`] };
  assert.deepEqual(await manualRemovals(sources, [], []), [
    { what: "the program, run from its sources", where: `${folder}/xcore`, command: null },
  ]);
});

Deno.test("manualRemovals() tell lines of shells, the package in a cluster's Python, lingering and the cache", async () => {
  await using machine = await uninstalling(
    { booted: true, env: { PATH: "" } },
    (command) => command.includes("--property=Linger") ? "yes\n" : undefined,
  );
  const { runtime, folder, write } = machine;
  await write(".bashrc", '# xcore\nalias x=axcore\neval "$(xcore completions bash)"\n');
  await write(".zshrc", "export XCORE_HOME=/data\n");
  await write(".config/fish/config.fish", "  xcore completions fish | source\n");
  await write(".cache/xcore/deno/x");
  await write(".cache/xcore-tests/wheels/x");
  await write("env/bin/python");
  await write("env/lib/python3.11/site-packages/crosscore-0.1.0.dist-info/RECORD", RECORD("x.py"));
  assert.deepEqual(
    (await manualRemovals(runtime, [], [`${folder}/env/bin/python`])).map(({ what, where, command }) => [
      where.replace(folder, "~"),
      what.split(",")[0],
      command?.replaceAll(folder, "~") ?? null,
    ]),
    [
      ["~/env", "the Python package crosscore", "~/env/bin/python -m pip uninstall crosscore"],
      ["~/.bashrc, line 3", 'eval "$(xcore completions bash)"', null],
      ["~/.zshrc, line 1", "export XCORE_HOME=/data", null],
      ["~/.config/fish/config.fish, line 1", "xcore completions fish | source", null],
      ["systemd", "lingering", "loginctl disable-linger"],
      ["~/.cache/xcore", "a cache that the program may run from", "rm -r ~/.cache/xcore"],
      [
        "~/.cache/xcore-tests",
        "packages fetched by the demo and the tests",
        "rm -r ~/.cache/xcore-tests",
      ],
    ],
  );
});

Deno.test("uninstall() changes no line and no program, but names them", async () => {
  await using machine = await uninstalling();
  const line = 'export PATH="/opt/xcore/bin:$PATH"';
  await machine.write("home/config.yaml", CONFIG);
  const rc = await machine.write(".bashrc", `${line}\n`);
  const { left } = await machine.uninstall();
  assert.deepEqual(left, [{ what: line, where: `${rc}, line 1`, command: null }]);
  assert.equal(await Deno.readTextFile(rc), `${line}\n`);
});
