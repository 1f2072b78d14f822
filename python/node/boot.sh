# How every instance of ours begins. The values come before this, the role's own part after: FILES (path, mode and text of
# each), and for a scheduler or a worker BUNDLE and BUNDLE_FILE (sha256 and path of what the role's part goes on with).
# What is printed goes to the instance's console.
# shellcheck shell=bash

set -Eeuo pipefail
shopt -s inherit_errexit
umask 022
export HOME="${HOME:-/root}"
LIBRARY=/usr/local/lib/xcore

say() {
  echo "xcore $(date -u +%H:%M:%S.%3N): $*" >&2
}

say_failure() {
  say "line $1 failed: ${2%%$'\n'*}"
}
trap 'say_failure "$LINENO" "$BASH_COMMAND"' ERR

patiently() {
  local wait_s
  for wait_s in 2 5 10 20; do
    "$@" && return
    say "\`$1\` failed, and is tried again in $wait_s s"
    sleep "$wait_s"
  done
  "$@" && return
  say "\`$1\` failed five times"
  return 1
}

# As cloud-init does at the end; images without it never do. `xcore ssh` checks the instance by these keys.
show_host_keys() {
  echo '-----BEGIN SSH HOST KEY KEYS-----'
  cat /etc/ssh/ssh_host_*_key.pub 2>/dev/null || :
  echo '-----END SSH HOST KEY KEYS-----'
}

add_user() {
  id xcore >/dev/null 2>&1 ||
    useradd --system --user-group --create-home --home-dir /var/lib/xcore --shell /usr/sbin/nologin xcore
}

write_files() {
  local i
  install -d -m 750 -g xcore /etc/xcore
  for ((i = 0; i < ${#FILES[@]}; i += 3)); do
    install -D -m "${FILES[i + 1]}" -g xcore /dev/null "${FILES[i]}"
    printf %s "${FILES[i + 2]}" >"${FILES[i]}"
  done
}

# Whether a file is the bundle of this instance. It stays on the disk, for an instance that runs this at each boot.
is_bundle() {
  [ -e "$1" ] && echo "$BUNDLE  $1" | sha256sum --check --status
}

# To enable a unit has systemd read all of them again (systemctl(1)), so that needs no call of its own.
start_unit() {
  systemctl enable --quiet --now "$1"
}
