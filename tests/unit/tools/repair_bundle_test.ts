import assert from "node:assert/strict";
import { type Proto, pruned, repaired, servicesIn } from "../../../tools/repair_bundle.ts";

const v1 = (nested: Readonly<Record<string, Proto>>) => ({
  nested: { google: { nested: { cloud: { nested: { compute: { nested: { v1: { nested } } } } } } } },
});

const PROTOS = v1({
  Instances: { methods: { Get: { requestType: "GetRequest", responseType: "Instance" } } },
  GetRequest: { fields: { name: { type: "string" } } },
  Instance: {
    fields: { disks: { type: "Disk" } },
    nested: { Inner: { fields: { self: { type: "Instance" } } } },
  },
  Disk: { fields: { size: { type: "int64" } } },
  Routers: { methods: { Get: { requestType: "GetRequest", responseType: "Router" } } },
  Router: { fields: {} },
});

Deno.test("pruned() keeps a service and all that its messages consist of", () => {
  const { Routers: _service, Router: _message, ...kept } =
    PROTOS.nested.google.nested.cloud.nested.compute.nested.v1.nested;
  assert.deepEqual(pruned(PROTOS, new Set(["google.cloud.compute.v1.Instances"])), v1(kept));
});

Deno.test("pruned() drops the API's other versions and keeps what is beside the API", () => {
  const all = {
    nested: {
      google: {
        nested: {
          api: { fields: { kept: { type: "string" } } },
          cloud: { nested: { compute: { nested: { v1: {}, v1beta: { nested: { Big: {} } } } } } },
        },
      },
    },
  };
  const { google } = pruned(all, new Set()).nested!;
  assert.deepEqual(google!.nested!.api, { fields: { kept: { type: "string" } } });
  assert.deepEqual(Object.keys(google!.nested!.cloud!.nested!.compute!.nested!), ["v1"]);
});

Deno.test("repaired() prunes the description where it stands in a bundle, and leaves what is around it", () => {
  const literal = JSON.stringify(PROTOS, null, 2).replaceAll("\n", "\n    ").replaceAll(/"(\w+)":/g, "$1:");
  const text = `var require_protos = __commonJS({
  "../npm/@google-cloud/compute/6.15.0/build/protos/protos.json"(exports, module) {
    module.exports = ${literal};
  }
});
var after = { a: 1 };
`;
  const out = repaired(text, new Set(["google.cloud.compute.v1.Routers"]));
  assert.match(out, /Router/);
  assert.doesNotMatch(out, /Instance/);
  assert.ok(
    out.endsWith("};\n  }\n});\nvar after = { a: 1 };\n") ||
      out.endsWith("}};\n  }\n});\nvar after = { a: 1 };\n"),
  );
});

Deno.test("servicesIn() finds the services that clients ask for", () => {
  assert.deepEqual(
    servicesIn([
      'x.lookupService("google.cloud.compute.v1.Instances")',
      "y",
      'p.lookupService("a.B"); p.lookupService("a.B")',
    ]),
    new Set(["google.cloud.compute.v1.Instances", "a.B"]),
  );
});

Deno.test("repaired() lets a module know its folder, and tslib and the agent for proxies be what they are in Node", () => {
  assert.equal(
    repaired("use(`${__dirname}/x`);\n", new Set()),
    "const __dirname = import.meta.dirname;\nuse(`${__dirname}/x`);\n",
  );
  assert.equal(
    repaired("var a = __toESM(require_tslib2());", new Set()),
    "var a = __toESM(require_tslib2(), 1);",
  );
  assert.equal(
    repaired('a ||= (await import("./dist-1.js")).HttpsProxyAgent;', new Set()),
    'a ||= (await import("./dist-1.js")).default.HttpsProxyAgent;',
  );
});
