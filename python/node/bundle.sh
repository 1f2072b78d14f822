# What a bundle begins with, and what makes a machine image: the parts of a boot that install. boot.sh comes before it. Its
# values: PYTHON (`3.11`), REQUIREMENTS, for each architecture the LOCK of all that they need (lines with a hash each), whether
# some are UNHASHED, UV_X86_64 and UV_AARCH64 (address and sha256 of uv's wheel), and further FILES.
# shellcheck shell=bash

ENVIRONMENT=/opt/xcore

# Whether it has less than 1 GB of memory. MemTotal of one sold with 1 GiB is a little below it.
is_small() {
  [ "$(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE) / 1024))" -lt 1000000 ]
}

# Ubuntu's own updates. A worker lives for hours, and one in the middle of a task takes its cores; a small machine, such as an
# f1-micro with a scheduler, stands still while they run. Nothing here waits for their end: apt has locks for that.
stop_updates() {
  systemctl disable --quiet --now --no-block apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service 2>/dev/null || :
}

# A small machine cannot even install what it needs.
add_swap() {
  is_small && [ ! -e /swapfile ] || return 0
  say 'adding 1 GB of swap'
  if fallocate -l 1G /swapfile && chmod 600 /swapfile && mkswap /swapfile >/dev/null && swapon /swapfile; then
    echo '/swapfile none swap sw 0 0' >>/etc/fstab
  else
    say 'there will be no swap: it could not be added'
  fi
}

APT_TRIES=60

# Ubuntu's own updates run at a first boot, too. apt-get waits for dpkg's locks as it is told, and for that of the package lists
# never (apt-get(8), apt.conf(5)).
apt_get() {
  local tries output status
  for ((tries = 1; ; tries++)); do
    output=$(LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" 2>&1) && return
    status=$?
    if [ "$tries" = "$APT_TRIES" ] || [[ $output != *'E: Could not get lock'* ]]; then
      tail -n 5 <<<"$output" >&2
      return "$status"
    fi
    sleep 5
  done
}

install_apt_packages() {
  local package lacking=()
  for package in "${APT_PACKAGES[@]}"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ?i* ]] || lacking+=("$package")
  done
  [ "${#lacking[@]}" -gt 0 ] || return 0
  say "installing ${lacking[*]}"
  patiently apt_get update
  patiently apt_get install --no-install-recommends "${lacking[@]}"
}

SETUP_LOG=/var/log/xcore-setup.log
SETUP_LINES=20

# The script of the configuration, once on a machine or its image. Its end is on the console, all of it in the log.
run_setup_script() {
  local ran file=$LIBRARY/setup_script status=0
  [ -n "$SETUP_SCRIPT" ] || return 0
  ran=$file.$(printf %s "$SETUP_SCRIPT" | sha256sum | cut -c1-64)
  if [ -e "$ran" ]; then
    say 'setup_script has run'
    return
  fi
  install -m 600 /dev/null "$SETUP_LOG"
  install -m 700 /dev/null "$file"
  printf %s "$SETUP_SCRIPT" >"$file"
  say 'running setup_script'
  if [ "${SETUP_SCRIPT:0:2}" = '#!' ]; then
    (cd / && exec "$file") </dev/null >"$SETUP_LOG" 2>&1 || status=$?
  else
    (cd / && exec bash "$file") </dev/null >"$SETUP_LOG" 2>&1 || status=$?
  fi
  tail -n "$SETUP_LINES" "$SETUP_LOG" | sed 's/^/setup_script: /' >&2
  say "setup_script ended with $status"
  [ "$status" = 0 ] || return "$status"
  touch "$ran"
}

# The environment belongs to Dask's user, whose tasks may install packages into it; so root runs nothing of it.
as_dask() {
  HOME=/var/lib/xcore runuser -u xcore -- "$@"
}

# Exactly the recorded versions: scheduler, workers and clients exchange pickled objects.
install_python() {
  if lacks_nothing; then
    say "$ENVIRONMENT has everything"
    return
  fi
  patiently fetch_uv
  export UV_NO_CACHE=1 UV_NO_PROGRESS=1 UV_SYSTEM_CERTS=1 UV_PYTHON_INSTALL_DIR=/var/lib/xcore/python
  if [ "$(python_version)" != "$PYTHON" ]; then
    say "making a Python $PYTHON environment"
    patiently make_environment
  fi
  chown -hR xcore: "$ENVIRONMENT"
  choose_lock
  if [ "${#LOCK[@]}" -gt 0 ]; then
    printf '%s\n' "${LOCK[@]}" >"$LIBRARY/packages.txt"
    say "installing ${#LOCK[@]} packages, each by its hash"
    patiently install_locked
  fi
  if [ "$UNHASHED" = 1 ]; then
    say "installing ${#REQUIREMENTS[@]} packages and what they need, those that are not there without hashes"
    patiently uv pip install --python "$ENVIRONMENT/bin/python" -- "${REQUIREMENTS[@]}"
  fi
  say 'the packages are installed'
}

choose_lock() {
  case $(uname -m) in
    x86_64) LOCK=("${LOCK_X86_64[@]}") ;;
    aarch64) LOCK=("${LOCK_AARCH64[@]}") ;;
    *) LOCK=() ;;
  esac
  [ "${#LOCK[@]}" -gt 0 ] || [ "$UNHASHED" = 1 ] || {
    say "no hashes of packages are known for $(uname -m)"
    return 1
  }
}

# What is named there and nothing else, and of it only the wheels with these hashes.
install_locked() {
  uv pip install --require-hashes --no-build --no-deps --python "$ENVIRONMENT/bin/python" -r "$LIBRARY/packages.txt"
}

make_environment() {
  rm -rf "$ENVIRONMENT" && mkdir "$ENVIRONMENT" && chown xcore: "$ENVIRONMENT" || return
  uv venv --no-project --seed --python "$PYTHON" "$ENVIRONMENT"
}

uv() {
  as_dask "$LIBRARY/uv" --quiet "$@"
}

python_version() {
  [ -x "$ENVIRONMENT/bin/python" ] || return 0
  as_dask "$ENVIRONMENT/bin/python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

lacks_nothing() {
  [ -x "$ENVIRONMENT/bin/python" ] && as_dask "$ENVIRONMENT/bin/python" -I "$LIBRARY/requirements.py" "$PYTHON" "${REQUIREMENTS[@]}"
}

# Called by patiently, so that no failure ends it by itself.
fetch_uv() {
  local wheel url sha256
  [ ! -x "$LIBRARY/uv" ] || return 0
  case $(uname -m) in
    x86_64) wheel=("${UV_X86_64[@]}") ;;
    aarch64) wheel=("${UV_AARCH64[@]}") ;;
    *) say "no uv is known for $(uname -m)"; return 1 ;;
  esac
  url=${wheel[0]} sha256=${wheel[1]}
  say 'fetching uv'
  curl -fsSL --max-time 300 -o "$LIBRARY/uv.whl" "$url" || return
  if ! echo "$sha256  $LIBRARY/uv.whl" | sha256sum --check --status; then
    say "what came is not the uv that was asked for: its sha256 is not $sha256"
    return 1
  fi
  # A wheel is a zip archive, and Ubuntu's cloud images have python3 but not unzip.
  python3 -I -c '
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
program = next(name for name in wheel.namelist() if name.endswith(".data/scripts/uv"))
sys.stdout.buffer.write(wheel.read(program))
' "$LIBRARY/uv.whl" >"$LIBRARY/uv.part" || return
  chmod 755 "$LIBRARY/uv.part" && mv "$LIBRARY/uv.part" "$LIBRARY/uv" && rm "$LIBRARY/uv.whl"
}
