# The rest of a worker's boot, after bundle.sh, bundle_driver.sh and its cloud's worker_name.sh and boot_again.sh.
# shellcheck shell=bash

driver_kernel() {
  uname -r
}

boot_newest_kernel() {
  touch "$REBOOTED"
  boot_again
  say "rebooting into kernel $1"
  systemctl reboot
  exit 0
}

write_files
stop_updates
NAME=$(patiently worker_name)
printf '%s\n' "${NAME:?none of ${NAMES[*]} is the name of this instance}" >/etc/xcore/name
say "this is $NAME"
add_swap
install_apt_packages
install_driver
install_python
run_setup_script
start_unit xcore-worker.service
say "$NAME starts"
