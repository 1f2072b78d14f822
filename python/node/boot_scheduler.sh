# The boot of the scheduler, after boot.sh.
# shellcheck shell=bash

# When it fails it is not powered off: a person will want to see why, and xcore-power-off ends it in time.
say 'booting as the scheduler'
show_host_keys
add_user
write_files
start_unit xcore-power-off.service
add_swap
install_python
start_unit xcore-scheduler.service
say 'the scheduler starts'
