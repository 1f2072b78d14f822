import assert from "node:assert/strict";
import type { Status } from "../../../lib/model/mod.ts";
import { onEc2, orderOf, workers } from "./_run.ts";

Deno.test("the compiled program has the SDK in it: status lists the cluster's instances", async () => {
  await onEc2(async (cluster) => {
    const { home, clusterId } = cluster;
    await Deno.writeTextFile(home.config, `provider: aws\ncluster_id: ${clusterId}\nworker_type: t3.small\n`);
    await cluster.provider.launch(orderOf(cluster, workers(2)));
    const { stdout, stderr } = await new Deno.Command(Deno.env.get("XCORE_BIN") ?? "", {
      args: ["status", "--json"],
      env: { XCORE_HOME: home.dir, XCORE_SERVICE: "none" },
    }).output();
    const text = new TextDecoder();
    assert.equal(text.decode(stderr), "");
    const status: Status = JSON.parse(text.decode(stdout));
    assert.deepEqual(
      status.workers.map(({ name, type, zone, market }) => [name, type, zone, market].join(" ")),
      [
        "worker-0 t3.small us-east-1a on-demand",
        "worker-1 t3.small us-east-1a on-demand",
      ],
    );
    assert.deepEqual(status.problems.filter(({ code }) => code === "provider_unreachable"), []);
  });
});
