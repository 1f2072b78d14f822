/** Which file system a folder is on, as far as it matters. @module */

import type { Runtime } from "../runtime.ts";

/**
 * Those that several machines share. SQLite and file locks need one that one machine has alone:
 * https://sqlite.org/wal.html, "WAL does not work over a network filesystem".
 */
const SHARED =
  /^(nfs\d?|cifs|smb\w*|afs|afpfs|ceph|glusterfs|lustre|gpfs|beegfs|pvfs2|orangefs|webdav|davfs2?|fuse\.(sshfs|s3fs|ceph|glusterfs|rclone|davfs\w*|gcsfuse|mount-s3))$/;

/**
 * The kind of network file system that a folder is on, `nfs4`; null: it is on none, or this system
 * does not tell.
 *
 * @param folder absolute path, links resolved
 */
export async function networkFileSystem(
  { os, files, run }: Pick<Runtime, "os" | "files" | "run">,
  folder: string,
): Promise<string | null> {
  try {
    const mounts = os === "linux"
      ? mountsIn(await files.readTextIfExists("/proc/self/mounts") ?? "")
      : mountsShown((await run(["mount"])).stdout);
    const holding = mounts.filter(({ at }) => at === "/" || `${folder}/`.startsWith(`${at}/`));
    // Of several that are mounted at one place the last is seen.
    const nearest = holding.reduce<Mount | null>(
      (best, mount) => best !== null && best.at.length > mount.at.length ? best : mount,
      null,
    );
    return nearest !== null && SHARED.test(nearest.kind) ? nearest.kind : null;
  } catch {
    return null; // what cannot be found out is no reason to fail
  }
}

interface Mount {
  readonly at: string;
  readonly kind: string;
}

/** Reads /proc/self/mounts, where blanks are octal. */
function mountsIn(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, at, kind] = line.split(" ");
    if (at === undefined || kind === undefined) return [];
    const plain = at.replaceAll(/\\([0-7]{3})/g, (_all, octal) => String.fromCharCode(parseInt(octal, 8)));
    return [{ at: plain, kind }];
  });
}

/** Reads what macOS's `mount` prints: `server:/x on /Volumes/x (nfs, nodev)`. */
function mountsShown(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, at, kind] = /^.* on (\/.*) \((\w+)[,)]/.exec(line) ?? [];
    return at === undefined || kind === undefined ? [] : [{ at, kind }];
  });
}
