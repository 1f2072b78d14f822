import assert from "node:assert/strict";
import { serverName, tlsFiles } from "../../../lib/dask/tls_files.ts";

Deno.test("serverName() is the cluster's id in a reserved domain", () => {
  assert.equal(serverName("xcore-0a1b2c3d"), "xcore-0a1b2c3d.xcore.internal");
});

Deno.test("tlsFiles() names eight different files in the folder", () => {
  const { caFile, caKeyFile, scheduler, worker, client } = tlsFiles("/home/me/tls");
  const all = [
    caFile,
    caKeyFile,
    ...[scheduler, worker, client].flatMap((leaf) => [leaf.certFile, leaf.keyFile]),
  ];
  assert.equal(new Set(all).size, 8);
  for (const file of all) assert.match(file, /^\/home\/me\/tls\/[a-z]+\.(pem|key)$/);
});
