# The boot of a worker, after boot.sh and boot_driver.sh. Its own value: NAMES, by launch index.
# shellcheck shell=bash

# One that cannot become a worker costs money for nothing; its console says why for an hour after its end.
give_up() {
  local status=$?
  [ "$status" = 0 ] && return
  say 'this instance cannot become a worker, and powers itself off'
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

say 'booting as a worker'
show_host_keys
add_user
write_files
start_unit xcore-power-off.service
find_name
say "this is $NAME"
add_swap
install_driver
install_python
start_unit xcore-worker.service
say "$NAME starts"
