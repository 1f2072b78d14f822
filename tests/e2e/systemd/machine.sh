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
own_root=$(realpath "${0%/*}/../../emulators/machine/own_root.sh")
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
. "$1"
state=$2
root=$2/root
shift 2
mount_root "$root" / "$state/upper" "$state/work"
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
become_systemd "$root" xcore-tests
BOOT

(
  echo "$BASHPID" >"$cgroup/cgroup.procs"
  exec setpriv --pdeathsig KILL unshare --mount --uts --ipc --cgroup --net --pid --fork --kill-child=KILL \
    --propagation private -- /bin/bash -c "$boot" boot "$own_root" "$state" "$@"
) </dev/null >"$state/console.log" 2>&1 &
unshare=$!
for _ in $(seq 2400); do
  init=$(tr -d ' ' <"/proc/$unshare/task/$unshare/children" 2>/dev/null) || break
  if [ -n "$init" ] && [ "$(cat "/proc/$init/comm" 2>/dev/null)" = systemd ]; then
    echo "$init"
    break
  fi
  sleep 0.05
done
wait "$unshare"
