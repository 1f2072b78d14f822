# Google's guest agent runs a startup script at each boot by itself.
# https://cloud.google.com/compute/docs/instances/startup-scripts/linux
# shellcheck shell=bash

boot_again() {
  :
}
