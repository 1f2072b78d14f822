import assert from "node:assert/strict";
import { serviceIn } from "../../../lib/service/choose_manager.ts";
import { launchdUnit, stateIn } from "../../../lib/service/launchd_service.ts";
import { failure } from "../config/_home.ts";
import { type Answer, fakeMachine } from "./_machine.ts";

const LABEL = "org.crosscore.xcore.mine-0a1b2c3d";

/** Nothing is loaded, and everything else is a success. */
const works = (command: string): Answer =>
  command.includes(`/${LABEL}`) && command.includes("print") ? 113 : undefined;

async function installed(answer: (command: string) => Answer = works, uid = 501) {
  const machine = await fakeMachine((command) => answer(command) ?? works(command), {
    change: { os: "darwin", uid },
  });
  const { runtime, home } = machine;
  return { machine, service: serviceIn(runtime, home, launchdUnit(runtime, "mine-0a1b2c3d")) };
}

Deno.test("an agent is written into the person's library and started in the session on the screen", async () => {
  const { machine, service } = await installed();
  await using _ = machine;
  assert.equal(service.file, `${machine.folder}/Library/LaunchAgents/${LABEL}.plist`);
  assert.equal(await service.install(machine.spec()), true);
  assert.equal(await service.install(machine.spec()), false);
  await service.start();
  assert.deepEqual(machine.commands.filter((command) => !command.includes(" print ")), [
    `launchctl bootout gui/501/${LABEL}`,
    `launchctl enable gui/501/${LABEL}`,
    `launchctl bootstrap gui/501 ${service.file}`,
  ]);
});

Deno.test("a user without a graphical login has an agent, too, and root has a daemon", async () => {
  const ssh = await installed((command) => command.includes("print gui/") ? 113 : undefined);
  await using _1 = ssh.machine;
  await ssh.service.install(ssh.machine.spec());
  await ssh.service.stop();
  assert.ok(ssh.machine.commands.includes(`launchctl bootout user/501/${LABEL}`));

  const root = await installed(undefined, 0);
  await using _2 = root.machine;
  await root.service.state();
  assert.equal(root.service.file, `/Library/LaunchDaemons/${LABEL}.plist`);
  assert.equal(root.machine.commands[0], `launchctl print system/${LABEL}`);
});

Deno.test("a start waits until the one before has gone", async () => {
  let looks = 0;
  const { machine, service } = await installed((command) =>
    command.includes(`print gui/501/${LABEL}`) && ++looks < 3 ? "state = running" : undefined
  );
  await using _ = machine;
  await service.start();
  const last = machine.commands.findLastIndex((command) => command.includes(`print gui/501/${LABEL}`));
  assert.equal(looks, 3);
  assert.ok(last < machine.commands.findIndex((command) => command.includes("bootstrap")));
});

Deno.test("what launchd refuses is passed on", async () => {
  const { machine, service } = await installed((command) =>
    command.includes("bootstrap")
      ? { code: 5, stderr: "Bootstrap failed: 5: Input/output error\n" }
      : undefined
  );
  await using _ = machine;
  const error = await failure(service.start());
  assert.match(error.message, /launchd says: Bootstrap failed: 5: Input\/output error/);
  assert.match(error.hint, /XCORE_SERVICE=none/);
});

Deno.test("stateIn() reads what launchctl prints", () => {
  const stdout =
    `gui/501/${LABEL} = {\n\tactive count = 1\n\tstate = running\n\n\truns = 3\n\tpid = 4711\n}\n`;
  assert.deepEqual(stateIn({ code: 0, stdout, stderr: "" }), {
    active: true,
    pid: 4711,
    restarts: 2,
    failure: null,
  });
  assert.deepEqual(stateIn({ code: 113, stdout: "", stderr: "Could not find service" }), {
    active: false,
    pid: null,
    restarts: null,
    failure: null,
  });
});
