import assert from "node:assert/strict";
import manifest from "../../../deno.json" with { type: "json" };
import { TARGETS } from "../../../tools/compile_for.ts";
import { compileRuntime } from "../../../tools/compile_runtime.ts";
import { makeRelease } from "../../../tools/release.ts";
import { allOf, needing, programs } from "../../support/needs.ts";
import { blocksOf, Reader } from "./page.ts";
import { TestCluster } from "./harness.ts";

const TARGET = TARGETS.find((target) => target === Deno.build.target);
const runtime = await compileRuntime();
const noProgram = TARGET === undefined
  ? `there is no program for ${Deno.build.target}: run the tests on Linux or macOS`
  : runtime.state === "none"
  ? `there is no runtime to compile with (${runtime.why}): name one in DENORT_BIN`
  : null;
const typedInto = programs("curl", "man", "fish", "zsh", "/usr/share/bash-completion/bash_completion");

const name =
  "a release is installed by the command of docs/install.md, runs a cluster, and is removed by it to its last file";

Deno.test(needing(
  allOf([noProgram, typedInto]),
  name,
  async () => {
    const cluster = await TestCluster.make();
    const release = `${cluster.folder}/release`;
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const path = new URL(request.url).pathname.replace("/releases/latest/download/", "/");
      const bytes = await Deno.readFile(release + path).catch(() => null);
      return bytes === null ? new Response(null, { status: 404 }) : new Response(bytes);
    });
    const url = `http://127.0.0.1:${server.addr.port}`;
    try {
      const made = await makeRelease(release, [TARGET!]);
      assert.deepEqual(made.filter(({ leftOut }) => leftOut !== null), []);
      assert.deepEqual(
        made.map(({ name }) => name).sort(),
        [...Deno.readDirSync(release)].map(({ name }) => name).sort(),
      );
      const listed = await cluster.bashOk(`cd ${release} && sha256sum --check SHA256SUMS`);
      const archive = `xcore-${manifest.version}-${TARGET}.tar.gz`;
      for (const file of [archive, "install.sh", `xcore-${manifest.version}.cdx.json`]) {
        assert.match(listed, new RegExp(`^${RegExp.escape(file)}: OK$`, "m"));
      }
      assert.equal(listed.match(/^crosscore-.*\.whl: OK$/gm)?.length, 2);

      const page = await blocksOf("docs/install.md", ["## Download", "## With pip"]);
      const reader = new Reader(cluster, page, { installed: false });
      const before = await entries(cluster.folder);
      // The copy that the project's own workflow makes knows where it comes from.
      const script = `${release}/install.sh`;
      const text = await Deno.readTextFile(script);
      await Deno.writeTextFile(script, text.replace("RELEASES_URL=''", `RELEASES_URL='${url}/releases'`));
      const said = await reader.types("curl -LsSf", { "https://github.com/OWNER/REPOSITORY": url });
      assert.ok(
        said.startsWith(`xcore ${manifest.version} is installed in ${cluster.folder}/.local.\n`),
        said,
      );

      const path = `export PATH="$HOME/.local/bin:$PATH"\n`;
      const typed = (line: string) => cluster.bashOk(path + line);
      assert.equal(await typed("command -v xcore"), `${cluster.folder}/.local/bin/xcore\n`);
      assert.ok((await typed("xcore --version")).includes(manifest.version));
      assert.match(await typed("xcore-init -h"), /^usage: xcore init /);
      assert.match(await typed("man xcore | col -b"), /NAME\s+xcore - /);
      assert.match(await typed("fish -c 'complete -C \"xcore shutd\"'"), /^shutdown\t/);
      assert.match(
        await typed(
          "zsh -fc 'fpath=(~/.local/share/zsh/site-functions $fpath); autoload -Uz compinit; compinit -D; echo $_comps[xcore]'",
        ),
        /^_xcore$/m,
      );
      assert.match(
        await typed(
          ". /usr/share/bash-completion/bash_completion; _comp_load xcore || __load_completion xcore; complete -p xcore",
        ),
        /-F _xcore xcore/,
      );
      assert.match(await typed("cat ~/.local/share/doc/xcore/NOTICE"), /^zod \d/m);

      const own = `${path}unset XCORE_BIN\n`;
      await cluster.bashOk(`${own}xcore init local --python "$(command -v python)"`);
      await cluster.set();
      assert.match(await cluster.bashOk(`${own}xcore start\nxcore status`), /running/);
      assert.ok(
        cluster.processes().some(({ commandLine }) =>
          commandLine.startsWith(`${cluster.folder}/.local/bin/xcore `)
        ),
      );
      assert.match(await cluster.bashOk(`${own}xcore shutdown`), /^Nothing is left\.$/m);

      assert.match(await reader.types("--uninstall"), /^Kept \S+\.xcore with your settings\./m);
      reader.hasReadAll();
      assert.deepEqual((await entries(cluster.folder)).difference(before), new Set());
    } finally {
      await server.shutdown();
      assert.equal(await cluster.cleanup(), null);
    }
  },
));

/** What is in a folder, but for settings of xcore's and of the shells. */
async function entries(folder: string): Promise<Set<string>> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return new Set(
    names.filter((name) => ![".xcore", ".exported", ".config", ".cache", ".zcompdump"].includes(name)),
  );
}
