# What workers and machine images with an NVIDIA GPU have in common, after bundle.sh. Its own value: DRIVER (1: there is one).
# shellcheck shell=bash

install_driver() {
  local branch
  [ "$DRIVER" = 1 ] || return 0
  if command -v nvidia-smi >/dev/null; then
    say 'the NVIDIA driver is there'
    return
  fi
  say 'installing the NVIDIA driver'
  export DEBIAN_FRONTEND=noninteractive
  patiently apt-get -qq update
  patiently apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends ubuntu-drivers-common
  patiently ubuntu-drivers install --gpgpu
  branch=$(modinfo -F version nvidia | cut -d. -f1)
  patiently apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends "nvidia-utils-$branch-server"
  modprobe nvidia
  nvidia-smi --list-gpus
}
