# The rest of a worker's boot, after bundle.sh, bundle_driver.sh and its cloud's worker_name.sh.
# shellcheck shell=bash

write_files
NAME=$(patiently worker_name)
printf '%s\n' "${NAME:?none of ${NAMES[*]} is the name of this instance}" >/etc/xcore/name
say "this is $NAME"
add_swap
install_driver
install_python
start_unit xcore-worker.service
say "$NAME starts"
