import assert from "node:assert/strict";
import { assertWording } from "../../support/wording.ts";
import { UsageError } from "../../../lib/errors.ts";
import { chooseManager } from "../../../lib/service/choose_manager.ts";
import { failure } from "../config/_home.ts";
import { type Answer, fakeMachine } from "./_machine.ts";

type Options = Parameters<typeof fakeMachine>[1];

async function chosen(answer: (command: string) => Answer, options: Options = {}) {
  await using machine = await fakeMachine(answer, options);
  const choice = await chooseManager(machine.runtime, machine.home);
  return { choice, commands: machine.commands };
}

const works = () => undefined;

Deno.test("root's daemon is for the machine's systemd", async () => {
  assert.deepEqual((await chosen(works, { change: { uid: 0 } })).choice, { manager: "system" });
});

Deno.test("a user's daemon is for the user's systemd, which is told to outlive a logout", async () => {
  let lingers = "no";
  const { choice, commands } = await chosen((command) => {
    if (command.includes("enable-linger 1000")) lingers = "yes";
    return command.includes("--property=Linger") ? `${lingers}\n` : undefined;
  });
  assert.ok(choice.manager === "user");
  assertWording("service", "lingering", choice.news ?? "");
  assert.ok(commands.includes("loginctl enable-linger 1000"));
});

Deno.test("a user who lingers is not made to again", async () => {
  const { choice, commands } = await chosen((command) =>
    command.includes("--property=Linger") ? "yes\n" : undefined
  );
  assert.deepEqual(choice, { manager: "user" });
  assert.deepEqual(commands.filter((command) => command.includes("enable-linger")), []);
});

Deno.test("who may not linger is told who can change that", async () => {
  const { choice } = await chosen((command) => {
    if (command.includes("enable-linger")) {
      return { code: 1, stderr: "Could not enable linger: Access denied\n" };
    }
    return command.includes("--property=Linger") ? "no\n" : undefined;
  }, { env: { USER: "ann" } });
  assert.ok(choice.manager === null);
  assertWording("service", "no right to linger", `${choice.why}\n${choice.hint}`);
});

Deno.test("who has no way to the user's systemd is told how to have one", async () => {
  const { choice } = await chosen((command) =>
    command.startsWith("systemctl --user")
      ? { code: 1, stderr: "Failed to connect to bus: No medium found\n" }
      : undefined
  );
  assert.equal(choice.manager, null);
  assert.match(JSON.stringify(choice), /cannot be reached: Failed to connect to bus: No medium found/);
  assert.match(JSON.stringify(choice), /log in by ssh or on a console/);
});

Deno.test("a systemd whose programs are not there is no systemd", async () => {
  const { choice } = await chosen(works, {
    change: { uid: 0, run: () => Promise.reject(new Deno.errors.NotFound("systemctl")) },
  });
  assert.ok(choice.manager === null && choice.hint === "");
  assertWording("service", "no systemctl", choice.why);
});

Deno.test("without systemd or launchd nothing is asked of anybody", async () => {
  const { choice, commands } = await chosen(works, { booted: false });
  assert.deepEqual(choice, { manager: null, why: "this machine has neither systemd nor launchd", hint: "" });
  assert.deepEqual(commands, []);
});

Deno.test("macOS has launchd", async () => {
  assert.deepEqual((await chosen(works, { change: { os: "darwin" } })).choice, { manager: "launchd" });
});

Deno.test("XCORE_SERVICE=none does without, and nothing else is a word for it", async () => {
  const { choice, commands } = await chosen(works, { env: { XCORE_SERVICE: "none" } });
  assert.equal(choice.manager, null);
  assert.deepEqual(commands, []);
  const error = await failure(chosen(works, { env: { XCORE_SERVICE: "off" } }));
  assert.ok(error instanceof UsageError);
});

Deno.test("a home that no unit can name gets none", async () => {
  await using machine = await fakeMachine();
  const { manager } = await chooseManager(machine.runtime, { ...machine.home, dir: "/h/a\nb" });
  assert.equal(manager, null);
});
