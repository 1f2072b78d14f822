#!/bin/bash
# What cloud-init does at a boot, as far as we need it: sshd's own keys, the login's key and, at the first boot only, the user
# data, whose output goes to the console and to cloud-init-output.log; only then sshd's keys are shown there, too.
# https://cloudinit.readthedocs.io/en/latest/reference/modules.html (scripts_user stands before keys_to_console)
# https://cloudinit.readthedocs.io/en/latest/explanation/format.html
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
set -u
seed=/var/lib/cloud/seed
instance=/var/lib/cloud/instance
log=/var/log/cloud-init-output.log

say() { printf '%s\n' "$*" | tee -a "$log" >/dev/console; }
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

say "Cloud-init running 'modules:final' at $(date -u -R). Up $(uptime_s) seconds."
mkdir -p "$instance"
if [ -x /usr/sbin/sshd ]; then
  for type in ecdsa ed25519; do
    [ -e "/etc/ssh/ssh_host_${type}_key" ] || ssh-keygen -q -t "$type" -N '' -f "/etc/ssh/ssh_host_${type}_key"
  done
  if [ -s "$seed/public-key" ]; then
    install -d -m 700 -o ubuntu -g ubuntu /home/ubuntu/.ssh
    install -m 600 -o ubuntu -g ubuntu "$seed/public-key" /home/ubuntu/.ssh/authorized_keys
  fi
  systemctl start --no-block ssh.service
fi

if [ ! -e "$instance/ran" ]; then
  : >"$instance/ran"
  script=$instance/user-data.txt
  case $(head -c 2 "$seed/user-data" | od -An -tx1 | tr -d ' ') in
    1f8b) gzip -dc "$seed/user-data" >"$script" ;;
    *) cp "$seed/user-data" "$script" ;;
  esac
  chmod 700 "$script"
  if [ "$(head -c 2 "$script")" = '#!' ]; then
    (cd / && "$script") </dev/null 2>&1 | tee -a "$log" >/dev/console
    status=${PIPESTATUS[0]}
    [ "$status" = 0 ] || say "Cloud-init: the user data ended with status $status"
  elif [ -s "$script" ]; then
    say 'Cloud-init: unhandled user data: it does not begin with #!'
  fi
fi
if [ -x /usr/sbin/sshd ]; then
  say '-----BEGIN SSH HOST KEY FINGERPRINTS-----'
  for key in /etc/ssh/ssh_host_*_key.pub; do say "$(ssh-keygen -lf "$key")"; done
  say '-----END SSH HOST KEY FINGERPRINTS-----'
  say '-----BEGIN SSH HOST KEY KEYS-----'
  for key in /etc/ssh/ssh_host_*_key.pub; do say "$(cat "$key")"; done
  say '-----END SSH HOST KEY KEYS-----'
fi
say "Cloud-init finished at $(date -u -R). Up $(uptime_s) seconds"
