import assert from "node:assert/strict";
import { needing, programs } from "../../support/needs.ts";
import { addRelease, NEEDED, Person, SCRIPT, TARGET, withServer } from "./_release.ts";

const INSTALLED = [
  ".local/",
  ".local/bin/",
  ".local/bin/xcore",
  ".local/bin/xcore-init",
  ".local/share/",
  ".local/share/bash-completion/",
  ".local/share/bash-completion/completions/",
  ".local/share/bash-completion/completions/xcore",
  ".local/share/man/",
  ".local/share/man/man1/",
  ".local/share/man/man1/xcore.1",
  ".local/share/xcore/",
  ".local/share/xcore/install-receipt",
  ".local/share/xcore/install.sh",
];

const SHELLS = [
  ["sh"],
  ["dash"],
  ["busybox", "ash"],
  ["bash", "--posix"],
  ["bash"],
  ["zsh", "--emulate", "sh"],
  ["mksh"],
];

for (const shell of SHELLS) {
  Deno.test(needing(
    programs(shell[0]!, "curl"),
    `${shell.join(" ")} installs from a server, and takes everything back`,
    async () => {
      await Person.with(async (person) => {
        await addRelease(person.release);
        await withServer(person.served, async ({ url, asked }) => {
          const said = await person.installOk([], { shell, env: { XCORE_INSTALL_URL: `${url}/` } });
          assert.deepEqual(asked, ["/SHA256SUMS", `/xcore-1.2.3-${TARGET}.tar.gz`]);
          assert.match(said, /^xcore 1\.2\.3 is installed in \S+\/home\/\.local\.\n/);
        });
        assert.deepEqual(person.files(), INSTALLED);
        const { stdout } = await new Deno.Command(`${person.home}/.local/bin/xcore-init`).output();
        assert.equal(new TextDecoder().decode(stdout), "xcore 1.2.3\n");

        const said = await person.installOk(["--uninstall"], { shell });
        assert.match(said, /^Removed xcore from \S+\/home\/\.local\.\n$/);
        assert.deepEqual(person.files(), []);
      });
    },
  ));
}

Deno.test(needing(programs("wget"), "without curl, wget downloads", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    const PATH = await person.path([...NEEDED, "wget", "sha256sum"]);
    await withServer(person.served, async ({ url }) => {
      await person.installOk([], { env: { PATH, XCORE_INSTALL_URL: url } });
      assert.deepEqual(person.files(), INSTALLED);
      await person.installOk(["--uninstall"], { env: { PATH } });

      const [what] = await person.refused([], { env: { PATH, XCORE_INSTALL_URL: `${url}/nowhere` } });
      assert.match(what!, /\/nowhere\/SHA256SUMS does not download \(.*404/);
    });
  });
}));

Deno.test(
  needing(programs("busybox"), "with nothing but busybox's programs it installs as well", async () => {
    await Person.with(async (person) => {
      await addRelease(person.release);
      const own = [
        ...NEEDED.filter((name) => !["getconf", "ldd"].includes(name)),
        "wget",
        "sha256sum",
        "timeout",
      ];
      const PATH = await person.path(["busybox", "getconf"]);
      for (const name of own) await Deno.symlink("busybox", `${PATH}/${name}`);
      await withServer(person.served, async ({ url }) => {
        const env = { PATH, XCORE_INSTALL_URL: url };
        await person.installOk([], { env, shell: ["busybox", "ash"] });
        assert.deepEqual(person.files(), INSTALLED);
        await person.installOk(["--uninstall"], { env, shell: ["busybox", "ash"] });
        assert.deepEqual(person.files(), []);

        const missing = { PATH, XCORE_INSTALL_URL: `${url}/nowhere` };
        const [what] = await person.refused([], { env: missing, shell: ["busybox", "ash"] });
        assert.match(what!, /\/nowhere\/SHA256SUMS does not download \(.*404/);
      });
    });
  }),
);

for (const counter of ["shasum", "openssl"]) {
  Deno.test(needing(programs(counter), `without sha256sum, ${counter} checks the sum`, async () => {
    await Person.with(async (person) => {
      const archive = await addRelease(person.release);
      // shasum is a program of Perl's.
      const PATH = await person.path([...NEEDED, counter, ...(counter === "shasum" ? ["perl"] : [])]);
      await person.installOk([], { env: { PATH } });
      assert.deepEqual(person.files(), INSTALLED);
      await person.installOk(["--uninstall"], { env: { PATH } });
      assert.deepEqual(person.files(), []);

      await Deno.writeTextFile(`${person.release}/${archive}`, "x", { append: true });
      assert.match((await person.refused([], { env: { PATH } }))[0]!, /is not what SHA256SUMS says/);
    });
  }));
}

Deno.test("an upgrade replaces every file, and removes what the new version has not", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release, { more: { "share/doc/xcore/OLD": "old\n" } });
    await person.installOk([]);
    assert.ok(person.files().includes(".local/share/doc/xcore/OLD"));
    await Deno.remove(person.release, { recursive: true });
    await Deno.mkdir(person.release);
    await addRelease(person.release, { version: "1.3.0", more: { "share/fish/new.fish": "new\n" } });

    const said = await person.installOk([]);

    assert.match(said, /^xcore 1\.3\.0 is installed in \S+, replacing the previous version\.\n/);
    assert.match(said, /xcore start/);
    assert.match(await Deno.readTextFile(`${person.home}/.local/bin/xcore`), /1\.3\.0/);
    assert.ok(!person.files().includes(".local/share/doc/xcore/OLD"));
    assert.ok(person.files().includes(".local/share/fish/new.fish"));
    await person.installOk(["--uninstall"]);
    assert.deepEqual(person.files(), []);
  });
});

Deno.test("--version takes the version that is named, with or without its v, and --prefix another folder", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    await addRelease(person.release, { version: "1.3.0" });
    await person.installOk(["--version=v1.2.3", "--prefix", "home/a"]);
    await person.installOk(["--version", "1.3.0", "--prefix", `${person.home}/b/`]);
    assert.match(await Deno.readTextFile(`${person.home}/a/bin/xcore`), /1\.2\.3/);
    assert.match(await Deno.readTextFile(`${person.home}/b/bin/xcore`), /1\.3\.0/);
    assert.deepEqual(
      (await person.refused(["--version", "1.9.0"]))[0],
      `Cannot install xcore: the release has no xcore 1.9.0 for ${TARGET}`,
    );
  });
});

Deno.test(needing(
  programs("curl"),
  "a script that knows the project's home takes the latest release from there, or the one that is named",
  async () => {
    await Person.with(async (person) => {
      await addRelease(person.release);
      const served = (path: string) =>
        person.served(path.replace(/^\/releases\/(latest\/download|download\/v1\.2\.3)/, ""));
      await withServer(served, async ({ url, asked }) => {
        const text = await Deno.readTextFile(SCRIPT);
        const script = text.replace("RELEASES_URL=''", `RELEASES_URL='${url}/releases'`);
        assert.notEqual(script, text);
        const env = { XCORE_INSTALL_URL: "" };
        await person.installOk([], { env, script });
        await person.installOk(["--version", "1.2.3"], { env, script });
        assert.deepEqual(asked, [
          "/releases/latest/download/SHA256SUMS",
          `/releases/latest/download/xcore-1.2.3-${TARGET}.tar.gz`,
          "/releases/download/v1.2.3/SHA256SUMS",
          `/releases/download/v1.2.3/xcore-1.2.3-${TARGET}.tar.gz`,
        ]);
      });
    });
  },
));

Deno.test("a shell that macOS translates gets the program for the processor that is there", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release, { target: "aarch64-apple-darwin" });
    const uname = "case $1 in -s) echo Darwin ;; *) echo x86_64 ;; esac";
    const PATH = await person.path([...NEEDED, "sha256sum"], { uname, sysctl: "echo 1" });
    await person.installOk([], { env: { PATH } });
    assert.deepEqual(person.files(), INSTALLED);
  });
});

Deno.test("what it says of PATH, typed, makes xcore a command, whatever the folder is called", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    const prefix = `${person.home}/it's "my" $folder`;
    const said = await person.installOk(["--prefix", prefix], { env: { SHELL: "/bin/bash" } });
    assert.match(said, /is not on PATH/);
    const [now, later] = said.split("\n").filter((line) => line.startsWith("  "));
    const env = { HOME: person.home, PATH: Deno.env.get("PATH")! };
    const typed = async (line: string) => {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-euc", line],
        clearEnv: true,
        env,
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    };
    assert.equal(await typed(`${now}\nxcore`), "xcore 1.2.3\n");
    await typed(later!);
    assert.equal(await typed(". ~/.bashrc\nxcore"), "xcore 1.2.3\n");

    const [, undo] = /^Undo this with: {2}(.*)$/m.exec(said)!;
    await typed(undo!);
    assert.deepEqual(person.files(), [".bashrc"]);
  });
});

Deno.test("it says when another xcore comes first on PATH, and nothing of PATH when its own does", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    const other = await person.path([], { xcore: "echo 0.0.1" });
    const bin = `${person.home}/.local/bin`;
    const own = await person.installOk([], { env: { PATH: `${bin}:${Deno.env.get("PATH")}` } });
    assert.doesNotMatch(own, /PATH/);
    const second = await person.installOk([], { env: { PATH: `${other}:${bin}:${Deno.env.get("PATH")}` } });
    assert.ok(second.includes(`Another xcore comes first on PATH: ${other}/xcore.`), second);
  });
});

Deno.test("uninstall leaves what was changed since and what others have put beside it, and says so", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    await Deno.mkdir(`${person.home}/.local/bin`, { recursive: true });
    await Deno.writeTextFile(`${person.home}/.local/bin/mine`, "mine");
    await Deno.mkdir(`${person.home}/.xcore`);
    await person.installOk([]);
    await Deno.writeTextFile(`${person.home}/.local/share/man/man1/xcore.1`, "changed");

    const said = await person.installOk(["--uninstall"]);

    assert.match(said, /^Kept \S+\/share\/man\/man1\/xcore\.1, which was changed after the installation\.$/m);
    assert.match(said, /^Kept \S+\/\.xcore with your settings\./m);
    assert.deepEqual(person.files(), [
      ".local/",
      ".local/bin/",
      ".local/bin/mine",
      ".local/share/",
      ".local/share/man/",
      ".local/share/man/man1/",
      ".local/share/man/man1/xcore.1",
      ".xcore/",
    ]);
    const [what] = await person.refused(["--uninstall"]);
    assert.match(what!, /^Cannot uninstall xcore: this script has installed nothing in /);
  });
});

Deno.test("an installation that ends in the middle of an upgrade is completed by another, or taken back whole", async () => {
  for (const rest of [[], ["--uninstall"]]) {
    await Person.with(async (person) => {
      await addRelease(person.release);
      await person.installOk([]);
      await addRelease(person.release, { version: "1.3.0", more: { "share/new": "new" } });
      const mv = programPath("mv");
      // The record, and then two files.
      const PATH = await person.path([...NEEDED, "sha256sum"], {
        mv:
          `echo x >>"${person.folder}/moved"; [ "$(wc -l <"${person.folder}/moved")" -le 3 ] || exit 1; exec ${mv} "$@"`,
        wc: `exec ${programPath("wc")} "$@"`,
      });
      const { code, stderr } = await person.install([], { env: { PATH } });
      assert.equal(code, 1);
      const [what, next] = stderr.split("\n");
      assert.match(what!, /^Cannot install xcore: \S+ cannot be replaced$/);
      assert.match(next!, /^Run this again, or undo it with: {2}sh /);

      await person.installOk(rest);
      if (rest.length === 0) {
        assert.match(await Deno.readTextFile(`${person.home}/.local/bin/xcore`), /1\.3\.0/);
        await person.installOk(["--uninstall"]);
      }
      assert.deepEqual(person.files(), []);
    });
  }
});

function programPath(name: string): string {
  return new TextDecoder().decode(
    new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync().stdout,
  ).trim();
}
