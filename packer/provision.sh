# What makes a machine image of a machine, after boot.sh, bundle.sh, bundle_driver.sh and forget_machine.sh: all that a scheduler or a
# worker would install when it boots, and nothing that is this machine's, this cluster's or a person's own.
# shellcheck shell=bash

# A build takes minutes. If its builder is killed, nothing else ends this instance.
END_AFTER_S=7200

# The swap of a small machine is none of the image's: the machines that start from it may have room enough.
forget_swap() {
  [ -e /swapfile ] || return 0
  if swapoff /swapfile; then rm /swapfile; fi
  sed -i '\|^/swapfile none swap|d' /etc/fstab
}

# What boots from the image runs the newest kernel that it has.
driver_kernel() {
  newest_kernel
}

boot_newest_kernel() {
  :
}

say 'becoming a machine image'
systemd-run --quiet --on-active="$END_AFTER_S" systemctl poweroff
# Its first boot may still be at the package lists.
if command -v cloud-init >/dev/null; then
  cloud-init status --wait >/dev/null || say 'cloud-init has met an error, which the image may do without'
fi
add_user
write_files
add_swap
install_apt_packages
install_driver
# Else each instance would compile it all at its first start.
export UV_COMPILE_BYTECODE=1
install_python
run_setup_script
lacks_nothing
forget_swap
forget_machine
sync
say 'the machine is ready to be an image'
