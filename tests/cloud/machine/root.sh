#!/bin/bash
# Process 1 of a machine, until systemd takes its place. In new mount, pid, uts, ipc, cgroup and network namespaces.
#   root.sh DISK IMAGE CONSOLE NAME [SOURCE TARGET]…
# DISK: holds the layer that the machine writes to; IMAGE: the layer between it and this computer's own root; CONSOLE: a
# terminal; SOURCE is shown read-only at TARGET. Waits for a line on stdin, so that the network can be made first.
set -euo pipefail
disk=$1 image=$2 console=$3 name=$4
shift 4
read -r _
mkdir -p "$disk/written" "$disk/work" "$disk/root"
root=$disk/root
mount -t overlay overlay -o "lowerdir=$image:/,upperdir=$disk/written,workdir=$disk/work" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
for device in console ttyS0; do
  : >"$root/dev/$device"
  mount --bind "$console" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
cat /proc/sys/kernel/random/uuid >"$root/run/boot_id"
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
mount --rbind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys" # sysctls are the whole computer's
while [ $# -gt 0 ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  shift 2
done
hostname "$name"
echo "$name" >"$root/etc/hostname"
cd "$root"
mkdir -p run/old
pivot_root . run/old
exec </dev/null
umount -l /run/old
rmdir /run/old
exec env -i container=machine PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog,-mknod \
  /lib/systemd/systemd --show-status=no --log-target=journal
