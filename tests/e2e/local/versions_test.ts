import assert from "node:assert/strict";
import { signal } from "./_processes.ts";
import { withCluster } from "./harness.ts";

/** A client that says it has another version of a package, as one from another environment would. */
const STRANGER = `
import time
from distributed import versions
plain = versions.get_versions
def pretending(*args, **kwargs):
    said = plain(*args, **kwargs)
    said["packages"]["msgpack"] = "0.6.2"
    said["host"]["python"] = "3.8.18.final.0"
    return said
versions.get_versions = pretending
from crosscore import cluster
from distributed import Client
client = Client(cluster.get_url())
time.sleep(1000)
`;

Deno.test("a client whose versions differ from the workers' is a problem that names both", async () => {
  await withCluster({}, async (cluster) => {
    const script = await cluster.python("-c", STRANGER);
    const differs = (code: string) => code === "versions_differ";
    const { problems, cluster: { state } } = await cluster.until(
      "the difference is said",
      ({ problems }) => problems.some(({ code }) => differs(code)),
    );
    const [problem] = problems.filter(({ code }) => differs(code));
    for (const different of ["python 3.8.18", "msgpack 0.6.2"]) {
      assert.ok(problem!.message.includes(different), problem!.message);
    }
    assert.ok(
      problem!.hint.includes(await cluster.ok("config", "get", "python").then((path) => path.trim())),
    );
    assert.equal(state, "running");

    signal(script.pid, "SIGKILL");
    await cluster.until("it is gone with the client", ({ problems }) => problems.length === 0);
  });
});
