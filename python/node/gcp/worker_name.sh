# Prints which of NAMES is this instance's: its own name on Google's cloud ends with it.
# shellcheck shell=bash

worker_name() {
  local server=http://metadata.google.internal/computeMetadata/v1 own name
  own=$(curl -fsS --max-time 5 -H 'Metadata-Flavor: Google' "$server/instance/name") || return
  for name in "${NAMES[@]}"; do
    if [[ $own == *-"$name" ]]; then printf '%s' "$name"; fi
  done
}
