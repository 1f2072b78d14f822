import assert from "node:assert/strict";
import { diagnoseAddress, rangesIn } from "../../../lib/platform/own_address.ts";

const config = { addressUrl: "http://address.example/" };
const at = (address: string | null) => () => Promise.resolve(address);

Deno.test("rangesIn() finds the ranges in what the templates were given, and none in anything else", () => {
  assert.deepEqual(rangesIn({ disk_gb: 20, allowed_cidr: ["192.0.2.7/32"] }), ["192.0.2.7/32"]);
  for (const other of [null, {}, { allowed_cidr: "192.0.2.7/32" }]) assert.deepEqual(rangesIn(other), []);
});

Deno.test("diagnoseAddress() names the address and the ranges, and the command that lets it in", async () => {
  const ranges = ["192.0.2.7/32", "198.51.100.0/24"];
  const found = await diagnoseAddress(ranges, config, at("192.0.2.9"));
  assert.match(
    found!.message,
    /is 192\.0\.2\.9 now, and the firewall lets in 192\.0\.2\.7\/32, 198\.51\.100\.0\/24$/,
  );
  assert.match(found!.hint, /`xcore allow`/);
});

Deno.test("diagnoseAddress() says nothing of a machine that is let in, or of which nothing can be told", async () => {
  assert.equal(await diagnoseAddress(["192.0.2.0/24"], config, at("192.0.2.9")), null);
  assert.equal(await diagnoseAddress(["192.0.2.7/32"], config, at(null)), null);
  assert.equal(
    await diagnoseAddress([], config, () => Promise.reject(new Error("nobody is to be asked"))),
    null,
  );
});
