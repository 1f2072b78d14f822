import assert from "node:assert/strict";
import { join } from "node:path";
import { schedulerClient } from "../../../lib/dask/scheduler_client.ts";
import { limits } from "../../../lib/platform/aws/limits.ts";
import { schedulerScript } from "../../../lib/platform/boot/boot_script.ts";
import { packUserData } from "../../../lib/platform/boot/user_data.ts";
import { PYTHON, USER_ADDRESS } from "../../emulators/person.ts";
import { signal } from "../local/_processes.ts";
import type { TestCluster } from "../local/harness.ts";
import { lackOfDebs, serveDebs } from "../../runner/debian_packages.ts";
import { lackOfPacker, packerEnv } from "../../runner/packer.ts";
import { ROOT } from "../../runner/programs.ts";
import { blocksOf, Reader } from "../local/page.ts";
import { allOf, needing, programs } from "../../support/needs.ts";
import { certificatesFor } from "../../unit/dask/_certificates.ts";
import { schedulerNode } from "../../unit/platform/boot/_facts.ts";
import { instancePython, recordedVersions } from "../../runner/wheels.ts";
import { type Account, ask, refused, tagged, withAwsHome } from "./_aws_home.ts";
import { handOverTo, Nodes, nodeTls, until } from "./_nodes.ts";
import { INDEX_ENV, INDEX_HOSTS, indexAuthority, packageIndex } from "./_package_index.ts";

const LACK = allOf([programs("packer", "sudo"), lackOfPacker(), lackOfDebs()]);

/** What Packer makes of a build, by how EC2 lists it. */
const TEMPORARY = { DescribeKeyPairs: "keyName", DescribeSecurityGroups: "groupName" };

/** A Python with Dask and nothing else, of the machines' version: for that there are packages where no other can be reached. */
async function plainPython({ folder }: TestCluster): Promise<string> {
  const path = join(folder, "python");
  const recorded = Object.keys(await recordedVersions()).join("|");
  const version = `s/"version": "[^"]*"/"version": "${await instancePython()}"/`;
  const others = `s/"(?!(?:${recorded}|version|executable|prefix)")([\\w-]+)": "[^"]*"/"$1": null/g`;
  const filter = `case "$2" in "'''exit'"*) exec perl -pe '${version}; ${others}' ;; *) exec cat ;; esac`;
  const script = `#!/bin/bash\nset -o pipefail\n'${PYTHON}' "$@" | (${filter})\n`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

/** Waits for the machine to build on; returns its type. */
async function buildRuns({ ec2 }: Account): Promise<string> {
  return await until(
    "the machine to build on",
    async () =>
      (await ec2.control.instances()).find(({ state, tags }) =>
        state === "running" && tags["xcore-role"] === "image"
      )?.type ?? false,
  );
}

/** Ids and names of what is there and only a build makes. */
async function leftOfBuilds({ ec2 }: Account): Promise<string[]> {
  const living = (await ec2.control.instances()).filter(({ state }) => state !== "terminated");
  const lists = Object.entries(TEMPORARY).map(async ([action, name]) =>
    [...(await ask(ec2, `Action=${action}`)).matchAll(new RegExp(`<${name}>(packer_[^<]*)<`, "g"))]
      .map(([, found]) => found!)
  );
  return [...living.map(({ id }) => id), ...(await Promise.all(lists)).flat()];
}

/** Processes whose folder this is. */
async function processesIn(folder: string): Promise<number[]> {
  const pids = (await Array.fromAsync(Deno.readDir("/proc"))).map(({ name }) => Number(name)).filter(Boolean);
  const inside = await Promise.all(
    pids.map((pid) => Deno.readLink(`/proc/${pid}/cwd`).then((cwd) => cwd === folder, () => false)),
  );
  return pids.filter((_, i) => inside[i]);
}

/** Who reads about images, where these variables are exported; what a block complains of is in the file `complaints`. */
async function readerOfImages(cluster: TestCluster, env: Readonly<Record<string, string>>): Promise<Reader> {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  await cluster.write(".exported", lines.join(""));
  return new Reader(cluster, await blocksOf("docs/how-to/own_image.md"), { folder: ROOT });
}

Deno.test(needing(
  LACK,
  "on AWS, as docs/how-to/own_image.md has it, an image is built, named by the config, given GROMACS, booted with nothing to install, and removed",
  async () => {
    await using authority = await indexAuthority();
    const options = {
      boot: true,
      prepared: false,
      hosts: INDEX_HOSTS,
      authorityFile: authority.authorityFile,
    };
    await withAwsHome(options, async (cluster, account) => {
      await using index = await packageIndex(authority);
      const { ec2 } = account;
      const clusterId = "xcore-0a1b2c3d";
      await using mirror = await serveDebs(USER_ADDRESS);
      const setup = `rm -f /etc/apt/sources.list.d/*\necho '${mirror.source}' >/etc/apt/sources.list\n`;
      const before = `# mine\nprovider: aws\ncluster_id: ${clusterId}\nregion_name: ${ec2.region}\n` +
        `image_name: ubuntu/images/*24.04-amd64* # plain\nimage_owner: "099720109477"\n` +
        `allowed_cidr: [${USER_ADDRESS}/32]\npython: ${await plainPython(cluster)}\n` +
        `setup_script: ${await cluster.write("setup.sh", setup)}\n`;
      const path = join(cluster.home, "config.yaml");
      await Deno.mkdir(cluster.home);
      await Deno.writeTextFile(path, before);

      const missing = await refused(cluster, 4, ["image", "build"], { PATH: "/nonexistent" });
      assert.match(missing.lines[0]!, /^Cannot find Packer: packer is not on PATH$/);
      assert.match(missing.lines[1]!, /^Install Packer \(https:/);

      const gpu = await refused(cluster, 2, ["image", "build", "--gpu"]);
      assert.match(gpu.lines[0]!, /^Cannot build an image for GPUs: no pool has a GPU/);

      const quick = { AWS_POLL_DELAY_SECONDS: "1", ...INDEX_ENV };
      const interrupted = cluster.xcoreBeside(["image", "build"], quick);
      await buildRuns(account);
      signal(interrupted.pid, "SIGINT");
      const stopped = await interrupted.ended;
      assert.equal(stopped.code, 130, stopped.stderr);
      assert.match(stopped.stderr, /^Stopping cleanly; press Ctrl-C again to stop at once …$/m);
      assert.match(stopped.stderr, /^Interrupted; nothing of the cluster exists$/m);
      assert.deepEqual(await leftOfBuilds(account), []);

      const pools = "pools: [{name: gpu, worker_type: g4dn.xlarge, max_workers: 1}]\n";
      await Deno.writeTextFile(path, before + pools);
      const killed = cluster.xcoreBeside(["image", "build", "--gpu"], quick);
      assert.equal(await buildRuns(account), "g4dn.xlarge");
      assert.match(
        (await cluster.xcore("doctor")).stdout,
        /^! Orphans: not checked: an image is being built/m,
      );
      for (const pid of await processesIn(join(cluster.home, "packer"))) signal(pid, "SIGKILL");
      const { code, stderr } = await killed.ended;
      assert.equal(code, 1);
      assert.match(stderr, /^Cannot build the image: Packer was killed in the middle$/m);
      const doctor = await cluster.xcore("doctor");
      assert.match(doctor.stdout, /^✗ Orphans: .*\binstance i-/m);
      assert.match(doctor.stdout, /Remove them with `xcore doctor --fix`/);
      await cluster.xcore("doctor", "--fix");
      assert.deepEqual(await tagged(account, clusterId), []);
      assert.equal(await Deno.readTextFile(path), before + pools);
      await Deno.writeTextFile(path, before);

      // Debian's, which has the builder in itself, where IMDSv1 is allowed.
      const debians = await cluster.xcoreBeside(["image", "build"], quick).ended;
      assert.equal(debians.code, 0, debians.stderr);
      const plain = (await cluster.ok("config", "get", "image_name")).trim();
      await Deno.writeTextFile(path, before);
      await cluster.ok("image", "remove", plain);

      // Today's, where it is not.
      await ec2.control.set({ httpTokensEnforced: true });
      const old = cluster.xcoreBeside(["image", "build"], quick);
      assert.equal((await old.ended).code, 1);
      const reader = await readerOfImages(cluster, { ...quick, ...packerEnv() });
      const complaints = join(cluster.folder, "complaints");
      const noting = {
        "image build": `image build 2>'${complaints}' || { cat '${complaints}' >&2; exit 1; }`,
      };
      const stdout = await reader.types("xcore image build", noting);
      const steps = await Deno.readTextFile(complaints);
      const name = (await cluster.ok("config", "get", "image_name")).trim();
      assert.match(name, new RegExp(`^${clusterId}-image-\\d{8}-\\d{6}$`));
      assert.match(stdout, new RegExp(`^Built ${name} \\(ami-\\w+\\) `));
      for (
        const step of [/^Launching a source AWS instance …$/m, /^installing \d+ packages, each by its hash$/m]
      ) {
        assert.match(steps, step);
      }
      assert.equal(
        await Deno.readTextFile(path),
        before.replace(/image_name: \S+/, `image_name: ${name}`).replace("099720109477", "123456789012"),
      );

      await reader.types("gromacs.pkr.hcl", {
        "203.0.113.7": USER_ADDRESS,
        "packer build": `packer build -var ec2_endpoint=${ec2.endpoint}`,
      });
      const gromacs = `${name}-gromacs`;
      for (const image of [name, gromacs]) {
        const made = await ask(ec2, `Action=DescribeImages&Filter.1.Name=name&Filter.1.Value.1=${image}`);
        assert.match(made, /<imdsSupport>v2.0</);
      }
      assert.match(await reader.types("xcore image list"), new RegExp(`${gromacs} `));
      reader.hasReadAll();
      const { images } = JSON.parse(await cluster.ok("image", "list", "--json"));
      const image = images.find((image: { name: string }) => image.name === gromacs);
      assert.deepEqual([images.length, image.configured], [2, true]);

      const fetched = (await index.requests()).split("\n").length;
      const nodes = await Nodes.in(ec2);
      const python = { version: await instancePython(), packages: await recordedVersions() };
      await using certificates = await certificatesFor("lab-0123abcd");
      const { tls } = certificates;
      const facts = schedulerNode({ python, tls: await nodeTls(tls, "scheduler") });
      const [scheduler] = await nodes.launch(
        packUserData(schedulerScript(facts), limits.userData),
        1,
        image.id,
      );
      const host = scheduler!.publicAddress!;
      const client = schedulerClient({ host, port: 8787, tls, clusterId: "lab-0123abcd" });
      await handOverTo(client, facts);
      client.close();
      const said = await until("the scheduler's boot", async () => {
        const console = await nodes.console(scheduler!.id);
        return /the scheduler starts/.test(console) && console;
      });
      assert.match(said, /xcore [\d:.]+: \/opt\/xcore has everything/);
      assert.equal((await index.requests()).split("\n").length, fetched);
      const secrets = "ls /home/ubuntu/.ssh/authorized_keys /root/.ssh/authorized_keys; grep -rlE 'packer|" +
        clusterId +
        "' /etc /opt/xcore/bin /usr/local/lib/xcore /home /root /var/log";
      assert.doesNotMatch(await nodes.inside(scheduler!.id, secrets), /^\//m);
      assert.match(await nodes.inside(scheduler!.id, "gmx --version"), /^GROMACS version: +\d/m);

      assert.match(await cluster.ok("image", "remove", gromacs), /; image_name is .* again\.$/m);
      assert.notEqual((await cluster.ok("config", "get", "image_name")).trim(), gromacs);
      await cluster.ok("image", "remove", name);
      assert.deepEqual(JSON.parse(await cluster.ok("image", "list", "--json")).images, []);
      const snapshots = await ask(ec2, "Action=DescribeSnapshots&Owner.1=self");
      assert.doesNotMatch(snapshots, new RegExp(image.id));
      await Deno.remove(path); // no cluster was started: there is nothing for a shutdown to look for
    });
  },
));
