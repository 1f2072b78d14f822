import assert from "node:assert/strict";
import { imageScript } from "../../../../lib/platform/boot/boot_script.ts";
import { imageNode, schedulerNode, workerNode } from "./_facts.ts";
import { IMDS, prepared } from "./_images.ts";
import { boot, booting, bootScheduler, bootWorker } from "./_sandbox.ts";

/** A machine of so many megabytes; only its swap is not real. */
function machineOf(megabytes: number): Record<string, string> {
  return {
    getconf: `case $1 in _PHYS_PAGES) echo ${megabytes * 256} ;; PAGESIZE) echo 4096 ;; esac`,
    fallocate: ': >"${!#}"',
    mkswap: "",
  };
}

const SCHEDULER = schedulerNode();
const SWAP = { before: prepared() + "touch /etc/fstab\n", files: ["/swapfile", "/etc/fstab"] };
const SWAPPING = /^(fallocate|mkswap|swapon)/;

Deno.test(booting("a machine of less than 1 GB gets 1 GB of swap, for good", async () => {
  const { calls, files, lines } = await bootScheduler(SCHEDULER, { programs: machineOf(590), ...SWAP });
  assert.deepEqual(calls.filter((call) => SWAPPING.test(call)), [
    "fallocate -l 1G /swapfile",
    "mkswap /swapfile",
    "swapon /swapfile",
  ]);
  assert.equal(files["/swapfile"]?.mode, "600");
  assert.match(files["/etc/fstab"]!.text, /^\/swapfile none swap sw 0 0$/m);
  assert.ok(lines.includes("adding 1 GB of swap"));
}));

Deno.test(
  booting(
    "a scheduler's machine of less than 1 GB runs no updates of Ubuntu's own, a larger one does",
    async () => {
      const stopping = async (megabytes: number) => {
        const booted = await bootScheduler(schedulerNode(), {
          programs: machineOf(megabytes),
          before: prepared(),
        });
        assert.equal(booted.lines.at(-1), "the scheduler starts");
        return booted.calls.filter((call) => call.startsWith("systemctl disable"));
      };
      assert.deepEqual(await stopping(590), [
        "systemctl disable --quiet --now --no-block apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service",
      ]);
      assert.deepEqual(await stopping(2000), []);
    },
  ),
);

Deno.test(booting("a machine of 2 GB gets no swap", async () => {
  const { calls } = await bootScheduler(SCHEDULER, { programs: machineOf(1950), ...SWAP });
  assert.deepEqual(calls.filter((call) => SWAPPING.test(call)), []);
}));

Deno.test(booting("a disk that takes no swap stops no boot", async () => {
  const { lines, code, files } = await bootScheduler(SCHEDULER, {
    programs: { ...machineOf(590), swapon: "exit 255" },
    ...SWAP,
  });
  assert.equal(code, 0);
  assert.ok(lines.includes("there will be no swap: it could not be added"));
  assert.doesNotMatch(files["/etc/fstab"]?.text ?? "", /swapfile/);
}));

Deno.test(booting(
  "a small machine that becomes an image has swap meanwhile, of which the image has nothing",
  async () => {
    const { calls, files, code } = await boot(imageScript(imageNode()), {
      programs: { ...machineOf(590), swapoff: "", "systemd-run": "", "cloud-init": "" },
      ...SWAP,
    });
    assert.equal(code, 0);
    assert.deepEqual(calls.filter((call) => /^swap/.test(call)), ["swapon /swapfile", "swapoff /swapfile"]);
    assert.equal(files["/swapfile"], null);
    assert.doesNotMatch(files["/etc/fstab"]!.text, /swapfile/);
  },
));

const DRIVER = /^(apt-get|ubuntu-drivers|modprobe)/;

Deno.test(
  booting("a GPU machine whose image has the driver gets none, and another machine neither", async () => {
    for (const nvidia of [true, false]) {
      const { calls, code } = await bootWorker(workerNode({ nvidia }), {
        programs: { curl: IMDS, "ubuntu-drivers": "", ...(nvidia && { "nvidia-smi": "" }) },
        before: prepared(),
      });
      assert.equal(code, 0);
      assert.deepEqual(calls.filter((call) => DRIVER.test(call)), []);
    }
  }),
);
