# The boot of the scheduler, after boot.sh.
# shellcheck shell=bash

# It is not switched off: a person will want to look, and the switch ends it in time.
trap 'say "line $LINENO failed: ${BASH_COMMAND%%$'"'\n'"'*}"' ERR

say 'booting as the scheduler'
add_user
write_files
start_unit xcore-switch.service
add_swap
install_python
start_unit xcore-scheduler.service
say 'the scheduler starts'
