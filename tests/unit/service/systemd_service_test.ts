import assert from "node:assert/strict";
import { ConflictError } from "../../../lib/errors.ts";
import { propertiesIn } from "../../../lib/service/systemd.ts";
import { serviceIn } from "../../../lib/service/choose_manager.ts";
import { stateIn, systemdUnit } from "../../../lib/service/systemd_service.ts";
import { failure } from "../config/_home.ts";
import { type Answer, fakeMachine } from "./_machine.ts";

async function installed(answer: (command: string) => Answer = () => undefined) {
  const machine = await fakeMachine((command) =>
    command.includes("UnitPath")
      ? `UnitPath=/run/user/1000/systemd/user ${machine.folder}/units/systemd/user /etc/systemd/user\n`
      : answer(command)
  );
  const { runtime, home } = machine;
  const service = serviceIn(runtime, home, await systemdUnit(runtime, "user", "mine-0a1b2c3d"));
  return {
    ...machine,
    service,
    /** What was asked of systemd but for questions. */
    orders: () => machine.commands.filter((command) => !/ show /.test(command)),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  };
}

Deno.test("a unit is written where the manager reads first, and loaded when it is new", async () => {
  await using machine = await installed();
  const { service, folder } = machine;
  assert.equal(service.file, `${folder}/units/systemd/user/xcore@mine-0a1b2c3d.service`);
  assert.equal(await service.install(machine.spec()), true);
  assert.equal(await service.install(machine.spec()), false);
  assert.equal(await service.install(machine.spec({ build: "another" })), true);
  const unit = "xcore@mine-0a1b2c3d.service";
  assert.deepEqual(machine.orders(), [
    "systemctl --user daemon-reload",
    `systemctl --user enable --quiet ${unit}`,
    `systemctl --user enable --quiet ${unit}`,
    "systemctl --user daemon-reload",
    `systemctl --user enable --quiet ${unit}`,
  ]);
});

Deno.test("a unit of another home is left alone, unless that home is no more", async () => {
  await using machine = await installed();
  const { service, folder, home } = machine;
  const other = { ...home, dir: `${folder}/other` };
  await service.install(machine.spec({ home: other }));
  assert.equal(await service.install(machine.spec()), true, "that one has moved");

  await service.install(machine.spec({ home: other }));
  await Deno.mkdir(other.dir);
  await Deno.writeTextFile(`${other.dir}/config.yaml`, "");
  const error = await failure(service.install(machine.spec()));
  assert.ok(error instanceof ConflictError);
  assert.match(error.message, new RegExp(` ${other.dir}`));
});

Deno.test("a start that fails says why, and leaves nothing that goes on trying", async () => {
  await using machine = await installed((command) => {
    if (command.includes(" restart ")) return { code: 1, stderr: "Job for xcore@mine failed.\n" };
    return command.includes(" show ")
      ? "ActiveState=failed\nResult=exit-code\nMainPID=0\nNRestarts=0\nExecMainCode=1\nExecMainStatus=3\n"
      : undefined;
  });
  const error = await failure(machine.service.start());
  assert.equal(error.message, "Cannot start the daemon: it ended with exit code 3");
  assert.equal(machine.orders().at(-1), "systemctl --user stop xcore@mine-0a1b2c3d.service");
});

Deno.test("remove() takes all away, and once is enough", async () => {
  await using machine = await installed();
  await machine.service.install(machine.spec());
  machine.commands.length = 0;
  await machine.service.remove();
  assert.equal(await machine.runtime.files.exists(machine.service.file), false);
  assert.equal(machine.orders()[0], "systemctl --user disable --now --quiet xcore@mine-0a1b2c3d.service");
  machine.commands.length = 0;
  await machine.service.remove();
  assert.deepEqual(machine.commands, []);
});

function failureIn(text: string): string | null {
  return stateIn(propertiesIn(text)).failure;
}

Deno.test("stateIn() says why systemd has given up, and nothing while it has not", () => {
  const crashed = "Result=signal\nMainPID=0\nExecMainCode=2\nExecMainStatus=11\n";
  assert.equal(failureIn(`ActiveState=activating\nNRestarts=3\n${crashed}`), null);
  assert.equal(
    failureIn(`ActiveState=failed\nNRestarts=5\n${crashed}`),
    "it ended 5 times within minutes and systemd gave up; the last time it was killed by signal 11",
  );
  assert.equal(
    failureIn("ActiveState=failed\nNRestarts=5\nResult=watchdog\nExecMainCode=2\nExecMainStatus=9\n"),
    "it ended 5 times within minutes and systemd gave up; the last time it did not respond",
  );
  assert.equal(
    failureIn("ActiveState=failed\nNRestarts=0\nResult=exit-code\nExecMainCode=1\nExecMainStatus=4\n"),
    "it ended with exit code 4",
  );
});

Deno.test("stateIn() of a manager that cannot be asked is that nothing is known to run", () => {
  assert.deepEqual(stateIn(null), { active: false, pid: null, restarts: 0, failure: null });
});
