# What takes from a machine what is its own, before an image is taken of it. For a script of root's.
# shellcheck shell=bash

# What is made anew at an image's first boot where it is missing, and what let the builder in.
forget_machine() {
  if command -v cloud-init >/dev/null; then
    cloud-init clean --logs
  fi
  rm -rf /var/log/journal/* /var/lib/systemd/random-seed
  rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
  rm -f /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys /root/.bash_history /home/*/.bash_history
  # Empty and not gone: so systemd knows that it is to draw another.
  : >/etc/machine-id
}
