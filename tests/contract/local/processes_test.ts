import assert from "node:assert/strict";
import { PrerequisiteError } from "../../../lib/errors.ts";
import {
  parsePs,
  parseStat,
  type ProcessTable,
  processTable,
  procTable,
  psEndsWith,
  psTable,
} from "../../../lib/platform/local/process_table.ts";
import { linux, needing, programs } from "../../support/needs.ts";
import { testPython } from "../../support/test_python.ts";
import { machine, until } from "./_local_cluster.ts";

const REST = "0 0 0 0 0 0 20 0 3 0 168494 313344 362";

Deno.test("parseStat() reads a process whatever it is called", () => {
  const expected = { zombie: false, stopped: false, session: 8557, startTicks: "168494" };
  for (const name of ["python3", "my prog", "a) S 1 2 3 (b", ")", "", "two\nlines"]) {
    const text = `8566 (${name}) S 8557 8556 8557 0 -1 4194304 97 0 ${REST}\n`;
    assert.deepEqual(parseStat(text), expected, JSON.stringify(name));
  }
});

Deno.test("procTable() has few files open at a time, however many processes there are", async () => {
  const pids = Array.from({ length: 1000 }, (_, i) => i + 1);
  let open = 0;
  let most = 0;
  const table = procTable({
    ...machine,
    files: {
      ...machine.files,
      list: () => Promise.resolve(pids.map(String)),
      readText: () => Promise.resolve("10000.00 1.00"),
      async readTextIfExists(path) {
        most = Math.max(most, ++open);
        await new Promise((done) => setTimeout(done, 0));
        open--;
        const pid = path.split("/")[2];
        return path.endsWith("stat") ? `${pid} (x) S 1 ${pid} ${pid} 0 -1 0 0 0 ${REST}` : "python\0x";
      },
    },
  });
  assert.equal((await table.living()).length, pids.length);
  assert.ok(most <= 16, `${most} files at once`);
});

Deno.test("parseStat() tells a zombie, and what is no process", () => {
  assert.equal(parseStat(`1 (x) Z 1 1 1 0 -1 0 0 0 ${REST}`)?.zombie, true);
  assert.equal(parseStat(`1 (x) D 1 1 1 0 -1 0 0 0 ${REST}`)?.zombie, false);
  assert.equal(parseStat(`1 (x) T 1 1 1 0 -1 0 0 0 ${REST}`)?.stopped, true);
  for (const text of ["", "1", "1 (x)", "1 (x) S 1 1 1"]) assert.equal(parseStat(text), null);
});

// In the form that ps(1) of macOS documents: lstart is the C locale's date, padded; `-E` adds the environment.
const DARWIN = `\
    1     1 Ss   12-03:04:05 Sun Nov  1 20:11:12 2026     /sbin/launchd
  512   512 S       01:02:03 Fri Nov 13 22:13:14 2026     /Users/me/env/bin/python /Users/me/.xcore/run/worker.py xcore-0a1b2c3d worker-0 00ff
  513   512 Z+         00:07 Fri Nov 13 23:15:10 2026     <defunct>
 7000  7000 Ss         59:59 Fri Nov 13 22:15:18 2026     sh -c echo one
two
`;

Deno.test("parsePs() reads what macOS prints", () => {
  const [launchd, worker, defunct, shell, ...more] = parsePs(DARWIN);
  assert.deepEqual(more, []);
  assert.deepEqual(launchd, {
    pid: 1,
    startTime: String(Date.UTC(2026, 10, 1, 20, 11, 12) / 1000),
    ageS: 12 * 86_400 + 3 * 3600 + 4 * 60 + 5,
    zombie: false,
    stopped: false,
    session: 1,
    commandLine: "/sbin/launchd",
  });
  assert.equal(worker?.ageS, 3723);
  assert.ok(psEndsWith(worker.commandLine, "/Users/me/.xcore/run/worker.py xcore-0a1b2c3d worker-0 00ff"));
  assert.ok(!psEndsWith(worker.commandLine, "/Users/me/.xcore/run/worker.py xcore-0a1b2c3d worker-1 00ff"));
  assert.ok(!psEndsWith(worker.commandLine, "/.xcore/run/worker.py xcore-0a1b2c3d worker-0 00ff"));
  assert.equal(defunct?.zombie, true);
  assert.equal(defunct.session, 512);
  assert.equal(shell?.commandLine, "sh -c echo one\ntwo");
});

Deno.test("psEndsWith() does without characters that ps may write in its own way", () => {
  const tail = "/Users/Zoë/a\nb/.xcore/run/worker.py xcore-0a1b2c3d worker-0 00ff";
  const shown = "python /Users/Zo\\M-C\\M-+/a\\012b/.xcore/run/worker.py xcore-0a1b2c3d worker-0 00ff";
  assert.ok(psEndsWith(shown, tail));
  assert.ok(!psEndsWith(shown, tail.replace("worker-0", "worker-1")));
  assert.ok(!psEndsWith(shown.replace("/.xcore", "/.other"), tail));
});

Deno.test(needing(linux() ?? programs("ps"), "ps and /proc say the same of this process", async () => {
  const itself = async (table: ProcessTable) => (await table.identify([Deno.pid])).get(Deno.pid)!;
  const nowS = () => Date.now() / 1000;
  const beforeS = nowS();
  const byProc = await itself(procTable(machine));
  const byPs = await itself(psTable(machine));
  const later = await itself(procTable(machine));
  const afterS = nowS();
  assert.equal(byPs.commandLine.trimEnd(), byProc.commandLine.trimEnd());
  assert.equal(byPs.zombie, byProc.zombie);
  // ps(1) has whole seconds; however long all of it takes, it was asked between the two others.
  const isBetween = (from: number, it: number, to: number) =>
    assert.ok(from - 3 < it && it < to + 3, `${from} s, ${it} s, ${to} s`);
  isBetween(byProc.ageS, byPs.ageS, later.ageS);
  isBetween(beforeS - byProc.ageS, Number(byPs.startTime), afterS - later.ageS);
  assert.ok((await psTable(machine).living()).some(({ pid }) => pid === Deno.pid));
}));

/** A shell's script, its own first argument, that replaces the shell with another one over and over. */
const AGAIN = `exec sh -c "$1" sh "$1"`;

Deno.test(needing(
  linux(),
  "a process carries the variables it was started with",
  async () => {
    const child = new Deno.Command("sleep", { args: ["1000"], env: { XCORE_PROCESS: "a.b.c" } }).spawn();
    try {
      const table = procTable(machine);
      // Between fork and exec it still is what made it.
      await until(async () => await Deno.readTextFile(`/proc/${child.pid}/comm`) === "sleep\n");
      assert.ok(await table.carries(child.pid, "XCORE_PROCESS=a.b.c"));
      assert.ok(!await table.carries(child.pid, "XCORE_PROCESS=a.b"));
      assert.ok(!await table.carries(1, "XCORE_PROCESS=a.b.c"));
      assert.ok(!await table.carries(4_194_303, "XCORE_PROCESS=a.b.c"));
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  },
));

Deno.test(needing(
  linux(),
  "a process carries its variables also while it becomes another program",
  async () => {
    const env = { XCORE_PROCESS: "a.b.c" };
    const child = new Deno.Command("sh", { args: ["-c", AGAIN, "sh", AGAIN], env }).spawn();
    try {
      const table = procTable(machine);
      await until(async () => await Deno.readTextFile(`/proc/${child.pid}/comm`) === "sh\n");
      for (let i = 0; i < 1000; i++) assert.ok(await table.carries(child.pid, "XCORE_PROCESS=a.b.c"));
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  },
));

Deno.test(needing(
  linux(),
  "a process that has ended and is not reaped is a zombie",
  async () => {
    // Its parent, a sleep that took the shell's place, never asks for it.
    const parent = new Deno.Command("sh", { args: ["-c", "sleep 0 & exec sleep 1000"] }).spawn();
    try {
      const table = procTable(machine);
      const children = `/proc/${parent.pid}/task/${parent.pid}/children`;
      let pid = 0;
      await until(async () => {
        pid = Number((await Deno.readTextFile(children)).trim());
        return (await table.identify([pid])).get(pid)?.zombie === true;
      });
      assert.ok(!(await table.living()).some((process) => process.pid === pid));
    } finally {
      parent.kill("SIGKILL");
      await parent.status;
    }
  },
));

Deno.test(needing(programs("ps"), "a program gives the start time that ps gives", async () => {
  const folder = new URL("../../../python/node", import.meta.url).pathname;
  const script = `
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import local_process
sys.platform = "darwin"
print(local_process.start_time(), flush=True)
columns = "pid=,pgid=,stat=,etime=,lstart=,command="
subprocess.run(["ps", "-ww", "-o", columns, "-p", str(os.getpid())], env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
`;
  const { stdout, stderr } = await machine.run([testPython(), "-c", script, folder]);
  const [own = "", ...listed] = stdout.split("\n");
  const [process] = parsePs(listed.join("\n"));
  assert.ok(process !== undefined, stderr);
  // Linux' ps works the time out from two clocks, which may round it otherwise a moment later.
  assert.ok(Math.abs(Number(process.startTime) - Number(own)) <= 1, stdout);
}));

Deno.test("a system with no process table is named", () => {
  assert.throws(() => processTable({ ...machine, os: "windows" }), PrerequisiteError);
});
