import assert from "node:assert/strict";
import { TestCluster } from "./harness.ts";

Deno.test("xcore python writes a folder that pip installs with no network, before any init", async () => {
  const cluster = await TestCluster.make();
  try {
    const folder = (await cluster.ok("python")).trim();
    assert.equal(folder, `${cluster.home}/python`);
    const site = `${cluster.home}/site`;
    const pip = ["-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"];
    await cluster.pythonOk(...pip, "--target", site, folder);
    await Deno.remove(folder, { recursive: true });

    const script = `import sys; sys.path.insert(0, ${JSON.stringify(site)})
import crosscore
from crosscore import cluster
print(crosscore.__file__)
try:
    cluster.get_url()
except crosscore.CrosscoreError as error:
    print(error.exit_code, error.message, error.hint, sep="|")`;
    const [where, failure] = (await cluster.pythonOk("-I", "-c", script)).split("\n");
    assert.equal(where, `${site}/crosscore/__init__.py`);
    assert.match(failure!, /^3\|Cannot .+\|.*xcore init/);
  } finally {
    assert.equal(await cluster.cleanup(), null);
  }
});
