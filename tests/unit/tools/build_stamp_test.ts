import assert from "node:assert/strict";
import { versionOf, versionText } from "../../../lib/version.ts";
import { needing, programs } from "../../support/needs.ts";
import { buildStamp } from "../../../tools/build_stamp.ts";

const SOURCES = ["main.ts", "lib"];

/** A folder with a program's sources. */
async function withSources(
  body: (folder: string, git: (...args: string[]) => Promise<string>) => Promise<void>,
) {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "xcore-stamp-" }));
  try {
    await Deno.mkdir(`${folder}/lib`);
    await Deno.writeTextFile(`${folder}/main.ts`, "1\n");
    await Deno.writeTextFile(`${folder}/README.md`, "1\n");
    await body(folder, async (...args) => {
      const identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
      const { success, stdout, stderr } = await new Deno.Command("git", {
        args: [...identity, ...args],
        cwd: folder,
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout).trim();
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const UNKNOWN = { commit: null, date: null, changed: false };

Deno.test(
  needing(
    programs("git"),
    "a build is of the last commit that changed the program, with or without changes since",
    async () => {
      await withSources(async (folder, git) => {
        await git("init", "-q");
        assert.deepEqual(await buildStamp(SOURCES, folder), UNKNOWN, "before the first commit");
        await git("add", ".");
        await git("commit", "-qm", "first", "--date=2020-01-01");
        const [commit, date] = (await git("log", "-1", "--format=%h %cs")).split(" ");
        assert.deepEqual(await buildStamp(SOURCES, folder), { commit, date, changed: false });

        await Deno.writeTextFile(`${folder}/README.md`, "2\n");
        assert.equal((await buildStamp(SOURCES, folder)).changed, false);
        await git("commit", "-qam", "second");
        assert.deepEqual(await buildStamp(SOURCES, folder), { commit, date, changed: false });

        await Deno.writeTextFile(`${folder}/lib/new.ts`, "1\n");
        assert.deepEqual(await buildStamp(SOURCES, folder), { commit, date, changed: true });
        await git("add", ".");
        await git("commit", "-qm", "third");
        assert.equal((await buildStamp(SOURCES, folder)).commit, await git("log", "-1", "--format=%h"));
      });
    },
  ),
);

Deno.test(
  needing(
    programs("git"),
    "outside of git, and in somebody else's repository, the commit is unknown",
    async () => {
      await withSources(async (folder, git) => {
        assert.deepEqual(await buildStamp(SOURCES, folder), UNKNOWN);
        await git("init", "-q");
        await git("add", ".");
        await git("commit", "-qm", "theirs");
        await Deno.mkdir(`${folder}/lib/vendored/lib`, { recursive: true });
        assert.deepEqual(await buildStamp(SOURCES, `${folder}/lib/vendored`), UNKNOWN);
      });
    },
  ),
);

Deno.test("versionText() says what a build is of", () => {
  const of = (stamp: string) => versionText({ ...versionOf("2.7.14", stamp), version: "1.2.3" });
  const built = { commit: "f3f16a9", date: "2026-11-29", changed: false };
  assert.equal(of(JSON.stringify(built)), "xcore 1.2.3 (commit f3f16a9, 2026-11-29; Deno 2.7.14)");
  assert.equal(
    of(JSON.stringify({ ...built, changed: true })),
    "xcore 1.2.3 (commit f3f16a9, 2026-11-29, with uncommitted changes; Deno 2.7.14)",
  );
  assert.equal(of(JSON.stringify(UNKNOWN)), "xcore 1.2.3 (unknown commit; Deno 2.7.14)");
  assert.equal(of("anything else"), "xcore 1.2.3 (from source; Deno 2.7.14)");
});
