import assert from "node:assert/strict";
import { join } from "node:path";
import { notInstallable, probePython } from "../../../lib/python/python_environment.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";
import { smallPython } from "../../support/small_python.ts";
import { assertWording } from "../../support/wording.ts";

const ENVIRONMENT = { python: "/env/bin/python", prefix: "/env", version: "3.11.7" };

Deno.test("notInstallable() takes releases, also such as conda has built", () => {
  const packages = { dask: "2026.8.0", numpy: "2.3.0rc1", lz4: null };
  assert.equal(notInstallable({ ...ENVIRONMENT, packages, unreleased: {} }), null);
});

Deno.test("notInstallable() names what no index has, and how to install a release of it", () => {
  const packages = { dask: "2026.8.0+3.gabc1234", distributed: "2026.8.1", numpy: "1.26.4+computecanada" };
  const complaint = notInstallable({ ...ENVIRONMENT, packages, unreleased: { distributed: "from git" } });
  assertWording("python", "packages that no index has", `${complaint!.message}\n${complaint!.hint}`);
});

Deno.test("probePython() knows what was installed with -e or from git, and what conda has built", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const origins = {
      crossflow: { url: "file:///home/ann/crossflow", dir_info: { editable: true } },
      bokeh: { url: "https://github.com/bokeh/bokeh", vcs_info: { vcs: "git", commit_id: "abc" } },
      lz4: { url: "file:///home/conda/feedstock_root/build_artifacts/lz4_1/work", dir_info: {} },
    };
    for (const [name, origin] of Object.entries(origins)) {
      const info = join(folder, `${name}-1.0.dist-info`);
      await Deno.mkdir(info);
      await Deno.writeTextFile(
        join(info, "METADATA"),
        `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
      );
      await Deno.writeTextFile(join(info, "direct_url.json"), JSON.stringify(origin));
    }
    const python = join(folder, "python");
    const small = await smallPython(join(folder, "env"));
    await Deno.writeTextFile(python, `#!/bin/sh\nPYTHONPATH=${folder} exec ${small} "$@"\n`, {
      mode: 0o755,
    });
    const environment = await probePython(systemRuntime(null), python);
    assert.deepEqual(environment.unreleased, { crossflow: "with -e", bokeh: "from git" });
    assert.notEqual(notInstallable(environment), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
