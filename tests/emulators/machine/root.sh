#!/bin/bash
# Process 1 of a machine, until systemd takes its place. In new mount, pid, uts, ipc, cgroup and network namespaces.
#   root.sh DISK IMAGE CONSOLE NAME [SOURCE TARGET]…
# DISK: holds the layer that the machine writes to; IMAGE: the layer between it and this computer's own root; CONSOLE: a
# terminal; SOURCE is shown read-only at TARGET. Waits for a line on stdin, so that the network can be made first.
set -euo pipefail
. "${0%/*}/own_root.sh"
disk=$1 image=$2 console=$3 name=$4
shift 4
read -r _
mkdir -p "$disk/written" "$disk/work" "$disk/root"
root=$disk/root
mount_root "$root" "$image:/" "$disk/written" "$disk/work"
for device in console ttyS0; do
  : >"$root/dev/$device"
  mount --bind "$console" "$root/dev/$device"
done
while [ $# -gt 0 ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  shift 2
done
hostname "$name"
echo "$name" >"$root/etc/hostname"
become_systemd "$root" machine
