# The boot of a worker, after boot.sh. Its own values: NAMES, by launch index, and DRIVER (1: it has an NVIDIA GPU).
# shellcheck shell=bash

# One that cannot become a worker costs money for nothing; its console says why for an hour after its end.
give_up() {
  local status=$?
  [ "$status" = 0 ] && return
  say 'this instance cannot become a worker, and switches itself off'
  systemctl poweroff
}
trap give_up EXIT

find_name() {
  local own name
  case $CLOUD in
    aws)
      own=$(patiently metadata ami-launch-index)
      NAME=${NAMES[own]}
      ;;
    gcp)
      own=$(patiently metadata instance/name)
      for name in "${NAMES[@]}"; do
        [[ $own == *-"$name" ]] && NAME=$name
      done
      ;;
  esac
  printf '%s\n' "${NAME:?there is no name for $own}" >/etc/xcore/name
}

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

say 'booting as a worker'
add_user
write_files
start_unit xcore-switch.service
find_name
say "this is $NAME"
add_swap
install_driver
install_python
start_unit xcore-worker.service
say "$NAME starts"
