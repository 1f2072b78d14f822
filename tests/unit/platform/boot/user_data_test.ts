import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { LeafFiles } from "../../../../lib/dask/tls_files.ts";
import { ConfigError } from "../../../../lib/errors.ts";
import { limits as aws } from "../../../../lib/platform/aws/limits.ts";
import { schedulerScript, workerScript } from "../../../../lib/platform/boot/boot_script.ts";
import { schedulerUserData, workerUserData } from "../../../../lib/platform/boot/user_data.ts";
import { limits as gcp } from "../../../../lib/platform/gcp/limits.ts";
import { certificatesFor } from "../../dask/_certificates.ts";
import { bash } from "./_bash.ts";
import { schedulerNode, workerNode } from "./_facts.ts";
import { DEFAULT_TERMS } from "../../../../lib/protocol/messages.ts";
import { readMessage } from "../../../../lib/protocol/read_message.ts";

const decoder = new TextDecoder();

/** What the values of a script are to bash: name → texts. */
async function valuesOf(script: string): Promise<Record<string, string[]>> {
  const values = script.slice(0, script.indexOf("\nset -Eeuo pipefail"));
  const names = [...values.matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name!);
  const printed = await bash(
    values + "\n" +
      names.map((name) => `printf '%s\\0' ${name} "\${#${name}[@]}" "\${${name}[@]}"\n`).join(""),
  );
  const words = printed.split("\0");
  const found: Record<string, string[]> = {};
  while (words.length > 1) {
    const [name = "", count] = words.splice(0, 2);
    found[name] = words.splice(0, Number(count));
  }
  return found;
}

Deno.test("workerScript() tells bash hostile facts as they are", async () => {
  const evil = `'; $(poweroff) "\\ \`id\`\n#`;
  const values = await valuesOf(workerScript(workerNode({
    names: [evil, "worker-1"],
    extraPackages: [evil],
    tls: { authority: evil, certificate: evil, key: evil },
    schedulerHost: evil,
    resources: { [evil]: 1 },
  })));
  assert.deepEqual(values.NAMES, [evil, "worker-1"]);
  assert.deepEqual(values.REQUIREMENTS, ["dask==2026.8.0", "distributed==2026.8.0", evil]);
  const file = (path: string) => values.FILES![values.FILES!.indexOf(path) + 2]!;
  assert.equal(file("/etc/xcore/node.key"), evil);
  const node = JSON.parse(file("/etc/xcore/node.json"));
  assert.equal(node.scheduler_host, evil);
  assert.deepEqual(node.resources, { [evil]: 1 });
});

Deno.test("schedulerScript() tells the preload where to listen and how long to wait", async () => {
  const terms = { ...DEFAULT_TERMS, daemonGraceS: 901 };
  const { FILES = [] } = await valuesOf(schedulerScript(schedulerNode({ dashboardPort: 9999, terms })));
  const settings = readMessage("settings", JSON.parse(FILES[FILES.indexOf("/etc/xcore/preload.json") + 2]!));
  assert.deepEqual(settings, {
    caFile: "/etc/xcore/ca.pem",
    certFile: "/etc/xcore/node.pem",
    keyFile: "/etc/xcore/node.key",
    clusterId: "lab-0123abcd",
    host: "0.0.0.0",
    port: 9999,
    scatterTimeoutS: 600,
    ...terms,
  });
});

Deno.test("workerScript() leaves out what the dashboard alone needs", async () => {
  const python = { version: "3.11.7", packages: { dask: "2026.8.0", bokeh: "3.9.2", numpy: null } };
  const required = async (script: string) => (await valuesOf(script)).REQUIREMENTS;
  assert.deepEqual(await required(workerScript(workerNode({ python }))), ["dask==2026.8.0"]);
  assert.deepEqual(await required(schedulerScript(schedulerNode({ python }))), [
    "dask==2026.8.0",
    "bokeh==3.9.2",
  ]);
});

Deno.test("workerUserData() is what cloud-init decompresses to the script", () => {
  const facts = workerNode();
  assert.equal(decoder.decode(gunzipSync(workerUserData(facts, aws.userData))), workerScript(facts));
  assert.match(workerScript(facts), /^#!\/bin\/bash\n/);
});

Deno.test("schedulerUserData() is the script itself on Google's cloud, which decompresses nothing", () => {
  const facts = schedulerNode({ cloud: "gcp" });
  assert.equal(decoder.decode(schedulerUserData(facts, gcp.userData)), schedulerScript(facts));
});

Deno.test("workerUserData() is the same bytes for the same facts, as a repeated launch call must be", () => {
  assert.deepEqual(workerUserData(workerNode(), aws.userData), workerUserData(workerNode(), aws.userData));
});

Deno.test("user data with real certificates leaves room for 50 packages more, and a thousand workers", async () => {
  await using certificates = await certificatesFor("lab-0123abcd");
  const pem = (path: string) => Deno.readTextFile(path);
  const tlsOf = async ({ certFile, keyFile }: LeafFiles) => ({
    authority: await pem(certificates.tls.caFile),
    certificate: await pem(certFile),
    key: await pem(keyFile),
  });
  const extraPackages = Array.from({ length: 50 }, (_, n) => `package-${(n * 7919).toString(36)}==1.${n}`);
  const { scheduler, worker } = certificates.tls;
  schedulerUserData(schedulerNode({ tls: await tlsOf(scheduler), extraPackages }), aws.userData);
  const names = Array.from({ length: 1000 }, (_, n) => `worker-${n}`);
  workerUserData(workerNode({ tls: await tlsOf(worker), extraPackages, names }), aws.userData);
});

Deno.test("workerUserData() that is longer than the cloud takes is refused before any call", () => {
  const random = () => crypto.getRandomValues(new Uint8Array(100)).toHex();
  const extraPackages = Array.from({ length: 200 }, random);
  assert.throws(() => workerUserData(workerNode({ extraPackages }), aws.userData), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /^Cannot start a machine: its start script has \d+ bytes, and aws takes 16384$/,
    );
    assert.match(error.hint, /packages/);
    return true;
  });
});
