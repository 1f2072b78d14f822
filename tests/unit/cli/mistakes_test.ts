import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { withHome } from "./_home.ts";
import { run } from "./_run.ts";

/** What is typed, and the two lines that answer it. */
const MISTAKES: Readonly<Record<string, readonly [what: RegExp, hint: string]>> = {
  "strat": [/unknown command 'strat'$/, "Did you mean start? See `xcore -h`."],
  "xyzzy": [/unknown command 'xyzzy'$/, "See `xcore -h`."],
  "stat": [/unknown command 'stat'$/, "Did you mean status or start? See `xcore -h`."],
  "stop": [/unknown command 'stop'$/, "Did you mean shutdown? See `xcore -h`."],
  "down": [/unknown command 'down'$/, "Did you mean shutdown? See `xcore -h`."],
  "kill": [/unknown command 'kill'$/, "Did you mean shutdown? See `xcore -h`."],
  "Delete": [/unknown command 'Delete'$/, "Did you mean shutdown? See `xcore -h`."],
  "up": [/unknown command 'up'$/, "Did you mean start? See `xcore -h`."],
  "ls": [/unknown command 'ls'$/, "Did you mean list? See `xcore -h`."],
  "ps": [/unknown command 'ps'$/, "Did you mean status? See `xcore -h`."],
  "help stop": [/unknown command 'stop'$/, "Did you mean shutdown? See `xcore -h`."],
  "daemon ps": [/unknown command 'ps'$/, "See `xcore daemon -h`."],
  "init local --set max_workers": [
    /argument 'max_workers' is invalid\. It takes a key and a value, .*/,
    "See `xcore init -h`.",
  ],
  "daemon st": [/unknown command 'st'$/, "Did you mean start, stop, or status? See `xcore daemon -h`."],
  "help strat": [/unknown command 'strat'$/, "Did you mean start? See `xcore -h`."],
  "help daemon xyzzy": [/unknown command 'xyzzy'$/, "See `xcore daemon -h`."],
  "--bogus": [/unknown option '--bogus'$/, "See `xcore -h`."],
  "--bogus status": [/unknown option '--bogus'$/, "See `xcore status -h`."],
  "-z": [/unknown option '-z'$/, "See `xcore -h`."],
  "-c": [/option '-c, --cluster <name>' argument missing$/, "See `xcore -h`."],
  "status --wacth": [/unknown option '--wacth'$/, "Did you mean --watch? See `xcore status -h`."],
  "status extra": [
    /too many arguments for 'status'/,
    "Did you mean `xcore -c extra status`? See `xcore status -h`.",
  ],
  "start local": [
    /too many arguments for 'start'/,
    "Did you mean `xcore -c local start`? See `xcore start -h`.",
  ],
  "shutdown -x ../y": [/unknown option '-x'$/, "See `xcore shutdown -h`."],
  "url ../y": [/too many arguments for 'url'/, "See `xcore url -h`."],
  "ssh": [/missing required argument 'name'$/, "Type it such as `xcore ssh scheduler`. See `xcore ssh -h`."],
  "daemon strat": [/unknown command 'strat'$/, "Did you mean start? See `xcore daemon -h`."],
  "daemon log -n x": [/argument 'x' is invalid\. It takes a whole number$/, "See `xcore daemon log -h`."],
  "daemon log -n": [/option '-n, --lines <count>' argument missing$/, "See `xcore daemon log -h`."],
  "-c demo config set": [
    /missing required argument 'key'$/,
    "Type it such as `xcore -c demo config set max_workers 5`. See `xcore config set -h`.",
  ],
  "config set max_workers": [
    /missing required argument 'value'$/,
    "Type it such as `xcore config set max_workers 5`. See `xcore config set -h`.",
  ],
  "init": [
    /missing required argument 'provider'$/,
    "Type it such as `xcore init local`. See `xcore init -h`.",
  ],
  "init azure": [/'azure' is not a provider; use one of aws, gcp, local$/, "See `xcore init -h`."],
  "init lokal": [/'lokal' is not a provider; .*/, "Did you mean local? See `xcore init -h`."],
  "init aws --regoin x": [/unknown option '--regoin'$/, "Did you mean --region? See `xcore init -h`."],
  "config set max_workers=5": [
    /missing required argument 'value'$/,
    "Did you mean `xcore config set max_workers 5`? See `xcore config set -h`.",
  ],
  "init local --python": [/option '--python <path>' argument missing$/, "See `xcore init -h`."],
  "completions tcsh": [
    /'tcsh' is not a shell; use one of bash, zsh, fish$/,
    "See `xcore completions -h`.",
  ],
  "url --watch": [/unknown option '--watch'$/, "See `xcore url -h`."],
};

for (const [typed, [what, hint]] of Object.entries(MISTAKES)) {
  Deno.test(`xcore ${typed} is told in two lines, and ends with 2`, () =>
    withHome(async (home) => {
      const { code, out, said } = await run(home, typed.split(" "));
      assert.deepEqual([code, out, said.length], [2, "", 2]);
      assert.match(said[0]!, /^Cannot read the command line: /);
      assert.match(said[0]!, what);
      assert.equal(said[1], hint);
      assert.deepEqual([...Deno.readDirSync(home)], [], "a mistake leaves nothing behind");
    }));
}

Deno.test("a key or a cluster that cannot be is told in two lines, and ends with 2", () =>
  withHome(async (home) => {
    for (
      const typed of [["-c", "Not A Name", "status"], ["-c", "..", "url"], ["config", "set", "a", "1", "b"]]
    ) {
      const { code, out, said } = await run(home, typed);
      assert.deepEqual([code, out, said.length], [2, "", 2], typed.join(" "));
    }
  }));

Deno.test("config set with several KEY=VALUE says how they are typed, and ends with 2", () =>
  withHome(async (home) => {
    await Deno.writeTextFile(`${home}/config.yaml`, "provider: local\ncluster_id: xcore-0a1b2c3d\n");
    const { code, said } = await run(home, ["config", "set", "max_workers=5", "max_idle_time_s=60"]);
    assert.deepEqual([code, said.length], [2, 2]);
    assert.equal(said[1], "Did you mean `xcore config set max_workers 5 max_idle_time_s 60`?");
  }));

Deno.test("an option of init that has no effect with that provider is refused, whether there is a config or not", () =>
  withHome(async (home) => {
    for (
      const [words, option, provider] of [
        ["local --region eu-west-2", "--region", "local"],
        ["local --allowed-cidr 192.0.2.7/32 --python /nope", "--allowed-cidr", "local"],
        ["local --public-key /me.pub", "--public-key", "local"],
        ["aws --project my-lab-123456", "--project", "aws"],
        ["local --upgrade --yes", "--upgrade", "local"],
        ["local --policy", "--policy", "local"],
      ] as const
    ) {
      const { code, said } = await run(home, ["init", ...words.split(" ")]);
      const what = `Cannot use ${option} here: it has no effect with provider ${provider}`;
      assert.deepEqual([code, said[0], said.length], [2, what, 2]);
      assert.deepEqual([...Deno.readDirSync(home)], [], "a mistake leaves nothing behind");
    }
    await Deno.writeTextFile(`${home}/config.yaml`, "provider: local\ncluster_id: xcore-0a1b2c3d\n");
    const { said } = await run(home, ["init", "local", "--project", "my-lab-123456"]);
    assert.match(said[0]!, /^Cannot use --project here: it has no effect with provider local$/);
  }));

Deno.test("xcore uninstall is of all clusters: -c is refused, whatever is there", () =>
  withHome(async (home) => {
    const { code, said } = await run(home, ["-c", "demo", "uninstall", "--yes"]);
    assert.equal(code, 2);
    assertWording("uninstall", "a single cluster", said.join("\n"));
  }));

for (const typed of ["", "daemon", "config"]) {
  Deno.test(`xcore ${typed} alone is answered with its help, and ends with 2`, async () => {
    const words = typed.split(" ").filter((word) => word !== "");
    const { code, out, said } = await run("/nonexistent", words);
    const help = await run("/nonexistent", [...words, "-h"]);
    assert.deepEqual({ code, out, said }, { code: 2, out: help.out, said: [] });
  });
}

Deno.test("where nothing is set up each command says so, and ends with 3", () =>
  withHome(async (home) => {
    for (
      const typed of [
        ...[
          "status",
          "start",
          "restart",
          "shutdown",
          "url",
          "config get python",
          "daemon start",
          "daemon log",
        ],
        "logs daemon",
      ]
    ) {
      const { code, out, said } = await run(home, typed.split(" "));
      assert.deepEqual([code, out], [3, ""], typed);
      assert.match(said.join("\n"), /^Cannot .*: .*\n.*`xcore init local`/, typed);
    }
  }));

Deno.test("a home that is a file is told in two lines that say what XCORE_HOME has to be", () =>
  withHome(async (home) => {
    await Deno.writeTextFile(`${home}/file`, "");
    for (const typed of ["status", "init local", "python"]) {
      const { code, out, said } = await run(`${home}/file`, typed.split(" "));
      assert.deepEqual([code, out, said.length], [1, "", 2], typed);
      assert.match(said[1]!, /^Set XCORE_HOME to a folder\b/, typed);
    }
  }));
