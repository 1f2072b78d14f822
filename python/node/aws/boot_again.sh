# Has user data run once more at the next boot: cloud-init runs a script at an instance's first boot only (cloud-init, User data
# scripts).
# shellcheck shell=bash

boot_again() {
  install -m 700 "$0" "$LIBRARY/boot_again.sh"
  systemctl daemon-reload
  systemctl enable --quiet xcore-boot-again.service
}
