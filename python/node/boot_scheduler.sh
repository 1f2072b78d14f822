# The scheduler's user data, after boot.sh: what must never be missing, and then what `xcore start` hands over. Its own
# values: PROTOCOL and PORT, where it waits for that.
# shellcheck shell=bash

# When it fails it is not powered off: a person will want to see why, and xcore-power-off ends it in time.
say 'booting as the scheduler'
show_host_keys
add_user
write_files
start_unit xcore-power-off.service
if ! is_bundle "$BUNDLE_FILE"; then
  say "waiting on port $PORT for what \`xcore start\` hands over"
  patiently /usr/bin/python3 -I "$LIBRARY/receive_bundle.py" /etc/xcore/preload.json "$PROTOCOL" "$BUNDLE" "$BUNDLE_FILE"
  say 'xcore has handed it over'
fi
. "$BUNDLE_FILE"
