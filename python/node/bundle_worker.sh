# The rest of a worker's boot, after bundle.sh and bundle_driver.sh.
# shellcheck shell=bash

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

write_files
find_name
say "this is $NAME"
add_swap
install_driver
install_python
start_unit xcore-worker.service
say "$NAME starts"
