import assert from "node:assert/strict";
import { platforms } from "../../../lib/platform/platforms.ts";
import {
  credentialsOf,
  environmentFile,
  jobEnvironmentOf,
  WITH_ENVIRONMENT,
} from "../../../lib/service/environment.ts";

Deno.test("credentialsOf() takes what a cloud and the way there need, and nothing else", () => {
  const taken = {
    AWS_PROFILE: "p",
    AWS_SECRET_ACCESS_KEY: "s",
    GOOGLE_APPLICATION_CREDENTIALS: "/k",
    CLOUDSDK_CONFIG: "/c",
    GOOGLE_CREDENTIALS: "{}",
    GCLOUD_KEYFILE_JSON: "{}",
    HTTPS_PROXY: "http://p",
    no_proxy: "localhost",
    SSL_CERT_FILE: "/ca",
    SSL_CERT_DIR: "/certs",
    DENO_TLS_CA_STORE: "system",
  };
  const variables = platforms().flatMap(({ credentialVariables }) => credentialVariables ?? []);
  const left = { HOME: "/h", PATH: "/bin", MY_AWS_KEY: "x", PROXY: "y", LD_PRELOAD: "z" };
  assert.deepEqual(credentialsOf({ ...left, ...taken }, variables), taken);
});

Deno.test("jobEnvironmentOf() leaves out what belongs to one process", () => {
  const kept = { PATH: "/bin", CONDA_PREFIX: "/env", OMP_NUM_THREADS: "4", XCORE_HOME: "/h" };
  const ofOne = {
    ...{
      _: "/bin/env",
      SHLVL: "2",
      PWD: "/p",
      NOTIFY_SOCKET: "/run/n",
      WATCHDOG_USEC: "1",
      WATCHDOG_PID: "1",
    },
    ...{ INVOCATION_ID: "i", JOURNAL_STREAM: "8:1", LISTEN_FDS: "1", XCORE_PROCESS: "mark", XCORE_UNIT: "u" },
  };
  assert.deepEqual(jobEnvironmentOf({ ...ofOne, ...kept }), kept);
});

const ODD = {
  QUOTES: `'single' "double"`,
  DOLLARS: "$HOME ${PATH} $(false) `false`",
  SLASHES: "a\\b \\\\n \\",
  LINES: "one\ntwo\t\n",
  SPACES: "  x  ",
  HASH: "# no comment ; none",
  EMPTY: "",
  UNICODE: "é 工",
};

Deno.test("a shell reads environmentFile() as it was", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, environmentFile(ODD));
    const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
      args: ["-c", WITH_ENVIRONMENT, file, "/usr/bin/env", "-0"],
      clearEnv: true,
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    const seen = Object.fromEntries(
      decoder.decode(stdout).split("\0").filter((line) => line !== "").map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
    for (const [name, value] of Object.entries(ODD)) assert.equal(seen[name], value, name);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a program gets on without the file", async () => {
  const { code, stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", WITH_ENVIRONMENT, "/nowhere/daemon.env", "/bin/echo", "a b"],
  }).output();
  assert.equal(code, 0);
  assert.equal(new TextDecoder().decode(stdout), "a b\n");
});

Deno.test("environmentFile() leaves out what systemd refuses", () => {
  assert.equal(
    environmentFile({ "BASH_FUNC_x%%": "() { :; }", BELL: "\x07", "A-B": "1", GOOD: "1" }),
    'GOOD="1"\n',
  );
});
