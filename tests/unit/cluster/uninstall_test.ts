import assert from "node:assert/strict";
import { ConflictError, UsageError } from "../../../lib/errors.ts";
import { homeOf } from "../../../lib/config/home.ts";
import { takeDaemonLock } from "../../../lib/daemon/presence.ts";
import { serviceFor } from "../../../lib/service/choose_manager.ts";
import { writeNote } from "../../../lib/service/service.ts";
import { failure } from "../config/_home.ts";
import { CONFIG, configOf, uninstalling } from "./_uninstalling.ts";

const UNIT = "xcore@mine-0a1b2c3d.service";

/** What a home has after an init, a start, jobs and a shutdown, on this machine and in a cloud. */
const MADE = [
  ...["terraform-plugins/.xcore-init.lock", "terraform-plugins/a/b", "terraform-plugins.lock"],
  ...["init.lock", "env.lock", "python/crosscore/__init__.py", "python/crosscore/cluster.py"],
  ...["python/pyproject.toml", "python/crosscore/__pycache__/cluster.cpython-311.pyc"],
];
const MADE_OF_A_CLUSTER = [
  ...["config.yaml.lock", "config.yaml.0.0.1", "config.yaml.17.0a1b2c3d.part", "verb.lock", "daemon.lock"],
  ...["history.db", "history.db-wal", "history.db-shm", "known_hosts", "daemon.env", "job.env"],
  ...["logs/daemon.log", "logs/daemon.log.1", "logs/daemon.out", "logs/terraform.log", "logs/packer.log"],
  ...["logs/worker-0.20261129T161419Z.119b7d53fcc3f5f41036a83d.log", "run/base.lock"],
  ...["tls/ca.pem", "tls/ca.key", "tls/worker.pem", "tls.old/client.key"],
  ...["terraform/network.tf", "terraform/xcore.auto.tfvars.json", "terraform/.terraform.lock.hcl"],
  ...["terraform/xcore.lock.hcl"],
  ...["terraform/terraform.tfstate.backup", "terraform/.terraform/providers/a/b"],
  ...["packer/aws.pkr.hcl", "packer/provision.sh", "packer/manifest.json", "packer/build.lock"],
];

/** A local cluster is looked for by its processes, and not by what it cannot have. */
async function withHome() {
  const machine = await uninstalling();
  for (const path of [...MADE, ...MADE_OF_A_CLUSTER]) await machine.write(`home/${path}`);
  for (const path of MADE_OF_A_CLUSTER) await machine.write(`home/clusters/demo/${path}`);
  await machine.write("home/config.yaml", CONFIG);
  await machine.write("home/clusters/demo/config.yaml", configOf("demo"));
  await machine.write("home/clusters/failed/run/probe-0a1b2c3d");
  return machine;
}

Deno.test("uninstall() removes all that xcore has made, after it has said so and asked", async () => {
  await using machine = await withHome();
  const { done, removed, kept } = await machine.uninstall();
  assert.deepEqual({ done, removed, kept }, { done: true, removed: [machine.home.root], kept: [] });
  assert.deepEqual(await machine.tree(), []);
  assert.deepEqual(machine.said, [
    `Will be removed: xcore's files in ${machine.home.root}, with the settings, logs and history of 2 clusters`,
    "Remove xcore's files?",
  ]);
  const again = await machine.uninstall();
  assert.deepEqual([again.done, again.removed, machine.said.length], [true, [], 2], "nothing to ask");
});

Deno.test("uninstall() changes nothing when the answer is no, or there is no terminal to ask on", async () => {
  await using machine = await withHome();
  await Deno.remove(`${machine.home.root}/verb.lock`);
  const before = await machine.tree();
  assert.equal((await machine.uninstall(() => Promise.resolve(false))).done, false);
  assert.deepEqual(await machine.tree(), before);
  await failure(machine.uninstall(() => Promise.reject(new Error("no terminal"))));
  assert.deepEqual(await machine.tree(), before);
});

Deno.test("uninstall() keeps and names what xcore has not made, and follows no link", async () => {
  await using machine = await withHome();
  const mine = [
    "home/notes.txt",
    "home/logs/results.csv",
    "home/run/scratch/x.worker-0/result.npy",
    "home/clusters/demo/terraform/mine_override.tf",
    "home/env/bin/python",
    "home/python/mine.py",
    "elsewhere/data.csv",
    "elsewhere/logs/daemon.log",
  ];
  for (const path of mine) await machine.write(path, "precious");
  await machine.write("home/clusters/file", "precious");
  await Deno.symlink(`${machine.folder}/elsewhere`, `${machine.home.root}/clusters/linked`);
  await Deno.symlink(
    `${machine.folder}/elsewhere/data.csv`,
    `${machine.home.root}/clusters/demo/logs/daemon.log.2`,
  );
  await Deno.remove(`${machine.home.root}/packer`, { recursive: true });
  await Deno.symlink(`${machine.folder}/elsewhere`, `${machine.home.root}/packer`);
  const { removed, kept } = await machine.uninstall();
  assert.deepEqual(
    kept.map((path) => path.slice(machine.home.root.length + 1)).sort(),
    [
      "clusters/demo/logs/daemon.log.2",
      "clusters/demo/terraform/mine_override.tf",
      "clusters/file",
      "clusters/linked",
      "env",
      "logs/results.csv",
      "notes.txt",
      "packer",
      "python/mine.py",
      "run/scratch",
    ],
  );
  for (const path of mine) assert.equal(await Deno.readTextFile(`${machine.folder}/${path}`), "precious");
  for (const path of kept) assert.ok(machine.said.some((line) => line.includes(path)));
  assert.ok(!removed.includes(machine.home.root) && removed.includes(`${machine.home.root}/config.yaml`));
  const left = await machine.tree();
  assert.deepEqual(left.filter((path) => /config\.yaml|\.(key|lock|env)$/.test(path)), []);
  await machine.write("home/init.lock");
  assert.deepEqual(
    (await machine.uninstall()).removed,
    [`${machine.home.root}/init.lock`],
    "as after an init",
  );
});

Deno.test("uninstall() keeps a file that appears in a folder while the person is asked", async () => {
  await using machine = await withHome();
  await machine.uninstall(async () => {
    await machine.write("home/logs/new.txt", "precious");
    return true;
  });
  assert.deepEqual(await machine.tree(), ["home", "home/logs", "home/logs/new.txt"]);
});

Deno.test("uninstall() removes a Python environment that xcore has made, and no other", async () => {
  for (
    const [mark, gone] of [["env/made-by-xcore", true], ["env.making", true], ["env.lock", false]] as const
  ) {
    await using machine = await withHome();
    for (const path of ["bin/python", "lib/python3.11/site-packages/dask.py", "pyvenv.cfg"]) {
      await machine.write(`home/env/${path}`);
    }
    await Deno.symlink("lib", `${machine.home.root}/env/lib64`);
    await machine.write(`home/${mark}`);
    await machine.uninstall();
    assert.equal(!await machine.runtime.files.exists(machine.home.root), gone, mark);
  }
});

Deno.test("uninstall() removes the units of its clusters, also one that no note names, and no other home's", async () => {
  await using machine = await uninstalling(
    { booted: true },
    (command) =>
      command.includes("UnitPath") ? `UnitPath=${machine.folder}/.config/systemd/user\n` : undefined,
  );
  const { runtime, home, folder } = machine;
  await machine.write("home/config.yaml", CONFIG);
  await machine.write("home/clusters/demo/config.yaml", configOf("demo"));
  await machine.write("other/config.yaml", configOf("other"));
  const demo = homeOf(runtime, "demo");
  const other = { ...home, dir: `${folder}/other` };
  const gone = { ...home, dir: `${folder}/gone` };
  for (const [clusterId, of] of Object.entries({ mine: home, demo, other, gone })) {
    const service = await serviceFor(runtime, of, "user", `${clusterId}-0a1b2c3d`);
    await service.install(machine.spec({ clusterId: `${clusterId}-0a1b2c3d`, home: of }));
    if (clusterId === "mine") await writeNote(runtime, home, service);
  }
  machine.commands.length = 0;
  const { removed, left } = await machine.uninstall();
  const units = `${folder}/.config/systemd/user`;
  assert.deepEqual(removed, [home.root, `${units}/${UNIT}`, `${units}/${UNIT.replace("mine", "demo")}`]);
  assert.ok(machine.said.includes(`Will be removed: the unit ${UNIT} (${units}/${UNIT})`));
  assert.ok(
    machine.commands.includes(`systemctl --user disable --now --quiet ${UNIT}`),
    machine.commands.join("\n"),
  );
  assert.deepEqual((await runtime.files.list(units)).map((name) => name.split("-")[0]), [
    "xcore@gone",
    "xcore@other",
  ]);
  assert.deepEqual(left.filter(({ where }) => where.startsWith(folder)), [
    {
      what: `the unit of a deleted home (${folder}/gone)`,
      where: `${units}/${UNIT.replace("mine", "gone")}`,
      command: `systemctl --user disable --now ${UNIT.replace("mine", "gone")}; rm ${units}/${
        UNIT.replace("mine", "gone")
      }`,
    },
    {
      what: `another home of xcore (daemon: ${UNIT.replace("mine", "other")})`,
      where: `${folder}/other`,
      command: null,
    },
  ]);
});

Deno.test("uninstall() refuses while a cluster is there or may be, names each and what to type, and changes nothing", async () => {
  const state = JSON.stringify({ resources: [{ mode: "managed" }] });
  const cases:
    readonly (readonly [files: Readonly<Record<string, string>>, message: RegExp, hint: RegExp])[] = [
      [
        { "home/config.yaml": CONFIG, "home/run/made.yaml": CONFIG },
        /: cluster mine still exists \(/,
        /^Run `xcore shutdown`, then `xcore uninstall` again\.$/,
      ],
      [
        {
          "home/config.yaml": CONFIG,
          "home/clusters/cloudy/config.yaml": configOf("mine", "aws"),
          "home/clusters/cloudy/terraform/terraform.tfstate": state,
        },
        /: cluster cloudy still exists \(it was started/,
        /^Run `xcore -c cloudy shutdown`, then/,
      ],
      [
        { "home/config.yaml": "max_workers: [", "home/history.db": "" },
        /cluster xcore may still exist \(.*config\.yaml/,
        /Run `xcore shutdown`, then `xcore uninstall` again\.$/,
      ],
      [
        { "home/config.yaml": "some: other program's\n" },
        /may still exist \(.*config\.yaml/,
        /xcore uninstall` again\.$/,
      ],
      [
        { "home/init.lock": "", "home/clusters/lost/terraform/terraform.tfstate": state },
        /cluster lost may still exist \(.*clusters\/lost has a Terraform state with resources in it and no config\.yaml\)$/,
        /clusters\/lost\/config\.yaml\. Run `xcore -c lost shutdown`/,
      ],
      [
        {
          "home/config.yaml": CONFIG,
          "home/run/made.yaml": "",
          "home/clusters/b/config.yaml": CONFIG,
          "home/clusters/b/run/made.yaml": "",
        },
        /cluster mine still exists \(.*\); cluster b still exists \(.*\)$/,
        /^Run `xcore shutdown` and `xcore -c b shutdown`, then/,
      ],
    ];
  for (const [files, message, hint] of cases) {
    await using machine = await uninstalling();
    for (const [path, text] of Object.entries(files)) await machine.write(path, text);
    const before = await machine.tree();
    const error = await failure(machine.uninstall());
    assert.ok(error instanceof ConflictError, String(error));
    assert.match(error.message, message);
    assert.match(error.hint, hint);
    assert.deepEqual(machine.said, []);
    assert.deepEqual(await machine.tree(), before);
  }
});

Deno.test("uninstall() refuses while a daemon runs, or another command is at work", async () => {
  await using machine = await uninstalling();
  await machine.write("home/config.yaml", CONFIG);
  const { runtime, home } = machine;
  const daemon = await takeDaemonLock(runtime, home);
  assert.match((await failure(machine.uninstall())).message, /still exists \(its daemon is running\)$/);
  daemon!.release();
  const start = await runtime.files.lock(home.verbLock, "start");
  const error = await failure(machine.uninstall());
  assert.ok(error instanceof ConflictError);
  assert.match(error.message, /`xcore start`/);
  start.release();
  assert.equal((await machine.uninstall()).done, true);
});

Deno.test("uninstall() of a cluster that was only set up does not ask the cloud, since nothing can be there", async () => {
  await using machine = await uninstalling();
  await machine.write("home/config.yaml", configOf("mine", "aws"));
  await machine.write("home/terraform/.terraform/providers/x");
  assert.equal((await machine.uninstall()).done, true);
  assert.deepEqual(await machine.tree(), []);
});

Deno.test("uninstall() refuses a folder that is not xcore's alone, and touches nothing in it", async () => {
  await using machine = await uninstalling();
  await machine.write("home/config.yaml", CONFIG);
  await machine.write("project/logs/daemon.log");
  await machine.write("project/python/crosscore/__init__.py");
  await machine.write("config.yaml", CONFIG);
  await Deno.symlink("home", `${machine.folder}/link`);
  const before = await machine.tree();
  for (
    const [place, why] of [
      ["/", /root of the file system$/],
      [machine.folder, /it is your home folder$/],
      [`${machine.folder}/link/..`, /it is your home folder$/],
      [`${machine.folder}/..`, /your home folder is in it$/],
      [`${machine.folder}/link`, /it is a link to .*home$/],
      [`${machine.folder}/project`, /it has no configuration of xcore$/],
    ] as const
  ) {
    const { env } = machine.runtime;
    Object.assign(machine.runtime, { env: (name: string) => name === "XCORE_HOME" ? place : env(name) });
    const error = await failure(machine.uninstall());
    assert.ok(error instanceof UsageError, `${place}: ${error}`);
    assert.match(error.message, why);
    Object.assign(machine.runtime, { env });
  }
  assert.deepEqual(await machine.tree(), before);
});

Deno.test("uninstall() changes nothing where config.yaml is a folder", async () => {
  await using machine = await withHome();
  await Deno.remove(`${machine.home.root}/config.yaml`);
  await Deno.mkdir(`${machine.home.root}/config.yaml`);
  const before = await machine.tree();
  assert.ok(await failure(machine.uninstall()) instanceof ConflictError);
  assert.deepEqual(await machine.tree(), before);
});
