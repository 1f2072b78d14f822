import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { EMBEDDED } from "../../../../lib/_embedded.ts";
import type { LeafFiles } from "../../../../lib/dask/tls_files.ts";
import { ConfigError } from "../../../../lib/errors.ts";
import { limits as aws } from "../../../../lib/platform/aws/limits.ts";
import {
  type Bundle,
  bundleOf,
  MOST_BUNDLE_BYTES,
  schedulerScript,
  workerScript,
} from "../../../../lib/platform/boot/boot_script.ts";
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
  const values = script.slice(0, script.search(/\n(?:set -Eeuo pipefail|ENVIRONMENT=)/));
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
  const file = (path: string) => values.FILES![values.FILES!.indexOf(path) + 2]!;
  assert.equal(file("/etc/xcore/node.key"), evil);
  const node = JSON.parse(file("/etc/xcore/node.json"));
  assert.equal(node.scheduler_host, evil);
  assert.deepEqual(node.resources, { [evil]: 1 });
});

Deno.test("bundleOf() tells bash hostile packages and files as they are", async () => {
  const evil = `'; $(poweroff) "\\ \`id\`\n#`;
  const further = { path: `/etc/xcore/${evil}`, mode: "600", text: evil };
  const { content } = bundleOf("worker", workerNode({ extraPackages: [evil] }), [further]);
  const values = await valuesOf(content);
  assert.deepEqual(values.REQUIREMENTS, ["dask==2026.8.0", "distributed==2026.8.0", evil]);
  assert.deepEqual(values.FILES!.slice(-3), [further.path, "600", evil]);
});

Deno.test("bundleOf() is the same for the same software, and for workers of every pool", () => {
  const one = bundleOf("worker", workerNode());
  assert.deepEqual(bundleOf("worker", workerNode({ slots: 4, nvidia: true, names: ["worker-9"] })), one);
  assert.notEqual(bundleOf("worker", workerNode({ extraPackages: ["numpy"] })).sha256, one.sha256);
  assert.notEqual(bundleOf("scheduler", schedulerNode()).sha256, one.sha256);
  assert.equal(createHash("sha256").update(one.content).digest("hex"), one.sha256);
  const halves = bundleOf("worker", workerNode({ extraPackages: ["\ud800"] }));
  assert.equal(createHash("sha256").update(halves.content).digest("hex"), halves.sha256);
});

Deno.test("bundleOf() takes no more than an instance does", () => {
  const most = Number(
    /^MOST_BYTES = (\d+) \* 2\*\*20$/m.exec(EMBEDDED["python/node/receive_bundle.py"]!)?.[1],
  );
  assert.equal(MOST_BUNDLE_BYTES, most * 2 ** 20);
  const fetched = Number(/^MOST_BUNDLE_BYTES=(\d+)$/m.exec(EMBEDDED["python/node/boot_worker.sh"]!)?.[1]);
  assert.equal(MOST_BUNDLE_BYTES, fetched);
  const long = { path: "/etc/long", mode: "600", text: "x".repeat(MOST_BUNDLE_BYTES) };
  assert.throws(() => bundleOf("worker", workerNode(), [long]), ConfigError);
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

Deno.test("bundleOf() leaves out for workers what the dashboard alone needs", async () => {
  const python = { version: "3.11.7", packages: { dask: "2026.8.0", bokeh: "3.9.2", numpy: null } };
  const required = async ({ content }: Bundle) => (await valuesOf(content)).REQUIREMENTS;
  assert.deepEqual(await required(bundleOf("worker", workerNode({ python }))), ["dask==2026.8.0"]);
  assert.deepEqual(await required(bundleOf("scheduler", schedulerNode({ python }))), [
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

/** Printable text that does not shrink. */
function dense(length: number): string {
  return crypto.getRandomValues(new Uint8Array(length)).toBase64().slice(0, length);
}

const ROOM = 4096;

for (const [cloud, { userData: format }] of Object.entries({ aws, gcp })) {
  Deno.test(`user data of the largest config leaves ${ROOM} bytes on ${cloud}, for scheduler and workers`, async () => {
    await using certificates = await certificatesFor("lab-0123abcd");
    const pem = (path: string) => Deno.readTextFile(path);
    const tlsOf = async ({ certFile, keyFile }: LeafFiles) => ({
      authority: await pem(certificates.tls.caFile),
      certificate: await pem(certFile),
      key: await pem(keyFile),
    });
    const hash = () => crypto.getRandomValues(new Uint8Array(32)).toHex();
    const extraPackages = Array.from(
      { length: 40 },
      (_, n) => `package-${n}==1.${n} --hash=sha256:${hash()}`,
    );
    const variables = Array.from({ length: 20 }, (_, n) => `VARIABLE_${n}=${dense(100)}\n`).join("");
    const further = [
      { path: "/etc/xcore/setup.sh", mode: "700", text: dense(10_240) },
      { path: "/etc/xcore/variables", mode: "640", text: variables },
    ];
    const { scheduler, worker } = certificates.tls;
    const schedulerFacts = schedulerNode({ cloud, tls: await tlsOf(scheduler), extraPackages });
    const names = Array.from({ length: 1000 }, (_, n) => `worker-${n}`);
    const workerFacts = workerNode({ cloud, tls: await tlsOf(worker), extraPackages, names });
    const lengths = {
      scheduler: schedulerUserData(
        schedulerFacts,
        format,
        bundleOf("scheduler", schedulerFacts, further),
      ).length,
      worker: workerUserData(workerFacts, format, bundleOf("worker", workerFacts, further)).length,
    };
    for (const [role, length] of Object.entries(lengths)) {
      assert.ok(length <= format.maxBytes - ROOM, `${role}: ${length} of ${format.maxBytes} bytes`);
    }
  });
}

Deno.test("workerUserData() that is longer than the cloud takes is refused before any call", () => {
  const names = Array.from({ length: 200 }, () => dense(100));
  assert.throws(() => workerUserData(workerNode({ names }), aws.userData), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /^Cannot start a machine: its start script has \d+ bytes, and aws takes 16384$/,
    );
    assert.match(error.hint, /max_workers/);
    return true;
  });
});
