# A worker's user data, after boot.sh: what must never be missing, and then what the scheduler keeps for workers. Its own
# values: SCHEDULER (address and port of its HTTP), SERVER (the name in its certificate), and what the bundle needs to know
# of this instance, NAMES (by launch index) and DRIVER (1: it has an NVIDIA GPU).
# shellcheck shell=bash

# One that cannot become a worker costs money for nothing; its console says why for an hour after its end.
give_up() {
  local status=$?
  [ "$status" = 0 ] && return
  say 'this instance cannot become a worker, and powers itself off'
  systemctl poweroff
}
trap give_up EXIT

MOST_BUNDLE_BYTES=4194304
MOST_TRIES=60

fetch_bundle() {
  local part=$BUNDLE_FILE.part
  install -D -m 600 /dev/null "$part"
  curl -fsS --max-time 60 --max-filesize "$MOST_BUNDLE_BYTES" --cacert /etc/xcore/ca.pem --cert /etc/xcore/node.pem \
    --key /etc/xcore/node.key --connect-to "::$SCHEDULER" -o "$part" "https://$SERVER/xcore/bundle/$BUNDLE" || return
  if ! is_bundle "$part"; then
    say "what came is not the bundle that was asked for: its sha256 is not $BUNDLE"
    return 1
  fi
  mv "$part" "$BUNDLE_FILE"
}

# The scheduler may just be restarting.
get_bundle() {
  local tries
  for ((tries = 1; tries <= MOST_TRIES; tries++)); do
    if is_bundle "$BUNDLE_FILE" || fetch_bundle; then return; fi
    say "the scheduler at $SCHEDULER is asked again in 5 s"
    sleep 5
  done
  say "the scheduler at $SCHEDULER was asked $MOST_TRIES times for what workers need"
  return 1
}

say 'booting as a worker'
show_host_keys
add_user
write_files
start_unit xcore-power-off.service
get_bundle
. "$BUNDLE_FILE"
