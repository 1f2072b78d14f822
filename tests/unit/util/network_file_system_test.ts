import assert from "node:assert/strict";
import { networkFileSystem } from "../../../lib/util/network_file_system.ts";
import { systemRuntime } from "../../../lib/system_runtime.ts";

const MOUNTS = `/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
nas:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/ann/fast ext4 rw 0 0
//win/share /mnt/my\\040share cifs rw 0 0
ann@far:/ /home/ann/far fuse.sshfs rw 0 0
tmpfs /homework tmpfs rw 0 0
`;

const SHOWN = `/dev/disk3s1s1 on / (apfs, sealed, local, read-only)
nas:/lab on /Volumes/my lab (nfs, nodev, nosuid)
//ann@win/share on /Volumes/share (smbfs, nodev)
`;

function on(os: string, folder: string): Promise<string | null> {
  const system = systemRuntime(null);
  const files = { ...system.files, readTextIfExists: () => Promise.resolve(MOUNTS) };
  const run = () => Promise.resolve({ code: 0, stdout: SHOWN, stderr: "" });
  return networkFileSystem({ os, files, run }, folder);
}

Deno.test("networkFileSystem() is what the nearest mount above a folder is", async () => {
  assert.equal(await on("linux", "/home/ann/.xcore"), "nfs4");
  assert.equal(await on("linux", "/home"), "nfs4");
  assert.equal(await on("linux", "/home/ann/fast/.xcore"), null);
  assert.equal(await on("linux", "/home/ann/far/x"), "fuse.sshfs");
  assert.equal(await on("linux", "/homework/x"), null);
  assert.equal(await on("linux", "/mnt/my share/x"), "cifs");
  assert.equal(await on("linux", "/root/.xcore"), null);
  assert.equal(await on("darwin", "/Volumes/my lab/x"), "nfs");
  assert.equal(await on("darwin", "/Volumes/share"), "smbfs");
  assert.equal(await on("darwin", "/Users/ann"), null);
});

Deno.test("networkFileSystem() is null where it cannot be found out", async () => {
  const system = systemRuntime(null);
  const run = () => Promise.reject(new Deno.errors.NotFound("mount"));
  assert.equal(await networkFileSystem({ ...system, os: "darwin", run }, "/x"), null);
  assert.equal(await networkFileSystem(system, "/proc"), null);
});
