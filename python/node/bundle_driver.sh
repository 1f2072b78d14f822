# What workers and machine images with an NVIDIA GPU have in common, after bundle.sh. Its own values: DRIVER (1: there is one).
# shellcheck shell=bash

# Ubuntu's drivers are packages for one kernel each, and the archive has them for its newest. An image that is some weeks old
# runs another, for which `ubuntu-drivers install` installs nothing and exits with 0; so it only says which drivers the GPU
# takes. https://documentation.ubuntu.com/server/how-to/graphics/install-nvidia-drivers/
#
# Which kernel is to have it is `driver_kernel`: another than the running one where a machine becomes an image.
install_driver() {
  local kernel branch branches
  [ "$DRIVER" = 1 ] || return 0
  kernel=$(driver_kernel)
  if driver_works "$kernel"; then
    say 'the NVIDIA driver is there'
    return
  fi
  say "installing the NVIDIA driver for kernel $kernel"
  patiently apt_get update
  patiently apt_get install --no-install-recommends ubuntu-drivers-common
  branches=$(driver_branches)
  if [ -z "$branches" ]; then
    say 'ubuntu-drivers knows no driver for this GPU'
    return 1
  fi
  for branch in $branches; do
    if try_driver "$kernel" "linux-modules-nvidia-$branch-$kernel" "nvidia-headless-no-dkms-$branch" "$(utilities "$branch")"; then
      return
    fi
  done
  branch=${branches%%$'\n'*}
  if try_driver "$kernel" "linux-headers-$kernel" "nvidia-headless-$branch" "$(utilities "$branch")"; then return; fi
  # Half installed it keeps apt from all else.
  apt_get purge "nvidia-headless-$branch" "nvidia-dkms-$branch" >/dev/null 2>&1 || :
  take_newest_kernel "$kernel" "$branch"
}

# `580-server` and the like, those for servers first and of them the newest. Some versions list only what has modules for the
# newest kernel, and warn of any other, unless they are to count DKMS, too; older ones know no such option.
driver_branches() {
  { ubuntu-drivers list --gpgpu --include-dkms 2>&1 || ubuntu-drivers list --gpgpu 2>&1 || :; } |
    sed -nE 's/^nvidia-[a-z-]*-([0-9]+(-server)?(-open)?)([, ].*)?$/\1/p' |
    awk '{ print ($0 ~ /server/ ? 0 : 1), -$0, length($0), $0 }' | sort -u -k1,1n -k2,2n -k3,3n | cut -d' ' -f4
}

# nvidia-smi is the same package for open modules and others.
utilities() {
  printf 'nvidia-utils-%s' "${1%-open}"
}

# Installs packages if apt finds all of them and what they need, and whether the driver works then. The network may fail for a
# while; what does not compile once never does.
try_driver() {
  local kernel=$1
  shift
  apt_get --simulate install --no-install-recommends "$@" >/dev/null 2>&1 || return
  say "installing $*"
  patiently apt_get install --no-install-recommends --download-only "$@" || return
  apt_get install --no-install-recommends "$@" && driver_works "$kernel" && hold_driver
}

driver_works() {
  command -v nvidia-smi >/dev/null || return
  if [ "$1" != "$(uname -r)" ]; then
    modinfo -k "$1" nvidia >/dev/null 2>&1
    return
  fi
  # It loads the module where that is not loaded.
  nvidia-smi --list-gpus || { modprobe nvidia && nvidia-smi --list-gpus; }
}

# An update of libraries under a loaded module ends every use of the GPU ("Driver/library version mismatch"), and one of the
# kernel leaves the next boot without a driver.
hold_driver() {
  local held
  mapfile -t held < <(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' '*nvidia*' 'linux-image*' 'linux-headers*' \
    'linux-modules*' "linux-$(flavour "$(uname -r)")*" 2>/dev/null | sed -n 's/^[ih]i //p')
  apt-mark -qq hold "${held[@]}" >/dev/null || say 'the driver could not be held: an update may end it'
}

# `6.8.0-45-generic` → `generic`, of which the newest kernel is the package `linux-generic`.
flavour() {
  printf %s "${1##*-}"
}

REBOOTED=/usr/local/lib/xcore/rebooted

# The last resort, once: the archive's newest kernel, with its driver; `boot_newest_kernel` is what that means for a worker, and
# for an image.
take_newest_kernel() {
  local kernel=$1 branch=$2 flavour newest
  if [ -e "$REBOOTED" ]; then
    say "there is no NVIDIA driver for kernel $kernel, not even after a reboot"
    return 1
  fi
  flavour=$(flavour "$kernel")
  say "Ubuntu has no driver for kernel $kernel: installing its newest kernel, too"
  patiently apt_get install --no-install-recommends "linux-$flavour" "linux-modules-nvidia-$branch-$flavour" \
    "nvidia-headless-no-dkms-$branch" "$(utilities "$branch")"
  newest=$(newest_kernel)
  driver_works "$newest"
  hold_driver
  boot_newest_kernel "$newest"
}

# The one that the next boot takes.
newest_kernel() {
  find /lib/modules -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -V | tail -n 1
}
