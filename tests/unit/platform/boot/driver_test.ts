/** NVIDIA's driver on a worker and in an image. */

import assert from "node:assert/strict";
import { bundleOf, imageScript, workerScript } from "../../../../lib/platform/boot/boot_script.ts";
import { imageNode, workerNode } from "./_facts.ts";
import { googleMetadata, IMDS, KERNEL, NEWEST, prepared, ubuntuWithGpu } from "./_images.ts";
import { type Boot, boot, booting, bootWorker } from "./_sandbox.ts";

const GPU_WORKER = workerNode({ nvidia: true });
const WITH_PATH = "rm -rf /lib/modules; mkdir -p /lib/modules";

function installed({ calls }: Boot): string[] {
  return calls.filter((call) =>
    call.startsWith("apt-get") && / install /.test(call) && !/--simulate|--download-only/.test(call)
  )
    .map((call) =>
      call.slice(call.indexOf(" install ")).split(" ").filter((word) => /^(linux|nvidia)-/.test(word)).join(
        " ",
      )
    )
    .filter((packages) => packages !== "");
}

const bootOn = (ubuntu: Parameters<typeof ubuntuWithGpu>[0]) =>
  bootWorker(GPU_WORKER, {
    programs: { ...ubuntuWithGpu(ubuntu), curl: IMDS },
    before: `${WITH_PATH}\n${prepared()}`,
  });

for (const newTool of [false, true]) {
  Deno.test(booting(
    `a worker gets the driver for the kernel that it runs, not the archive's newest (${
      newTool ? "new" : "old"
    } tool)`,
    async () => {
      const booted = await bootOn({
        modules: [`535-server ${NEWEST}`, `535-server ${KERNEL}`, `470-server ${KERNEL}`],
        newTool,
      });
      assert.equal(booted.code, 0, booted.lines.join("\n"));
      assert.deepEqual(installed(booted), [
        `linux-modules-nvidia-535-server-${KERNEL} nvidia-headless-no-dkms-535-server nvidia-utils-535-server`,
      ]);
      assert.equal(booted.lines.at(-1), "worker-1 starts");
    },
  ));
}

Deno.test(booting("no update replaces the driver or its kernel", async () => {
  const booted = await bootOn({ modules: [`535-server ${KERNEL}`] });
  const [held = ""] = booted.calls.filter((call) => call.startsWith("apt-mark"));
  for (const name of [`linux-modules-nvidia-535-server-${KERNEL}`, "nvidia-utils-535-server"]) {
    assert.ok(held.split(" ").includes(name), held);
  }
}));

Deno.test(booting("where the archive has no modules for the kernel, DKMS makes them", async () => {
  const booted = await bootOn({ modules: [`535-server ${NEWEST}`], headers: [KERNEL] });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.deepEqual(installed(booted), [
    `linux-headers-${KERNEL} nvidia-headless-535-server nvidia-utils-535-server`,
  ]);
}));

Deno.test(booting("what does not compile is left for one reboot into the newest kernel", async () => {
  const script = workerScript(GPU_WORKER, bundleOf("worker", GPU_WORKER));
  // As EC2's cloud-init, which runs user data once, and the unit that takes its place afterwards.
  const twice = `(${script}\n)\n[ -n "\${AGAIN:-}" ] || AGAIN=1 bash /usr/local/lib/xcore/boot_again.sh`;
  const booted = await boot(twice, {
    bundle: bundleOf("worker", GPU_WORKER).content,
    programs: {
      ...ubuntuWithGpu({ modules: [`535-server ${NEWEST}`], headers: [KERNEL], compiles: false }),
      curl: IMDS,
    },
    before: `${WITH_PATH}\n${prepared()}`,
    files: ["/usr/local/lib/xcore/boot_again.sh", "/etc/systemd/system/xcore-boot-again.service"],
  });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.equal(booted.files["/usr/local/lib/xcore/boot_again.sh"]!.mode, "700");
  assert.ok(booted.files["/etc/systemd/system/xcore-boot-again.service"]);
  const boots = booted.calls.filter((call) =>
    /^systemctl (reboot|poweroff|enable .*(again|worker))/.test(call)
  );
  assert.deepEqual(boots, [
    "systemctl enable --quiet xcore-boot-again.service",
    "systemctl reboot",
    "systemctl enable --quiet --now xcore-worker.service",
  ]);
}));

Deno.test(booting("on Google's cloud the startup script itself goes on after the reboot", async () => {
  const gpuWorker = workerNode({ nvidia: true, cloud: "gcp" });
  const script = workerScript(gpuWorker, bundleOf("worker", gpuWorker));
  const booted = await boot(`(${script}\n)\n(${script}\n)`, {
    bundle: bundleOf("worker", gpuWorker).content,
    programs: {
      ...ubuntuWithGpu({ modules: [`535-server ${NEWEST}`] }),
      curl: googleMetadata("lab-0123abcd-worker-1"),
    },
    before: `${WITH_PATH}\n${prepared()}`,
    files: ["/usr/local/lib/xcore/boot_again.sh"],
  });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.equal(booted.files["/usr/local/lib/xcore/boot_again.sh"], null);
  assert.equal(booted.calls.filter((call) => call === "systemctl reboot").length, 1);
  assert.equal(booted.lines.at(-1), "worker-1 starts");
}));

Deno.test(booting("a worker reboots once, and then ends by itself", async () => {
  const script = workerScript(GPU_WORKER, bundleOf("worker", GPU_WORKER));
  const booted = await boot(`touch /usr/local/lib/xcore/rebooted\n${script}`, {
    bundle: bundleOf("worker", GPU_WORKER).content,
    programs: { ...ubuntuWithGpu({ modules: [] }), curl: IMDS },
    before: `${WITH_PATH}\n${prepared()}`,
  });
  assert.notEqual(booted.code, 0);
  assert.deepEqual(booted.calls.filter((call) => /^systemctl (reboot|poweroff)/.test(call)), [
    "systemctl poweroff",
  ]);
}));

Deno.test(booting("the driver waits while Ubuntu's own first update has the package lists", async () => {
  const booted = await bootOn({ modules: [`535-server ${KERNEL}`], locked: 20 });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.ok(
    booted.calls.filter((call) => /^apt-get .* install/.test(call)).every((call) =>
      /DPkg::Lock::Timeout=300/.test(call)
    ),
  );
}));

Deno.test(booting("a driver that is there and works is not touched", async () => {
  const booted = await bootWorker(GPU_WORKER, {
    programs: { ...ubuntuWithGpu({ modules: [] }), curl: IMDS, "nvidia-smi": "echo GPU 0" },
    before: prepared(),
  });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.deepEqual(booted.calls.filter((call) => call.startsWith("apt-get")), []);
}));

Deno.test(booting("an image gets the driver for the kernel that boots from it", async () => {
  const booted = await boot(imageScript(imageNode({ nvidia: true })), {
    programs: {
      ...ubuntuWithGpu({ modules: [`535-server ${NEWEST}`, `535-server ${KERNEL}`] }),
      ...{ curl: IMDS, "systemd-run": "", "cloud-init": "", sync: "" },
    },
    before: `${WITH_PATH}/${KERNEL} /lib/modules/${NEWEST}\n${prepared()}`,
  });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.deepEqual(installed(booted), [
    `linux-modules-nvidia-535-server-${NEWEST} nvidia-headless-no-dkms-535-server nvidia-utils-535-server`,
  ]);
  assert.equal(booted.calls.includes("systemctl reboot"), false);
}));
