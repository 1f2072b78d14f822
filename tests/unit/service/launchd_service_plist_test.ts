import assert from "node:assert/strict";
import { label, plistText } from "../../../lib/service/launchd_service.ts";
import { homeIn } from "../../../lib/service/service.ts";
import { testPython } from "../../support/test_python.ts";
import { fakeMachine } from "./_machine.ts";

/** The keys of launchd.plist(5) that a daemon may want, and their types as Python's plistlib names them. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  AbandonProcessGroup: "bool",
  Disabled: "bool",
  EnableGlobbing: "bool",
  EnvironmentVariables: "dict",
  ExitTimeOut: "int",
  GroupName: "str",
  HardResourceLimits: "dict",
  InitGroups: "bool",
  KeepAlive: "dict",
  Label: "str",
  LaunchOnlyOnce: "bool",
  LimitLoadToSessionType: "str",
  LowPriorityBackgroundIO: "bool",
  LowPriorityIO: "bool",
  Nice: "int",
  ProcessType: "str",
  Program: "str",
  ProgramArguments: "list",
  QueueDirectories: "list",
  RootDirectory: "str",
  RunAtLoad: "bool",
  SessionCreate: "bool",
  SoftResourceLimits: "dict",
  StandardErrorPath: "str",
  StandardInPath: "str",
  StandardOutPath: "str",
  StartCalendarInterval: "dict",
  StartInterval: "int",
  StartOnMount: "bool",
  ThrottleInterval: "int",
  Umask: "int",
  UserName: "str",
  WatchPaths: "list",
  WorkingDirectory: "str",
};

/** The sub-keys of KeepAlive in launchd.plist(5). */
const KEEP_ALIVE = [
  "SuccessfulExit",
  "Crashed",
  "NetworkState",
  "PathState",
  "OtherJobEnabled",
  "AfterInitialDemand",
];

const READ = `
import json, plistlib, sys
plist = plistlib.loads(sys.argv[1].encode())
print(json.dumps({"plist": plist, "types": {key: type(value).__name__ for key, value in plist.items()}}))
`;

async function parsed(text: string) {
  const { code, stdout, stderr } = await new Deno.Command(testPython(), { args: ["-c", READ, text] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("launchd's file has documented keys only, each of its type", async () => {
  await using machine = await fakeMachine();
  const { plist, types } = await parsed(plistText(machine.spec()));
  for (const [key, type] of Object.entries(types)) assert.equal(type, DOCUMENTED[key], key);
  assert.deepEqual(Object.keys(plist.KeepAlive).filter((key) => !KEEP_ALIVE.includes(key)), []);
  assert.ok(["Background", "Standard", "Adaptive", "Interactive"].includes(plist.ProcessType));
  assert.equal(plist.Label, label({ clusterId: "mine-0a1b2c3d" }));
  assert.equal(plist.Umask, 0o077, "launchd takes it as a decimal number");
  assert.deepEqual(plist.KeepAlive, { SuccessfulExit: false });
  assert.equal(plist.RunAtLoad, true);
});

Deno.test("what launchd runs is the daemon, with the credentials from their file and none in the plist", async () => {
  await using machine = await fakeMachine(undefined, { env: { XCORE_HOME: `/h/a--b <"&'> $x` } });
  const home = { ...machine.home, daemonEnv: `${machine.folder}/daemon.env` };
  await Deno.writeTextFile(home.daemonEnv, 'AWS_SECRET_ACCESS_KEY="s3\\$cret"\n');
  const command = [
    "/bin/sh",
    "-c",
    'echo "$AWS_SECRET_ACCESS_KEY" "$XCORE_HOME" "$@"',
    "sh",
    "daemon",
    "run",
  ];
  const text = plistText(machine.spec({ home, command, env: { XCORE_HOME: home.root } }));
  assert.doesNotMatch(text, /s3/);
  assert.equal(homeIn(text), home.dir);
  const { plist } = await parsed(text);
  const [program, ...args] = plist.ProgramArguments;
  const { stdout } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: plist.EnvironmentVariables,
  })
    .output();
  assert.equal(new TextDecoder().decode(stdout), `s3$cret ${home.root} daemon run\n`);
});
