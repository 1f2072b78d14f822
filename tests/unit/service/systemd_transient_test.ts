import assert from "node:assert/strict";
import { XcoreError } from "../../../lib/errors.ts";
import { startInUnit, transientCommand, type TransientProgram } from "../../../lib/service/systemd.ts";
import { failure } from "../config/_home.ts";
import { type Answer, fakeMachine } from "./_machine.ts";

const PROGRAM: TransientProgram = {
  unit: "xcore-x-worker-0-a",
  description: "worker-0 of x",
  command: ["/usr/bin/python3", "/h/$HOME/worker.py"],
  cwd: "/h/run",
  logPath: "/h/logs/w.log",
  environmentFile: "/h/[x]/job.env",
  env: { XCORE_PROCESS: "mark" },
};

async function started(answer: (command: string) => Answer) {
  await using machine = await fakeMachine(answer);
  const logPath = `${machine.folder}/w.log`;
  const pid = await startInUnit(machine.runtime, "user", { ...PROGRAM, logPath });
  return { pid, mode: (await Deno.stat(logPath)).mode! & 0o777 };
}

Deno.test("transientCommand() hands over the words as they are", () => {
  const words = transientCommand(PROGRAM);
  assert.deepEqual(words.slice(words.indexOf("--")), ["--", "/usr/bin/python3", "/h/$$HOME/worker.py"]);
  assert.ok(words.includes("--property=EnvironmentFile=-/h/\\[x]/job.env"));
  assert.ok(words.includes("--setenv=XCORE_PROCESS=mark"));
});

Deno.test("startInUnit() gives the process's id, and a log that is its owner's alone", async () => {
  assert.deepEqual(await started((command) => command.includes("MainPID") ? "MainPID=42\n" : undefined), {
    pid: 42,
    mode: 0o600,
  });
});

Deno.test("startInUnit() of what runs already is that process", async () => {
  const { pid } = await started((command) =>
    command.startsWith("systemd-run")
      ? { code: 1, stderr: "Failed to start transient service unit: Unit already exists.\n" }
      : "MainPID=42\n"
  );
  assert.equal(pid, 42);
});

Deno.test("startInUnit() of what ends at once is no process", async () => {
  assert.equal(
    (await started((command) => command.includes("MainPID") ? "MainPID=0\n" : undefined)).pid,
    null,
  );
});

Deno.test("startInUnit() passes on why systemd does not start it", async () => {
  const error = await failure(
    started((command) =>
      command.startsWith("systemd-run")
        ? { code: 1, stderr: "Failed to connect to bus: No medium found\n" }
        : "MainPID=0\n"
    ),
  );
  assert.ok(error instanceof XcoreError);
  assert.match(error.message, /worker-0 of x: systemd says: Failed to connect to bus: No medium found/);
});
