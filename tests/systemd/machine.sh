#!/bin/bash
# machine.sh STATE LOWER_SHARED...
# Boots a real systemd as PID 1 of its own PID, mount, network, UTS, IPC and cgroup namespaces, on a throw-away overlay of
# this machine's root. Prints the id of that PID 1 as this machine sees it, and returns when it has ended.
#   STATE   keeps what was written to the overlay: the same folder again is the same machine after a reboot
#   SHARED  folders that the machine sees as they are, read-only
# Nothing of it reaches outside: its network has only a loopback, its mounts and processes end with it.
# Needs root, and the packages systemd, dbus, libpam-systemd, dbus-user-session and util-linux.
set -eu
if [ -z "${MACHINE_MOUNTS:-}" ]; then # no mount is to be seen outside
  exec env MACHINE_MOUNTS=own unshare --mount --propagation private -- /bin/bash "$0" "$@"
fi
state=$(realpath "$1")
shift
mkdir -p "$state/upper" "$state/work" "$state/root" "$state/cgroups"

# A cgroup of its own: systemd takes the one that it is born in for the root of all.
mount -t cgroup2 cgroup2 "$state/cgroups"
cgroup=$state/cgroups/xcore-tests.$$
mkdir "$cgroup"
unshare=
clean_up() {
  [ -z "$unshare" ] || kill -KILL "$unshare" 2>/dev/null || true # and with it all that is in the machine
  for _ in $(seq 50); do
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ -d "$cgroup" ] || return 0
    sleep 0.1
  done
}
trap clean_up EXIT
trap 'exit 143' INT TERM HUP

read -r -d '' boot <<'BOOT' || true
set -e
state=$1
root=$1/root
shift
mount -t overlay overlay -o "lowerdir=/,upperdir=$state/upper,workdir=$state/work" "$root"
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
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${stream%:*}" "$root/dev/${stream#*:}"; done
cat /proc/sys/kernel/random/uuid >"$root/run/boot_id" # each boot has its own
mount --bind "$root/run/boot_id" "$root/proc/sys/kernel/random/boot_id"
mount --rbind "$root/proc/sys" "$root/proc/sys" # the kernel's settings are the whole machine's
mount -o remount,bind,ro "$root/proc/sys"
for shared in "$@"; do
  mkdir -p "$root$shared"
  above=$shared
  while above=$(dirname "$above"); [ "$above" != / ]; do chmod o+rx "$root$above"; done # for others than root
  mount --rbind "$shared" "$root$shared"
  mount -o remount,bind,ro "$root$shared"
done

units=$root/etc/systemd/system
if [ ! -e "$root/etc/xcore-tests" ]; then # the first boot: none of this machine's own services
  find "$units" \( -path '*.wants/*' -o -path '*.requires/*' \) -type l -delete
  for unit in getty.target console-getty.service systemd-remount-fs.service systemd-modules-load.service \
    systemd-sysctl.service systemd-binfmt.service systemd-pstore.service systemd-random-seed.service \
    systemd-timesyncd.service systemd-firstboot.service systemd-udevd.service systemd-udev-trigger.service \
    dev-hugepages.mount dev-mqueue.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    proc-sys-fs-binfmt_misc.automount tmp.mount; do
    ln -sfn /dev/null "$units/$unit"
  done
  mkdir -p "$root/etc/systemd/system-generators" "$root/var/log/journal" "$root/var/lib/systemd/linger"
  ln -sfn /dev/null "$root/etc/systemd/system-generators/systemd-sysv-generator"
  ln -sfn /lib/systemd/system/multi-user.target "$units/default.target"
  : >"$root/etc/fstab"
  : >"$root/etc/xcore-tests"
fi
cd "$root"
mkdir run/old
pivot_root . run/old
exec </dev/null
umount -l /run/old
rmdir /run/old
exec env -i container=xcore-tests PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog,-mknod \
  /lib/systemd/systemd --show-status=no --log-target=journal
BOOT

(
  echo "$BASHPID" >"$cgroup/cgroup.procs"
  exec setpriv --pdeathsig KILL unshare --mount --uts --ipc --cgroup --net --pid --fork --kill-child=KILL \
    --propagation private -- /bin/bash -c "$boot" boot "$state" "$@"
) </dev/null >"$state/console.log" 2>&1 &
unshare=$!
for _ in $(seq 600); do
  init=$(tr -d ' ' <"/proc/$unshare/task/$unshare/children" 2>/dev/null) || break
  if [ -n "$init" ] && [ "$(cat "/proc/$init/comm" 2>/dev/null)" = systemd ]; then
    echo "$init"
    break
  fi
  sleep 0.05
done
wait "$unshare"
