import assert from "node:assert/strict";
import { serverName, tlsFiles } from "../../lib/dask/tls_files.ts";

const DNS_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+$/;

Deno.test("serverName() shows a usual cluster id as it is", () => {
  assert.equal(serverName("xcore-0a1b2c3d"), "xcore-0a1b2c3d.xcore.internal");
});

Deno.test("serverName() is a DNS name whatever the cluster id", () => {
  const ids = [
    "",
    "-",
    "a_b",
    "A",
    "Ümläut",
    "a.b",
    "x".repeat(300),
    "-a-",
    "xn--a",
    "1",
    "ab--cd",
    "*",
    "a\nb",
    "a-",
  ];
  for (const id of ids) assert.match(serverName(id), DNS_NAME, JSON.stringify(id));
});

Deno.test("serverName() differs for ids that look alike", () => {
  const ids = ["a-b", "a_b", "A_b", "A-B", "a.b", "a b", "a__b", "x".repeat(64), "x".repeat(65), "id-a-b"];
  assert.equal(new Set(ids.map(serverName)).size, ids.length);
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
