import assert from "node:assert/strict";
import { hostKeys } from "../../../../lib/platform/boot/host_keys.ts";
import {
  type Bundle,
  bundleOf,
  imageScript,
  quoted,
  schedulerScript,
  workerScript,
} from "../../../../lib/platform/boot/boot_script.ts";
import { BundleMissingError, SchedulerError } from "../../../../lib/errors.ts";
import { schedulerClient } from "../../../../lib/dask/scheduler_client.ts";
import { freePortPair } from "../../../../lib/platform/local/ports.ts";
import { pollUntil } from "../../../../lib/util/poll_until.ts";
import { certificatesFor, runtime } from "../../dask/_certificates.ts";
import { imageNode, schedulerNode, workerNode } from "./_facts.ts";
import { googleMetadata, IMDS, prepared, UV, UV_THAT_INSTALLS } from "./_images.ts";
import { type Boot, boot, booting, bootScheduler, bootWorker } from "./_sandbox.ts";

const UNITS = /^systemctl enable/;
const started = (name: string) => `systemctl enable --quiet --now xcore-${name}.service`;

function callsLike({ calls }: Boot, pattern: RegExp): string[] {
  return calls.filter((call) => pattern.test(call));
}

Deno.test(booting("a machine shows its host keys first, before anything that takes its time", async () => {
  const keygen = "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key";
  const booted = await bootScheduler(schedulerNode(), {
    before: `rm -f /etc/ssh/ssh_host_*; ${keygen}\n${prepared()}`,
    files: ["/etc/ssh/ssh_host_ed25519_key.pub"],
  });
  const [kind, blob] = booted.files["/etc/ssh/ssh_host_ed25519_key.pub"]!.text.split(" ");
  assert.deepEqual(hostKeys(booted.stdout), [`${kind} ${blob}`]);
  assert.equal(booted.code, 0);
}));

Deno.test(booting("a machine without SSH boots, too", async () => {
  const booted = await bootScheduler(schedulerNode(), {
    before: `rm -rf /etc/ssh\n${prepared()}`,
  });
  assert.deepEqual(hostKeys(booted.stdout), []);
  assert.equal(booted.lines.at(-1), "the scheduler starts");
}));

Deno.test(booting(
  "a worker of a prepared image takes the name at its launch index and fetches nothing",
  async () => {
    const booted = await bootWorker(workerNode(), {
      programs: { curl: IMDS },
      before: prepared(),
      files: ["/etc/xcore/name", "/etc/xcore/node.key", "/usr/local/lib/xcore/uv"],
    });
    assert.deepEqual(booted.lines, [
      "booting as a worker",
      "this is worker-1",
      "/opt/xcore has everything",
      "worker-1 starts",
    ]);
    assert.equal(booted.code, 0);
    assert.equal(booted.files["/etc/xcore/name"]?.text, "worker-1\n");
    assert.deepEqual(booted.files["/etc/xcore/node.key"], { text: workerNode().tls.key, mode: "640" });
    assert.equal(booted.files["/usr/local/lib/xcore/uv"], null);
    assert.deepEqual(callsLike(booted, /^(?!curl)/), [
      "useradd --system --user-group --create-home --home-dir /var/lib/xcore --shell /usr/sbin/nologin xcore",
      started("power-off"),
      "systemctl disable --quiet --now --no-block apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service",
      // Root runs nothing of an environment into which tasks may write.
      "runuser -u xcore -- /opt/xcore/bin/python -I /usr/local/lib/xcore/requirements.py 3.11 dask==2026.8.0 distributed==2026.8.0",
      started("worker"),
    ]);
  },
));

Deno.test(
  booting("a worker on Google's cloud takes the name that its instance's name ends with", async () => {
    const names = ["worker-1", "worker-11"];
    const { files } = await bootWorker(workerNode({ cloud: "gcp", names }), {
      programs: { curl: googleMetadata("lab-0123abcd-worker-11") },
      before: prepared(),
      files: ["/etc/xcore/name"],
    });
    assert.equal(files["/etc/xcore/name"]?.text, "worker-11\n");
  }),
);

Deno.test(booting("a worker that finds no name for itself switches itself off", async () => {
  const booted = await bootWorker(workerNode({ names: ["worker-0"] }), {
    programs: { curl: IMDS },
    before: prepared(),
  });
  assert.notEqual(booted.code, 0);
  assert.equal(booted.lines.at(-1), "this instance cannot become a worker, and powers itself off");
  assert.deepEqual(callsLike(booted, /^systemctl/).slice(-1), ["systemctl poweroff"]);
}));

for (const cloud of ["aws", "gcp"]) {
  Deno.test(booting(`a worker on ${cloud} knows its lifetime, and powers off an hour after it`, async () => {
    const { files } = await bootWorker(workerNode({ cloud, lifetimeS: 7200 }), {
      programs: { curl: cloud === "aws" ? IMDS : googleMetadata("lab-0123abcd-worker-1") },
      before: prepared(),
      files: ["/etc/xcore/environment", "/etc/xcore/node.json"],
    });
    assert.ok(files["/etc/xcore/environment"]!.text.split("\n").includes("XCORE_POWER_OFF_LIFETIME_S=10800"));
    assert.equal(JSON.parse(files["/etc/xcore/node.json"]!.text).lifetime_s, 7200);
  }));
}

Deno.test(booting("a scheduler's machine ends for its age only where the configuration says so", async () => {
  for (const lifetimeS of [null, 86_400]) {
    const path = "/etc/xcore/environment";
    const { files } = await bootScheduler(schedulerNode({ lifetimeS }), {
      before: prepared(),
      files: [path],
    });
    const [found] = files[path]!.text.split("\n").filter((line) =>
      line.startsWith("XCORE_POWER_OFF_LIFETIME_S")
    );
    assert.equal(found, lifetimeS === null ? undefined : "XCORE_POWER_OFF_LIFETIME_S=86400");
  }
}));

Deno.test(booting("the unit that powers off starts before anything that can fail", async () => {
  const booted = await bootWorker(workerNode(), { programs: { curl: "exit 7" } });
  assert.deepEqual(callsLike(booted, UNITS), [started("power-off")]);
  assert.equal(callsLike(booted, /^curl/).length, 5);
  assert.deepEqual(callsLike(booted, /^sleep/), ["sleep 2", "sleep 5", "sleep 10", "sleep 20"]);
}));

Deno.test(
  booting("an image that lacks packages gets exactly the recorded ones and the further ones", async () => {
    const booted = await bootWorker(workerNode({ extraPackages: ["mdtraj>=1.9"] }), {
      programs: { curl: IMDS },
      before: prepared({ lacks: true }) + UV,
    });
    assert.equal(booted.code, 0);
    assert.deepEqual(callsLike(booted, /^uv/), [
      "uv --quiet pip install --python /opt/xcore/bin/python -- dask==2026.8.0 distributed==2026.8.0 mdtraj>=1.9",
    ]);
  }),
);

/** As {@linkcode packageLocks} has them. */
const LOCK = {
  packages: [
    "dask==2026.8.0 --hash=sha256:aa",
    "tools @ https://lab/tools-2-py3-none-any.whl --hash=sha256:bb",
  ],
  schedulerOnly: ["bokeh==3.9.2 --hash=sha256:cc"],
  unhashed: [],
};
const LOCKED = "/usr/local/lib/xcore/packages.txt";
const BY_HASH =
  "uv --quiet pip install --require-hashes --no-build --no-deps --python /opt/xcore/bin/python -r " +
  LOCKED;

Deno.test(booting("a machine installs what its processor's lock has, by hash and nothing else", async () => {
  const locks = { aarch64: LOCK };
  const options = {
    programs: { curl: IMDS, uname: "echo aarch64" },
    before: prepared({ lacks: true }) + UV,
    files: [LOCKED],
  };
  const worker = await bootWorker(workerNode({ locks }), options);
  const scheduler = await bootScheduler(schedulerNode({ locks }), options);
  for (
    const [booted, lines] of [[worker, LOCK.packages], [scheduler, [
      ...LOCK.packages,
      ...LOCK.schedulerOnly,
    ]]] as const
  ) {
    assert.equal(booted.code, 0, booted.lines.join("\n"));
    assert.deepEqual(callsLike(booted, /^uv/), [BY_HASH]);
    assert.equal(booted.files[LOCKED]?.text, lines.map((line) => `${line}\n`).join(""));
    assert.ok(booted.lines.includes(`installing ${lines.length} packages, each by its hash`));
  }
  const other = await bootWorker(workerNode({ locks }), {
    ...options,
    programs: { curl: IMDS, uname: "echo x86_64" },
  });
  assert.notEqual(other.code, 0);
  assert.deepEqual(callsLike(other, /^uv/), []);
  assert.ok(other.lines.includes("no hashes of packages are known for x86_64"));
}));

Deno.test(booting("a machine installs what has no hash after what has one", async () => {
  const tools = "git+https://lab/tools";
  const booted = await bootWorker(
    workerNode({
      extraPackages: [tools],
      locks: { x86_64: { ...LOCK, unhashed: [tools] }, aarch64: { ...LOCK, unhashed: [tools] } },
    }),
    { programs: { curl: IMDS }, before: prepared({ lacks: true }) + UV },
  );
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  assert.deepEqual(callsLike(booted, /^uv/), [
    BY_HASH,
    `uv --quiet pip install --python /opt/xcore/bin/python -- dask==2026.8.0 distributed==2026.8.0 ${tools}`,
  ]);
}));

Deno.test(booting("an image with another Python gets an environment with the recorded one", async () => {
  const booted = await bootScheduler(schedulerNode(), {
    before: prepared({ python: "3.12" }) + UV,
  });
  assert.deepEqual(callsLike(booted, /^uv/).map((call) => call.split(" --python")[0]), [
    "uv --quiet venv --no-project --seed",
    "uv --quiet pip install",
  ]);
  assert.match(callsLike(booted, /venv/)[0]!, /--python 3\.11 \/opt\/xcore$/);
}));

Deno.test(booting("a scheduler starts what powers it off, and its unit", async () => {
  const booted = await bootScheduler(schedulerNode(), { before: prepared() });
  assert.deepEqual(callsLike(booted, UNITS), [started("power-off"), started("scheduler")]);
  assert.equal(booted.lines.at(-1), "the scheduler starts");
}));

/**
 * What needrestart does with its configuration: each file of conf.d is Perl, and `override_rc` says of
 * services by pattern whether they may be restarted. Prints those of its arguments that it would.
 * https://discourse.ubuntu.com/t/needrestart-changes-in-ubuntu-24-04-service-restarts/44671
 */
const NEEDRESTART = `
our %nrconf; local $/; eval <STDIN>; die $@ if $@;
for my $service (@ARGV) {
  my ($no) = grep { $service =~ /$_/ && !$nrconf{override_rc}->{$_} } keys %{$nrconf{override_rc}};
  print "$service\n" unless defined $no;
}`;

for (const role of ["scheduler", "worker"]) {
  Deno.test(booting(`Ubuntu's updates restart no ${role}, and nothing that powers it off`, async () => {
    const path = "/etc/needrestart/conf.d/xcore-needrestart.conf";
    const options = { programs: { curl: IMDS }, before: prepared(), files: [path] };
    const { files } = role === "scheduler"
      ? await bootScheduler(schedulerNode(), options)
      : await bootWorker(workerNode(), options);
    const perl = new Deno.Command("perl", {
      args: ["-e", NEEDRESTART, `xcore-${role}.service`, "xcore-power-off.service", "ssh.service"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    await new Response(files[path]!.text).body!.pipeTo(perl.stdin);
    assert.equal(new TextDecoder().decode((await perl.output()).stdout), "ssh.service\n");
  }));
}

Deno.test(
  booting(
    "a scheduler that cannot be made stays for a person to see, and is powered off in time",
    async () => {
      const booted = await bootScheduler(schedulerNode(), { programs: { curl: "exit 6" } });
      assert.notEqual(booted.code, 0);
      assert.deepEqual(callsLike(booted, UNITS), [started("power-off")]);
      assert.deepEqual(callsLike(booted, /poweroff/), []);
      assert.match(booted.lines.at(-1)!, /^line \d+ failed: /);
    },
  ),
);

Deno.test(booting("a script that boots a second time, as Google's do, does the same again", async () => {
  const bundle = bundleOf("scheduler", schedulerNode());
  const script = schedulerScript(schedulerNode(), bundle);
  const again = `${script}\n(${script}\n)`;
  const booted = await boot(again, { before: prepared(), bundle: bundle.content });
  assert.equal(booted.code, 0);
  assert.equal(booted.lines.filter((line) => line === "the scheduler starts").length, 2);
}));

/** A scheduler that answers every call with this, and takes the place of the metadata service, too. */
const answering = (content: string) => ({
  curl: `case "$*" in
  */xcore/bundle/*)
    while [ "$1" != -o ]; do shift; done
    printf %s ${quoted(content)} >"$2" ;;
  *) ${IMDS} ;;
esac`,
});

Deno.test(booting("a worker fetches its bundle from the scheduler, with its own certificate", async () => {
  const { content, sha256 } = bundleOf("worker", workerNode());
  const booted = await boot(workerScript(workerNode(), { content, sha256 }), {
    programs: answering(content),
    before: prepared(),
  });
  assert.equal(booted.code, 0, booted.lines.join("\n"));
  const [call = ""] = callsLike(booted, /xcore\/bundle/);
  assert.ok(call.endsWith(`https://lab-0123abcd.xcore.internal/xcore/bundle/${sha256}`));
  for (
    const part of ["--connect-to ::10.0.0.4:8787", "--cacert /etc/xcore/ca.pem", "--cert /etc/xcore/node.pem"]
  ) {
    assert.ok(call.includes(part), part);
  }
  assert.equal(booted.lines.at(-1), "worker-1 starts");
}));

Deno.test(booting("a worker runs nothing but its bundle, and ends when it does not get it", async () => {
  const bundle = bundleOf("worker", workerNode());
  const booted = await boot(workerScript(workerNode(), bundle), {
    programs: answering(`${bundle.content}touch /run/box/tampered`),
    before: prepared(),
    files: ["/run/box/tampered", "/usr/local/lib/xcore/bundle.sh"],
  });
  assert.notEqual(booted.code, 0);
  assert.deepEqual(Object.values(booted.files), [null, null]);
  assert.equal(callsLike(booted, /xcore\/bundle/).length, 60);
  assert.deepEqual(callsLike(booted, /^systemctl/).slice(-1), ["systemctl poweroff"]);
  assert.deepEqual(callsLike(booted, UNITS), [started("power-off")]);
}));

Deno.test(
  booting("a scheduler goes on booting when its bundle is handed over, which only its own is", async () => {
    await using certificates = await certificatesFor("lab-0123abcd");
    const { tls } = certificates;
    const { dashboardPort: port } = freePortPair(new Set(), 24_000 + 2 * (Deno.pid % 4000));
    const read = (path: string) => Deno.readTextFile(path);
    const facts = schedulerNode({
      dashboardPort: port,
      tls: {
        authority: await read(tls.caFile),
        certificate: await read(tls.scheduler.certFile),
        key: await read(tls.scheduler.keyFile),
      },
    });
    const bundle = bundleOf("scheduler", facts);
    const booting = boot(schedulerScript(facts, bundle), {
      before: prepared(),
      files: ["/usr/local/lib/xcore/bundle.sh"],
    });
    const client = schedulerClient({ host: "127.0.0.1", port, tls, clusterId: "lab-0123abcd", runtime });
    try {
      const wanted = await pollUntil(
        runtime.clock,
        { everyMs: 50, withinMs: 60_000 },
        () => client.report().then(() => null, (error) => error instanceof BundleMissingError ? error : null),
      );
      assert.equal(wanted?.sha256, bundle.sha256);
      await assert.rejects(client.handOver({ ...bundle, content: `${bundle.content}\n` }), SchedulerError);
      await client.handOver(bundle);
    } finally {
      client.close();
    }
    const booted = await booting;
    assert.equal(booted.code, 0, booted.lines.join("\n"));
    assert.deepEqual(booted.files["/usr/local/lib/xcore/bundle.sh"], { text: bundle.content, mode: "600" });
    assert.deepEqual(callsLike(booted, UNITS), [started("power-off"), started("scheduler")]);
  }),
);

const SSH = "/home/ubuntu/.ssh/authorized_keys";
const CLEARED = [SSH, "/etc/ssh/ssh_host_ed25519_key"];
const FILLED = CLEARED.map((path) => `mkdir -p $(dirname ${path})\necho secret >${path}\n`).join("");

Deno.test(booting(
  "a machine becomes an image that has all for scheduler and workers, and nothing of its own",
  async () => {
    const packages = { dask: "2026.8.0", bokeh: "3.8.0" };
    const booted = await boot(imageScript(imageNode({ python: { version: "3.11.7", packages } })), {
      programs: { "systemd-run": "", "cloud-init": "", sync: "" },
      before: prepared({ python: "3.12" }) + UV_THAT_INSTALLS + FILLED,
      files: [...CLEARED, "/usr/local/lib/xcore/requirements.py", "/etc/machine-id", "/etc/xcore/node.key"],
    });
    assert.equal(booted.code, 0, booted.lines.join("\n"));
    assert.deepEqual(booted.files["/etc/machine-id"]?.text, "");
    assert.ok(booted.files["/usr/local/lib/xcore/requirements.py"]);
    for (const path of [...CLEARED, "/etc/xcore/node.key"]) assert.equal(booted.files[path], null, path);
    assert.deepEqual(callsLike(booted, /^(systemd-run|cloud-init|uv.*pip|systemctl|apt-get)/), [
      "systemd-run --quiet --on-active=7200 systemctl poweroff",
      "cloud-init status --wait",
      "uv --quiet pip install --python /opt/xcore/bin/python -- dask==2026.8.0 bokeh==3.8.0",
      "cloud-init clean --logs",
    ]);
  },
));

Deno.test(booting("a machine whose packages cannot be installed becomes no image", async () => {
  const booted = await boot(imageScript(imageNode()), {
    programs: { curl: "exit 6", "systemd-run": "", "cloud-init": "" },
  });
  assert.notEqual(booted.code, 0);
  assert.deepEqual(callsLike(booted, /^cloud-init clean/), []);
}));

for (const cloud of ["aws", "gcp"] as const) {
  Deno.test(booting(
    `what an image was made with leaves a scheduler and a worker on ${cloud} nothing to fetch`,
    async () => {
      const metadata = cloud === "aws" ? IMDS : googleMetadata("lab-0123abcd-worker-1");
      const bundles = {
        worker: bundleOf("worker", workerNode({ cloud })),
        scheduler: bundleOf("scheduler", schedulerNode({ cloud })),
      };
      const having = ({ content }: Bundle, script: string) =>
        `printf %s ${quoted(content)} >/usr/local/lib/xcore/bundle.sh\n${script}`;
      const scripts = [
        imageScript(imageNode({ cloud })),
        having(bundles.worker, workerScript(workerNode({ cloud }), bundles.worker)),
        having(bundles.scheduler, schedulerScript(schedulerNode({ cloud }), bundles.scheduler)),
      ];
      const booted = await boot(scripts.map((script) => `(${script}\n)`).join("\n"), {
        programs: { curl: metadata, "systemd-run": "", "cloud-init": "" },
        before: UV_THAT_INSTALLS,
      });
      assert.equal(booted.code, 0, booted.lines.join("\n"));
      assert.equal(callsLike(booted, /^uv/).length, 2);
      assert.equal(booted.lines.filter((line) => line === "/opt/xcore has everything").length, 2);
    },
  ));
}
