/**
 * A boot script run to its end on a throw-away copy of this machine's root, with the programs that would change the
 * machine, or that are not here, replaced. Linux and root only.
 * @module
 */

import { bundleOf, schedulerScript, workerScript } from "../../../../lib/platform/boot/boot_script.ts";
import type { SchedulerBootFacts, WorkerBootFacts } from "../../../../lib/platform/boot/boot_facts.ts";
import { namespaces, needing } from "../../../support/needs.ts";

const LACK = namespaces();

/** A test that boots, skipped where nothing can be. */
export function booting(name: string, body: () => Promise<void>): Deno.TestDefinition {
  return needing(LACK, name, body);
}

/** A file that a boot has left. */
export interface BootFile {
  readonly text: string;
  /** `640` */
  readonly mode: string;
}

/** What became of a boot. */
export interface Boot {
  readonly code: number;
  readonly stdout: string;
  /** What it said on stderr, without times. */
  readonly lines: readonly string[];
  /** The calls of replaced programs, each with its arguments, in order. */
  readonly calls: readonly string[];
  /** The files that were asked for, by path; null for what is not there. */
  readonly files: Readonly<Record<string, BootFile | null>>;
}

const PREPARE = `
set -e
folder=$1
mount -t tmpfs tmpfs "$folder/disk"; cd "$folder/disk"; mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
mount --rbind /dev root/dev; mount --rbind /proc root/proc
for private in /opt /var/lib/xcore /run /tmp; do mkdir -p "root$private"; mount -t tmpfs tmpfs "root$private"; done
mkdir root/run/box; mount --bind "$folder/box" root/run/box
sed -i '/^xcore:/d' root/etc/passwd root/etc/group; echo xcore:x:4242: >>root/etc/group
[ ! -e "$folder/box/bundle" ] || install -D -m 600 "$folder/box/bundle" root/usr/local/lib/xcore/bundle.sh
[ ! -e "$folder/box/before" ] || PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot root /bin/bash -e /run/box/before
# As cloud-init does: no HOME, the folder /.
env -i PATH=/run/box/programs:/usr/sbin:/usr/bin:/sbin:/bin chroot root /bin/bash /run/box/user-data && code=0 || code=$?
cd root
while read -r path; do [ ! -e ".$path" ] || { mkdir -p "run/box/after$(dirname "$path")"; cp -p ".$path" "run/box/after$path"; }; done <run/box/wanted
exit $code
`;

/** What no boot of a test may do to this machine; each call is only noted. */
const REPLACED = ["systemctl", "useradd", "swapon", "apt-get", "modprobe", "curl", "sleep"];

/** How to boot. */
export interface BootOptions {
  /** Programs → what they do as shell text, after the call was noted. */
  readonly programs?: Readonly<Record<string, string>>;
  /** A script that changes the root first. */
  readonly before?: string;
  /** What to look at afterwards. */
  readonly files?: readonly string[];
  /** Text of the bundle that is on the disk already, as at a second boot. */
  readonly bundle?: string;
}

/** Boots a scheduler that has its bundle. */
export function bootScheduler(facts: SchedulerBootFacts, options: BootOptions = {}): Promise<Boot> {
  const bundle = bundleOf("scheduler", facts);
  return boot(schedulerScript(facts, bundle), { bundle: bundle.content, ...options });
}

/** Boots a worker that has its bundle. */
export function bootWorker(facts: WorkerBootFacts, options: BootOptions = {}): Promise<Boot> {
  const bundle = bundleOf("worker", facts);
  return boot(workerScript(facts, bundle), { bundle: bundle.content, ...options });
}

/** Boots a script. */
export async function boot(script: string, given: BootOptions = {}): Promise<Boot> {
  const folder = await Deno.makeTempDir();
  try {
    const box = `${folder}/box`;
    await Deno.mkdir(`${folder}/disk`);
    await Deno.mkdir(`${box}/programs`, { recursive: true });
    const programs = {
      ...Object.fromEntries(REPLACED.map((name) => [name, ""])),
      // There is no user xcore, as useradd is replaced.
      ...{ runuser: 'shift 3; exec "$@"', chown: "" },
      ...given.programs,
    };
    for (const [name, text] of Object.entries(programs)) {
      const note = `#!/bin/bash\necho "\${0##*/} $*" >>/run/box/calls\n`;
      await Deno.writeTextFile(`${box}/programs/${name}`, note + text, { mode: 0o755 });
    }
    if (given.before !== undefined) await Deno.writeTextFile(`${box}/before`, given.before);
    if (given.bundle !== undefined) await Deno.writeTextFile(`${box}/bundle`, given.bundle);
    await Deno.writeTextFile(`${box}/user-data`, script);
    await Deno.writeTextFile(`${box}/calls`, "");
    await Deno.writeTextFile(`${box}/wanted`, (given.files ?? []).map((path) => path + "\n").join(""));
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "--propagation", "private", "bash", "-c", PREPARE, "prepare", folder],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      lines: decoder.decode(stderr).trimEnd().split("\n").map((line) => line.replace(/^xcore [\d:.]+: /, "")),
      calls: (await Deno.readTextFile(`${box}/calls`)).trimEnd().split("\n"),
      files: Object.fromEntries(
        await Promise.all(
          (given.files ?? []).map(async (path) => [path, await fileAt(`${box}/after${path}`)]),
        ),
      ),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function fileAt(path: string): Promise<BootFile | null> {
  try {
    const { mode } = await Deno.stat(path);
    return { text: await Deno.readTextFile(path), mode: (mode! & 0o7777).toString(8) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
