import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Bundle, bundleOf, schedulerScript } from "../../../../lib/platform/boot/boot_script.ts";
import { UV } from "../../../../lib/python/pinned_uv.ts";
import { schedulerNode } from "./_facts.ts";
import { boot, booting, bootScheduler } from "./_sandbox.ts";

/** Puts a small wheel in the place of uv's, with a program in it that makes an environment. */
const WHEEL = `python3 - <<'PYTHON'
import zipfile
program = """#!/bin/bash
echo "uv $*" >>/run/box/calls
[ "$2" = venv ] || exit 0
mkdir -p /opt/xcore/bin
printf '#!/bin/bash\\\\nexit 0' >/opt/xcore/bin/python
chmod 755 /opt/xcore/bin/python
"""
with zipfile.ZipFile("/run/box/wheel", "w") as wheel:
    wheel.writestr("uv/__init__.py", "")
    wheel.writestr("uv-0.data/scripts/uv", program)
    wheel.writestr("uv-0.data/scripts/uvx", "")
PYTHON
`;
const CURL = 'while [ "$1" != -o ]; do shift; done; cp /run/box/wheel "$2"';

/** The bundle with the sha256 that the wheel has, as bash finds it out when it boots. */
function expecting({ content }: Bundle): Bundle {
  const changed = content.replaceAll(/'[0-9a-f]{64}'/g, '"$(sha256sum </run/box/wheel | cut -d" " -f1)"');
  return { content: changed, sha256: createHash("sha256").update(changed).digest("hex") };
}

Deno.test(booting("uv comes out of its wheel, is run, and the wheel is removed", async () => {
  const bundle = expecting(bundleOf("scheduler", schedulerNode()));
  const { code, calls, files } = await boot(schedulerScript(schedulerNode(), bundle), {
    bundle: bundle.content,
    programs: { curl: CURL },
    before: WHEEL,
    files: ["/usr/local/lib/xcore/uv", "/usr/local/lib/xcore/uv.whl"],
  });
  assert.equal(code, 0);
  assert.equal(files["/usr/local/lib/xcore/uv"]?.mode, "755");
  assert.equal(files["/usr/local/lib/xcore/uv.whl"], null);
  assert.deepEqual(calls.filter((call) => call.startsWith("uv ")).map((call) => call.split(" ")[2]), [
    "venv",
    "pip",
  ]);
}));

Deno.test(booting("what comes in uv's place is never run", async () => {
  const { code, calls, lines, files } = await bootScheduler(schedulerNode(), {
    programs: { curl: CURL },
    before: WHEEL,
    files: ["/usr/local/lib/xcore/uv"],
  });
  assert.notEqual(code, 0);
  assert.deepEqual(calls.filter((call) => call.startsWith("uv ")), []);
  assert.equal(files["/usr/local/lib/xcore/uv"], null);
  assert.ok(lines.some((line) => /^what came is not the uv that was asked for/.test(line)));
}));

Deno.test(booting("each machine asks for its own uv", async () => {
  for (const machine of ["x86_64", "aarch64"] as const) {
    const { calls } = await bootScheduler(schedulerNode(), {
      programs: { curl: "exit 22", uname: `echo ${machine}` },
    });
    assert.ok(calls.find((call) => call.startsWith("curl"))?.endsWith(UV[machine].url), machine);
  }
}));
