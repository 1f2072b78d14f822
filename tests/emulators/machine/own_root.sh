#!/bin/bash
# What makes a machine of namespaces, for bash to source: a root of its own, and systemd in it.

# mount_root ROOT LOWER UPPER WORK: an overlay at ROOT, and over it all that the kernel shows. In new mount, pid and cgroup namespaces.
mount_root() {
  local root=$1 device
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$3,workdir=$4" "$root"
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
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s fd/0 "$root/dev/stdin"
  ln -s fd/1 "$root/dev/stdout"
  ln -s fd/2 "$root/dev/stderr"
  cat /proc/sys/kernel/random/uuid >"$root/run/boot_id" # each boot has its own
  mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
  mount --rbind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys" # sysctls are the whole computer's
}

# become_systemd ROOT CONTAINER: takes the place of this process, with nothing left to see beyond ROOT.
become_systemd() {
  cd "$1" || return
  mkdir -p run/old
  pivot_root . run/old
  exec </dev/null
  umount -l /run/old
  rmdir /run/old
  exec env -i "container=$2" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog,-mknod \
    /lib/systemd/systemd --show-status=no --log-target=journal
}
