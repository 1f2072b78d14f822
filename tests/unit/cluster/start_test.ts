import assert from "node:assert/strict";
import { start } from "../../../lib/cluster/start.ts";
import { initialConfig } from "../../../lib/config/initial_config.ts";
import { XcoreError } from "../../../lib/errors.ts";
import { failure, placeWith } from "../config/_home.ts";

Deno.test("start() with a history that no daemon could use says so before it makes anything", async () => {
  const config = initialConfig({
    ...{
      provider: "local" as const,
      clusterName: "xcore",
      clusterId: "xcore-0a1b2c3d",
      values: { python: "/usr/bin/python3" },
    },
  });
  await using place = await placeWith(config);
  await Deno.mkdir(place.home.history);
  const error = await failure(start(place, () => {}, () => Promise.resolve(true)));
  assert.ok(
    error instanceof XcoreError && error.message.startsWith("Cannot use the cluster's history"),
    String(error),
  );
  assert.equal(await place.runtime.files.exists(place.home.tls), false, "not even certificates");
});
