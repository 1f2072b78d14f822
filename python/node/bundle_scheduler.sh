# The rest of the scheduler's boot, after bundle.sh.
# shellcheck shell=bash

write_files
if is_small; then stop_updates; fi
add_swap
install_apt_packages
install_python
run_setup_script
start_unit xcore-scheduler.service
say 'the scheduler starts'
