import assert from "node:assert/strict";
import { getSetting, setSettings } from "../../lib/cluster/settings.ts";
import { ConfigError } from "../../lib/errors.ts";
import { ec2, onEc2 } from "./_run.ts";

Deno.test("a machine type that does not exist is refused with those that may have been meant, and nothing is written", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    await Deno.writeTextFile(home.config, `provider: aws\ncluster_id: ${clusterId}\nworker_type: t3.small\n`);
    const place = { runtime, home };
    for (
      const [key, value] of [["worker_type", "c5.xlage"], ["fallback_worker_types", "[m5.large, c5.xlage]"]]
    ) {
      await assert.rejects(setSettings(place, [["max_workers", "7"], [key!, value!]]), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.message, `Cannot set ${key}: there is no machine type c5.xlage in this region`);
        assert.equal(error.hint, "Did you mean c5.xlarge or c5.2xlarge or c5.4xlarge?");
        return true;
      });
    }
    assert.equal(await getSetting(place, "max_workers"), 1);
    await setSettings(place, [["worker_type", "c5.xlarge"]]);
    assert.equal(await getSetting(place, "worker_type"), "c5.xlarge");
  });
});

Deno.test("a machine type is taken as it is while AWS cannot be asked", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    await Deno.writeTextFile(home.config, `provider: aws\ncluster_id: ${clusterId}\n`);
    await ec2.control.set({ credentials: "expired" });
    await setSettings({ runtime, home }, [["worker_type", "c5.xlage"]]);
    assert.equal(await getSetting({ runtime, home }, "worker_type"), "c5.xlage");
  });
});
