/** What a person adds to machines: Ubuntu's packages, a script, and variables of tasks. */

import assert from "node:assert/strict";
import {
  bundleOf,
  environmentFile,
  imageScript,
  schedulerScript,
  workerScript,
} from "../../../../lib/platform/boot/boot_script.ts";
import { imageNode, schedulerNode, workerNode } from "./_facts.ts";
import { IMDS, prepared } from "./_images.ts";
import { boot, booting, bootScheduler, bootWorker } from "./_sandbox.ts";

const PROGRAMS = { curl: IMDS, "dpkg-query": "exit 1" };
const SETUP = "#!/bin/bash\nset -e\nfor n in {1..40}; do echo line $n; done\nid -u >>/run/box/ran\n";

Deno.test(booting("setup_script runs as root before Dask starts, and its end is on the console", async () => {
  const roles = {
    worker: () => bootWorker(workerNode({ setupScript: SETUP }), given),
    scheduler: () => bootScheduler(schedulerNode({ setupScript: SETUP }), given),
  };
  const given = {
    programs: PROGRAMS,
    before: prepared(),
    files: ["/run/box/ran", "/var/log/xcore-setup.log", "/usr/local/lib/xcore/setup_script"],
  };
  for (const [role, booted] of Object.entries(roles)) {
    const { code, lines, files } = await booted();
    assert.equal(code, 0, lines.join("\n"));
    assert.equal(files["/run/box/ran"]?.text, "0\n");
    assert.equal(files["/var/log/xcore-setup.log"]?.mode, "600");
    assert.equal(files["/usr/local/lib/xcore/setup_script"]?.mode, "700");
    const shown = lines.filter((line) => line.startsWith("setup_script: "));
    assert.deepEqual([shown.length, shown[0], shown.at(-1)], [
      20,
      "setup_script: line 21",
      "setup_script: line 40",
    ]);
    assert.ok(lines.indexOf(shown.at(-1)!) < lines.findIndex((line) => /starts$/.test(line)), role);
  }
}));

Deno.test(booting("setup_script runs once on a machine, and not where its image has run it", async () => {
  const worker = workerNode({ setupScript: SETUP });
  const bundle = bundleOf("worker", worker);
  const image = imageScript(imageNode({ setupScript: SETUP }));
  const booted = await boot(`(${image}\n)\n(${workerScript(worker, bundle)}\n)`, {
    programs: { ...PROGRAMS, "systemd-run": "", "cloud-init": "", sync: "" },
    bundle: bundle.content,
    before: prepared(),
    files: ["/run/box/ran"],
  });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.equal(booted.files["/run/box/ran"]?.text, "0\n");
}));

Deno.test(booting("a worker whose setup_script fails never joins, and its console says why", async () => {
  const booted = await bootWorker(workerNode({ setupScript: "echo no such bucket >&2\nexit 3\n" }), {
    programs: PROGRAMS,
    before: prepared(),
  });
  assert.equal(booted.code, 3);
  assert.ok(booted.lines.includes("setup_script: no such bucket"));
  assert.equal(booted.calls.some((call) => call.includes("xcore-worker.service")), false);
  assert.equal(booted.calls.at(-1), "systemctl poweroff");
}));

Deno.test(
  booting("apt_packages are installed where they are lacking, and only then is apt asked", async () => {
    const aptPackages = ["ffmpeg", "libxrender1"];
    const boots = async (there: string) => {
      const { code, calls, lines } = await bootScheduler(schedulerNode({ aptPackages }), {
        programs: { ...PROGRAMS, "dpkg-query": `case "$*" in ${there}) printf 'ii ' ;; *) exit 1 ;; esac` },
        before: prepared(),
      });
      assert.equal(code, 0, lines.join("\n"));
      return calls.filter((call) => call.startsWith("apt-get")).map((call) =>
        call.replace(/^.*?(update|install)/, "$1")
      );
    };
    assert.deepEqual(await boots("*ffmpeg*"), ["update", "install --no-install-recommends libxrender1"]);
    assert.deepEqual(await boots("*"), []);
  }),
);

Deno.test(booting("variables of tasks come with the bundle, and only Dask's user may read them", async () => {
  const env = { TOKEN: "a 'secret' $HOME\nof two lines", EMPTY: "" };
  const facts = workerNode();
  const bundle = bundleOf("worker", facts, environmentFile(env));
  const script = workerScript(facts, bundle);
  assert.equal(script.includes("secret"), false);
  assert.equal(schedulerScript(schedulerNode()).includes("secret"), false);
  const path = "/etc/xcore/task_environment.json";
  const booted = await boot(script, {
    programs: PROGRAMS,
    bundle: bundle.content,
    before: prepared(),
    files: [path],
  });
  assert.deepEqual(JSON.parse(booted.files[path]!.text), env);
  assert.equal(booted.files[path]!.mode, "640");
  assert.equal(`${booted.stdout}${booted.lines.join("")}`.includes("secret"), false);
}));
