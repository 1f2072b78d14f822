import assert from "node:assert/strict";
import { join } from "node:path";
import { PYTHON } from "../../emulators/person.ts";
import { lackOfPacker, packerEnv } from "../../runner/packer.ts";
import { needing } from "../../support/needs.ts";
import { until } from "../local/harness.ts";
import { withGcpHome } from "./_gcp_home.ts";

const CLUSTER = "xcore-0a1b2c3d";

/** A Packer of today as far as it is called: it makes of what it is given an image at the API, and tells it as Packer does. */
const PACKER = `#!${PYTHON}
import json, os, pathlib, sys, urllib.request

def say(target, kind, *data):
    print("17", target, kind, *(part.replace(",", "%!(PACKER_COMMA)") for part in data), sep=",", flush=True)

command, folder = sys.argv[1], pathlib.Path(sys.argv[-1])
with open(os.environ["FAKE_CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if command == "version":
    print("Packer v1.11.2")
if command == "init":
    assert "googlecompute" in (folder / "gcp.plugins.pkr.hcl").read_text()
if command == "build":
    given = json.loads((folder / "xcore.auto.pkrvars.json").read_text())
    if os.environ.get("FAKE_ERROR"):
        say("googlecompute.this", "error", os.environ["FAKE_ERROR"])
        sys.exit(1)
    say("", "ui", "say", "==> googlecompute.this: Creating instance...")
    say("", "ui", "error", "==> googlecompute.this: xcore 09:00:00.000: becoming a machine image")
    request = urllib.request.Request(
        os.environ["GOOGLE_COMPUTE_CUSTOM_ENDPOINT"] + "projects/%s/global/images" % given["project_name"],
        json.dumps({"name": given["image_name"], "labels": {"xcore-cluster": given["cluster_id"]}}).encode(),
        {"authorization": "Bearer " + os.environ["GOOGLE_OAUTH_ACCESS_TOKEN"], "content-type": "application/json"},
    )
    urllib.request.urlopen(request).read()
    build = {"artifact_id": given["image_name"], "packer_run_uuid": "run", "custom_data": {"image_name": given["image_name"]}}
    (folder / "manifest.json").write_text(json.dumps({"builds": [build], "last_run_uuid": "run"}))
`;

/** What Packer itself and its plugin say of what they were given. */
async function check(folder: string): Promise<void> {
  for (const command of ["init", "validate"]) {
    const options = { args: [command, folder], env: { ...packerEnv(), CHECKPOINT_DISABLE: "1" } };
    const { success, stdout, stderr } = await new Deno.Command("packer", options).output();
    assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  }
}

Deno.test(
  needing(
    lackOfPacker(),
    "on Google's cloud, an image with the driver is built on a GPU pool's machine, listed and removed",
    () =>
      withGcpHome({}, async (cluster, { gce }) => {
        const path = join(cluster.home, "config.yaml");
        await Deno.mkdir(join(cluster.folder, "bin"));
        await Deno.writeTextFile(join(cluster.folder, "bin/packer"), PACKER, { mode: 0o755 });
        await Deno.mkdir(cluster.home);
        await Deno.writeTextFile(
          path,
          `provider: gcp\ncluster_id: ${CLUSTER}\nproject_name: ${gce.project}\nzone_name: ${gce.zone}\npython: ${PYTHON}\n` +
            "pools: [{name: gpu, worker_type: n1-standard-4, accelerator_type: nvidia-tesla-t4, accelerator_count: 1}]\n",
        );
        const calls = join(cluster.folder, "calls");
        const env = { PATH: `${cluster.folder}/bin:${Deno.env.get("PATH")}`, FAKE_CALLS: calls };
        const build = (more: Record<string, string> = {}) =>
          cluster.xcoreBeside(["image", "build", "--gpu"], { ...env, ...more }).ended;

        const refusal =
          "googleapi: Error 403: Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 0.0 in region us-central1., quotaExceeded";
        const failed = await build({ FAKE_ERROR: refusal });
        assert.equal(failed.code, 1);
        assert.match(failed.stderr, /^Cannot build the image: /m);
        assert.match(failed.stderr, /quota/i);

        await Deno.remove(calls);
        const built = await build();
        assert.equal(built.code, 0, built.stderr);
        assert.match(built.stderr, /^Creating instance …\nbecoming a machine image$/m);
        assert.deepEqual((await Deno.readTextFile(calls)).trim().split("\n"), [
          "version",
          `init -machine-readable ${cluster.home}/packer`,
          `build -machine-readable -color=false ${cluster.home}/packer`,
        ]);
        const given = JSON.parse(
          await Deno.readTextFile(join(cluster.home, "packer/xcore.auto.pkrvars.json")),
        );
        assert.deepEqual(
          [given.machine_type, given.accelerator_count, given.source_project],
          ["n1-standard-4", 1, "ubuntu-os-cloud"],
        );
        assert.match(given.source_image, /^ubuntu-2404-noble-amd64-v\d+$/);
        assert.match(
          given.accelerator_type,
          new RegExp(`/zones/${gce.zone}/acceleratorTypes/nvidia-tesla-t4$`),
        );
        await check(join(cluster.home, "packer"));
        assert.match(await Deno.readTextFile(join(cluster.home, "packer/provision.sh")), /^DRIVER='1'$/m);

        const name = (await cluster.ok("config", "get", "image_name")).trim();
        assert.match(name, new RegExp(`^${CLUSTER}-image-`));
        assert.equal((await cluster.ok("config", "get", "image_owner")).trim(), gce.project);
        assert.match(await cluster.ok("image", "list"), new RegExp(`^${name} .* 2 +in use$`, "m"));

        await cluster.ok("image", "remove", name);
        await until(
          "the image is gone",
          () => cluster.ok("image", "list"),
          (said) => said === "There are no images of this cluster. Build one with `xcore image build`.\n",
          120,
        );
        await Deno.remove(path); // no cluster was started: there is nothing for a shutdown to look for
      }),
  ),
);
