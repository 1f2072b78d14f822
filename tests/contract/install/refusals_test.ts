import assert from "node:assert/strict";
import { namespaces, needing, programs } from "../../support/needs.ts";
import { addRelease, NEEDED, Person, SCRIPT, TARGET, withServer } from "./_release.ts";

const ARCHIVE = `xcore-1.2.3-${TARGET}.tar.gz`;

Deno.test("an archive that is not what its sum says is refused, before anything is written", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    const bytes = await Deno.readFile(`${person.release}/${ARCHIVE}`);
    bytes[bytes.length >> 1]! ^= 1;
    await Deno.writeFile(`${person.release}/${ARCHIVE}`, bytes);
    const [what, next] = await person.refused([]);
    assert.match(
      what!,
      /^Cannot install xcore: xcore-1\.2\.3-\S+\.tar\.gz is not what SHA256SUMS says: its SHA-256 is [0-9a-f]{64}, /,
    );
    assert.match(next!, /Nothing was installed/);
    assert.deepEqual(person.files(), []);
  });
});

for (
  const [name, change, refusal] of [
    [
      "has another sum",
      (sums: string) => sums.replace(/^./gm, (c) => c === "0" ? "1" : "0"),
      /is not what SHA256SUMS says/,
    ],
    ["is a page of some portal", () => "<html>\n<p>xcore: please log in\n", /the release has no xcore for /],
    ["is empty", () => "", /the release has no xcore for /],
    [
      "names a file elsewhere",
      (sums: string) => sums.replace(" xcore-", " ../../xcore-"),
      /the release has no xcore for /,
    ],
    ["is cut in its first line", (sums: string) => sums.slice(0, 70), /the release has no xcore for /],
  ] as const
) {
  Deno.test(`a SHA256SUMS that ${name} is refused`, async () => {
    await Person.with(async (person) => {
      await addRelease(person.release);
      const path = `${person.release}/SHA256SUMS`;
      await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
      assert.match((await person.refused([]))[0]!, refusal);
      assert.deepEqual(person.files(), []);
    });
  });
}

for (const program of ["curl", "wget"]) {
  Deno.test(needing(programs(program), `a connection that is cut is refused (${program})`, async () => {
    await Person.with(async (person) => {
      await addRelease(person.release);
      const PATH = await person.path([...NEEDED, "sha256sum", program]);
      // With a length that never comes, and without one, where only the sum can tell.
      for (const said of [true, false]) {
        await withCutServer(person, said, async (url) => {
          const lines = await person.refused([], { env: { PATH, XCORE_INSTALL_URL: url } });
          assert.match(lines[0]!, said ? /does not download|is not what/ : /is not what SHA256SUMS says/);
          assert.match(lines[1]!, /Nothing was installed/);
          assert.deepEqual(person.files(), []);
        });
      }
    });
  }));

  Deno.test(needing(
    programs(program),
    `a server that is not there, and one that has nothing, are refused (${program})`,
    async () => {
      await Person.with(async (person) => {
        await addRelease(person.release);
        const PATH = await person.path([...NEEDED, "sha256sum", program]);
        await withServer(person.served, async ({ url }) => {
          const [what] = await person.refused([], { env: { PATH, XCORE_INSTALL_URL: `${url}/nowhere` } });
          assert.match(what!, /\/nowhere\/SHA256SUMS does not download \(.*404/);
          await Deno.remove(`${person.release}/${ARCHIVE}`);
          const [then] = await person.refused([], { env: { PATH, XCORE_INSTALL_URL: url } });
          assert.match(then!, /\.tar\.gz does not download \(.*404/);
        });
        const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const url = `http://127.0.0.1:${listener.addr.port}`;
        listener.close();
        assert.match(
          (await person.refused([], { env: { PATH, XCORE_INSTALL_URL: url } }))[0]!,
          /does not download \(/,
        );
      });
    },
  ));
}

/** A server that closes each connection in the middle of the archive. */
async function withCutServer(
  person: Person,
  saysLength: boolean,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(4096);
      await connection.read(buffer);
      const [, path = ""] = /^GET (\S+)/.exec(new TextDecoder().decode(buffer)) ?? [];
      const bytes = await Deno.readFile(person.release + path);
      const whole = !path.endsWith(".tar.gz");
      const length = saysLength ? `Content-Length: ${bytes.length}\r\n` : "";
      const writer = connection.writable.getWriter();
      await writer.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\n${length}Connection: close\r\n\r\n`));
      await writer.write(whole ? bytes : bytes.slice(0, bytes.length >> 1));
      await writer.close();
    }
  })();
  try {
    await body(`http://127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await serving.catch(() => {});
  }
}

Deno.test("half of the script does nothing, wherever it ends", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    const script = await Deno.readTextFile(SCRIPT);
    const lines = [...script.matchAll(/\n/g)].map(({ index }) => index);
    const ends = [
      ...lines.filter((_, i) => i % 20 === 0),
      ...Array.from({ length: 18 }, (_, i) => script.length - 2 - i),
    ];
    for (const end of ends) {
      await person.install([], { script: script.slice(0, end) });
      assert.deepEqual(person.files(), [], `the first ${end} characters`);
    }
  });
});

const UNAME = (system: string, machine: string) =>
  `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`;
const GLIBC = (version: string) =>
  `case $1 in GNU_LIBC_VERSION) echo glibc ${version} ;; LONG_BIT) echo 64 ;; esac`;

for (
  const [name, scripts, refusal] of [
    [
      "Windows",
      { uname: UNAME("MINGW64_NT-10.0-22631", "x86_64") },
      /does not run on Windows itself\n.*wsl --install/,
    ],
    ["FreeBSD", { uname: UNAME("FreeBSD", "amd64") }, /there is no xcore for FreeBSD\n/],
    ["a 32-bit processor", { uname: UNAME("Linux", "i686") }, /there is no xcore for i686 processors\n/],
    ["another processor", { uname: UNAME("Linux", "riscv64") }, /there is no xcore for riscv64 processors\n/],
    [
      "a 32-bit system on a 64-bit processor",
      { uname: UNAME("Linux", "aarch64"), getconf: "case $1 in LONG_BIT) echo 32 ;; *) exit 1 ;; esac" },
      /this is a 32-bit system\n/,
    ],
    [
      "musl",
      { uname: UNAME("Linux", "x86_64"), getconf: "exit 1", ldd: "echo 'musl libc (x86_64)' >&2; exit 1" },
      /this system has musl, and xcore needs glibc\n/,
    ],
    [
      "an old glibc",
      { uname: UNAME("Linux", "x86_64"), getconf: GLIBC("2.17") },
      /this system has glibc 2\.17, .* 2\.27 or newer\n/,
    ],
    [
      "an older major version of glibc",
      { uname: UNAME("Linux", "x86_64"), getconf: GLIBC("1.99") },
      /glibc 1\.99/,
    ],
  ] as const
) {
  Deno.test(`${name} is refused in one line, with what helps in another`, async () => {
    await Person.with(async (person) => {
      const PATH = await person.path([...NEEDED, "sha256sum"], scripts);
      assert.match((await person.refused([], { env: { PATH } })).join("\n") + "\n", refusal);
    });
  });
}

Deno.test("a newer glibc will do, whatever stands after its numbers", async () => {
  for (const version of ["2.27", "2.31-13+deb11u11", "2.100", "3.0"]) {
    await Person.with(async (person) => {
      await addRelease(person.release, { target: "x86_64-unknown-linux-gnu" });
      const PATH = await person.path([...NEEDED, "sha256sum"], {
        uname: UNAME("Linux", "x86_64"),
        getconf: GLIBC(version),
      });
      await person.installOk([], { env: { PATH } });
    });
  }
});

for (
  const [name, without, refusal] of [
    [
      "a program for sums",
      ["sha256sum"],
      /no program that checks SHA-256 sums is installed\nInstall coreutils/,
    ],
    ["a program for downloads", ["curl"], /neither curl nor wget is installed\nInstall one of them/],
    ["tar", ["tar"], /tar is not installed\n/],
    ["gzip", ["gzip"], /gzip is not installed\n/],
  ] as const
) {
  Deno.test(needing(programs("curl"), `without ${name} it refuses before it asks for anything`, async () => {
    await Person.with(async (person) => {
      await addRelease(person.release);
      const programs = [...NEEDED, "sha256sum", "curl"].filter((program) =>
        !without.some((other) => other === program)
      );
      const PATH = await person.path(programs);
      await withServer(person.served, async ({ url, asked }) => {
        const lines = await person.refused([], { env: { PATH, XCORE_INSTALL_URL: url } });
        assert.match(lines.join("\n"), refusal);
        assert.deepEqual(asked, []);
      });
    });
  }));
}

Deno.test("a program that does not run here is not put there", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release, { program: "#!/bin/sh\necho 'no such library' >&2\nexit 127\n" });
    assert.deepEqual(
      (await person.refused([]))[0],
      "Cannot install xcore: the program does not run here (no such library)",
    );
    assert.deepEqual(person.files(), []);
  });
});

Deno.test("what this script has not put there is not replaced, nor is a folder", async () => {
  await Person.with(async (person) => {
    await addRelease(person.release);
    await Deno.mkdir(`${person.home}/.local/bin`, { recursive: true });
    await Deno.writeTextFile(`${person.home}/.local/bin/xcore`, "of pip's");
    const [what, next] = await person.refused([]);
    assert.match(what!, /\.local\/bin\/xcore exists and was not installed by this script$/);
    assert.match(next!, /^Move it away, /);
    assert.equal(await Deno.readTextFile(`${person.home}/.local/bin/xcore`), "of pip's");

    await Deno.remove(`${person.home}/.local/bin/xcore`);
    await Deno.mkdir(`${person.home}/.local/bin/xcore`);
    assert.match((await person.refused([]))[0]!, /\.local\/bin\/xcore is a folder$/);
  });
});

Deno.test("a copy that knows no place to take releases from says how to name one", async () => {
  await Person.with(async (person) => {
    const [what, next] = await person.refused([], { env: { XCORE_INSTALL_URL: "" } });
    assert.match(what!, /has no download address/);
    assert.match(next!, /XCORE_INSTALL_URL=/);
  });
});

Deno.test("wrong words are told apart from failures", async () => {
  await Person.with(async (person) => {
    for (
      const [args, what] of [
        [["--perfix", "/x"], "Unknown option: --perfix"],
        [["--prefix"], "--prefix needs a value."],
        [["--prefix="], "--prefix needs a value."],
        [["--version", "../1"], "Not a version such as 1.2.3: ../1"],
      ] as const
    ) {
      const { code, stderr } = await person.install(args);
      assert.deepEqual([code, stderr], [2, `${what}\nShow the options with:  sh install.sh --help\n`]);
    }
    assert.match(await person.installOk(["--help"]), /^usage: install\.sh /);
  });
});

/** A shell in a mount namespace of its own, in which the home is a small file system. */
const on = (options: string, home: string) => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `mount -t tmpfs -o ${options} tmpfs ${home} && exec sh "$@"`,
  "sh",
];

Deno.test(
  needing(
    namespaces() ?? programs("curl"),
    "a target that cannot be written to is refused before anything is downloaded",
    async () => {
      await Person.with(async (person) => {
        await addRelease(person.release);
        await withServer(person.served, async ({ url, asked }) => {
          const lines = await person.refused([], {
            shell: on("ro", person.home),
            env: { XCORE_INSTALL_URL: url },
          });
          assert.match(lines[0]!, /^Cannot install xcore: \S+\/home cannot be written to$/);
          assert.match(lines[1]!, /--prefix/);
          assert.deepEqual(asked, []);
        });
      });
    },
  ),
);

Deno.test(
  needing(namespaces(), "a target without room for the program is refused, and left as it was", async () => {
    await Person.with(async (person) => {
      const noise = Array.from(crypto.getRandomValues(new Uint8Array(60_000)), (byte) => byte.toString(16))
        .join("");
      await addRelease(person.release, { more: { "share/large": noise.repeat(20) } });
      const left = `${person.folder}/left`;
      const shell = on("size=1m", person.home);
      shell[4] = shell[4]!.replace("exec sh", `sh`) +
        `; code=$?; find ${person.home} -mindepth 1 >${left}; exit $code`;
      const [what, next] = await person.refused([], { shell });
      assert.match(what!, /the archive does not unpack into \S+ \(.*No space left on device.*\)/);
      assert.match(next!, /df -h/);
      assert.equal(await Deno.readTextFile(left), "");
    });
  }),
);

Deno.test(needing(
  programs("setpriv"),
  "a folder of root's below one's own prefix is refused, and nothing is put beside it",
  async () => {
    await Person.with(async (person) => {
      await addRelease(person.release);
      await Deno.mkdir(`${person.home}/.local/share/man/man1`, { recursive: true });
      await Deno.chmod(`${person.home}/.local/share/man/man1`, 0o555);
      for (
        const path of [
          person.folder,
          person.home,
          `${person.folder}/tmp`,
          `${person.home}/.local`,
          `${person.home}/.local/share`,
        ]
      ) {
        await Deno.chown(path, 65534, 65534);
      }
      await Deno.chown(`${person.home}/.local/share/man`, 65534, 65534);
      const shell = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh"];
      const [what] = await person.refused([], { shell });
      assert.match(what!, /share\/man\/man1 cannot be written to$/);
    });
  },
));
