import assert from "node:assert/strict";
import { daemonProgram, type Installed, xcoresOnPath } from "../../../lib/service/daemon_program.ts";
import { machine } from "../../support/machine.ts";

/** What each installer writes as `xcore`, and what that is. */
const SCRIPTS: Readonly<
  Record<string, readonly [text: string, kind: Installed["kind"], python: string | null]>
> = {
  "pip, crosscore 0.0.1": [
    "#!/env/bin/python3\n  \nimport logging\n\nimport argparse\nfrom crosscore._version import __version__\n",
    "old tool",
    "/env/bin/python3",
  ],
  "setup.py develop, crosscore 0.0.1": [
    "#!/usr/bin/python3.11\n__requires__ = 'crosscore==0.0.1'\n__import__('pkg_resources').run_script('crosscore==0.0.1', 'xcore')\n",
    "old tool",
    "/usr/bin/python3.11",
  ],
  "as it is in the repository of 0.0.1": [
    "#!/usr/bin/env python\nimport crosscore.daemon\n",
    "old tool",
    null,
  ],
  "pip, in a folder with a long name": [
    `#!/bin/sh\n'''exec' "/a long/env/bin/python3.11" "$0" "$@"\n' '''\n# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom crosscore.__main__ import main\n`,
    "client",
    "/a long/env/bin/python3.11",
  ],
  "uv": [
    "#!/env/bin/python\n# -*- coding: utf-8 -*-\nimport sys\nfrom crosscore.__main__ import main\n",
    "client",
    "/env/bin/python",
  ],
  "a launcher": ["#!/bin/sh\n# crosscore\nexec deno run main.js\n", "program", null],
  "a script of somebody else's": ["#!/usr/bin/python3\nimport subprocess\n", "program", null],
  "a compiled program": ["\x7fELF\nfrom crosscore import cluster\n", "program", null],
};

Deno.test("xcoresOnPath() knows what each xcore on PATH is, in PATH's order", async () => {
  await using here = await machine();
  const folders = [];
  for (const [name, [text]] of Object.entries(SCRIPTS)) {
    folders.push(`${here.dir}/${name}`);
    await here.write(`${name}/xcore`, text, 0o755);
  }
  here.vars["PATH"] = folders.join(":");
  const found = await Array.fromAsync(xcoresOnPath(here.runtime));
  const wanted = Object.entries(SCRIPTS).map(([name, [, kind, python]]) => ({
    path: `${here.dir}/${name}/xcore`,
    kind,
    python,
  }));
  assert.deepEqual(found, wanted);
});

Deno.test("a script's daemon is run by the first program on PATH, not by the old tool or a client", async () => {
  await using here = await machine();
  for (const [folder, name] of [["1", "pip, crosscore 0.0.1"], ["2", "uv"]] as const) {
    await here.write(`${folder}/xcore`, SCRIPTS[name]![0], 0o755);
  }
  const program = await here.script("3/xcore", "exit 0");
  here.vars["PATH"] = ["1", "2", "3"].map((name) => `${here.dir}/${name}`).join(":");
  assert.deepEqual((await daemonProgram(here.runtime)).command, [program]);
});
