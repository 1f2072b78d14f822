import assert from "node:assert/strict";
import { getSetting, setSettings } from "../../../lib/cluster/set_settings.ts";
import { ConfigError } from "../../../lib/errors.ts";
import { ec2, onEc2 } from "./_run.ts";

Deno.test("a machine type that does not exist is refused with those that may have been meant, and nothing is written", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    await Deno.writeTextFile(home.config, `provider: aws\ncluster_id: ${clusterId}\nworker_type: t3.small\n`);
    const place = { runtime, home };
    const pools = (type: string) => `[{name: small}, {name: big, worker_type: ${type}}]`;
    for (
      const [key, value, said = key] of [
        ["worker_type", "c5.xlage"],
        ["fallback_worker_types", "[m5.large, c5.xlage]"],
        ["pools", pools("c5.xlage"), "pools.big.worker_type"],
      ]
    ) {
      await assert.rejects(setSettings(place, [["max_workers", "7"], [key!, value!]]), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.message, `Cannot set ${said}: there is no machine type c5.xlage in this region`);
        assert.equal(error.hint, "Did you mean c5.xlarge or c5.2xlarge or c5.4xlarge?");
        return true;
      });
    }
    assert.equal(await getSetting(place, "max_workers"), 1);
    await setSettings(place, [["worker_type", "c5.xlarge"]]);
    assert.equal(await getSetting(place, "worker_type"), "c5.xlarge");
    await setSettings(place, [["pools", pools("c5.xlarge")]]);
    await assert.rejects(
      setSettings(place, [["pools.big.worker_type", "c5.xlage"]]),
      /^ConfigError: Cannot set pools\.big\.worker_type: there is no machine type c5\.xlage in this region$/,
    );
    assert.equal(await getSetting(place, "pools.big.worker_type"), "c5.xlarge");
  });
});

Deno.test("a machine type that was removed elsewhere prevents neither a change of another setting nor its own correction", async () => {
  await onEc2(async ({ runtime, home, clusterId }) => {
    const place = { runtime, home };
    const text = `provider: aws\ncluster_id: ${clusterId}\nworker_type: c5.xlage\nmax_workers: 1\n`;
    await Deno.writeTextFile(home.config, text);
    await setSettings(place, [["max_workers", "2"], ["pools", "[{name: small, worker_type: t3.small}]"]]);
    await Deno.writeTextFile(home.config, text.replace("workers: 1", "workers: many"));
    await setSettings(place, [["max_workers", "3"]]);
    assert.deepEqual([await getSetting(place, "worker_type"), await getSetting(place, "max_workers")], [
      "c5.xlage",
      3,
    ]);
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
