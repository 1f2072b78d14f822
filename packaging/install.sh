#!/bin/sh
# Installs xcore, without root and into a folder of one's own:   sh install.sh --help

# Where the releases are: the address that `/latest/download/…` is put behind. The project's home on GitHub is not settled, so
# it is empty in the repository; `deno task release` fills it in (XCORE_RELEASES_URL, or the repository a workflow runs in).
RELEASES_URL=''

set -eu

usage() {
  cat <<'END'
usage: install.sh [--prefix FOLDER] [--version X.Y.Z]
       install.sh --uninstall [--prefix FOLDER]

Installs xcore with its completions and its man page, or replaces the one that is there.

  --prefix FOLDER   the folder that gets bin/ and share/; default: ~/.local, or where this copy was installed
  --version X.Y.Z   this version; default: the latest
  --uninstall       remove what this script installed, and nothing else
  -h, --help        show this help

The environment variable XCORE_INSTALL_URL names another place to take the release from: the address of a folder that has
SHA256SUMS and the archives, or the folder itself.
END
}

# fail WHAT [NEXT]: one line that says what was found, one that says what to do.
fail() {
  printf 'Cannot %s: %s\n' "$doing" "$1" >&2
  if [ $# -gt 1 ]; then printf '%s\n' "$2" >&2; fi
  exit 1
}

misused() {
  printf '%s\n%s\n' "$1" "Show the options with:  sh install.sh --help" >&2
  exit 2
}

have() {
  command -v "$1" >/dev/null 2>&1
}

# --- the platform ---

platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) ;;
    Darwin)
      # A shell that macOS translates believes that it runs on Intel.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then machine=arm64; fi
      ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      fail "xcore does not run on Windows itself" "Install it inside WSL: run  wsl --install  and then this script there."
      ;;
    *) fail "there is no xcore for $system" "It runs on Linux and macOS." ;;
  esac
  case $machine in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=aarch64 ;;
    *) fail "there is no xcore for $machine processors" "It runs on x86_64 and arm64 (aarch64)." ;;
  esac
  if [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
    fail "this is a 32-bit system" "xcore needs a 64-bit one."
  fi
  if [ "$system" = Darwin ]; then
    target=$processor-apple-darwin
  else
    refuse_other_libc
    target=$processor-unknown-linux-gnu
  fi
}

# The program is linked with glibc, 2.27 or newer.
refuse_other_libc() {
  if libc=$(getconf GNU_LIBC_VERSION 2>/dev/null); then
    release=${libc#glibc }
    major=${release%%.*}
    minor=${release#*.}
    minor=${minor%%[!0-9]*}
    if [ "$major" -lt 2 ] || { [ "$major" -eq 2 ] && [ "${minor:-0}" -lt 27 ]; }; then
      fail "this system has $libc, and xcore needs glibc 2.27 or newer" "Use a newer system, or a container of one."
    fi
  elif ldd --version 2>&1 | grep -qi musl; then
    fail "this system has musl, and xcore needs glibc" "Use a system with glibc, such as Debian, or a container of one."
  fi
}

# --- downloads and their sums ---

# sum_of FILE: its SHA-256.
sum_of() {
  if have sha256sum; then
    sha256sum <"$1"
  elif have shasum; then
    shasum -a 256 <"$1"
  else
    openssl dgst -sha256 -r <"$1"
  fi | cut -d ' ' -f 1
}

# download NAME: from the release into $work. The transfer is given up when it stands still.
download() {
  if ! is_address "$base"; then
    cp "$base/$1" "$work/$1" 2>"$work/said"
  elif have curl; then
    with_curl "$base/$1" "$work/$1"
  else
    with_wget "$base/$1" "$work/$1"
  fi || failed_download "$1"
}

is_address() {
  case $1 in *://*) true ;; *) false ;; esac
}

with_curl() {
  set -- "$1" --output "$2" --fail --location --retry 2 --connect-timeout 20 --speed-limit 1 --speed-time 60
  # Whom a server of https sends elsewhere, it sends to https.
  case $1 in https://*) set -- "$@" --proto =https --proto-redir =https ;; esac
  if [ -t 2 ] && [ "${1%.tar.gz}" != "$1" ]; then
    curl --progress-bar "$@"
  else
    curl --silent --show-error "$@" 2>"$work/said"
  fi
}

with_wget() {
  if wget --help 2>&1 | grep -q -- --tries; then
    wget --tries=3 --timeout=60 --no-verbose --output-document="$2" "$1" 2>"$work/said"
  elif have timeout; then
    # The option -T of busybox's wget makes some builds of it crash.
    timeout 900 wget -q -O "$2" "$1" 2>"$work/said"
  else
    wget -q -O "$2" "$1" 2>"$work/said"
  fi
}

failed_download() {
  said=$(tail -n 1 "$work/said" 2>/dev/null || true)
  fail "$base/$1 does not download${said:+ ($said)}" "Nothing was installed. Check the address and the network, and try again."
}

# The archive's name and sum, as SHA256SUMS has them.
choose_archive() {
  archive='' sum='' release=''
  while read -r hash name; do
    name=${name#\*}
    case $name in
      xcore-"${version:-*}"-"$target".tar.gz) ;;
      xcore-*-"$target".tar.gz) if [ -n "$version" ]; then continue; fi ;;
      *) continue ;;
    esac
    case $name$hash in *[!A-Za-z0-9._+-]*) continue ;; esac
    archive=$name sum=$hash
    release=${name#xcore-}
    release=${release%-"$target".tar.gz}
  done <"$work/SHA256SUMS"
  if [ -z "$archive" ]; then
    fail "the release has no xcore${version:+ $version} for $target" "See what it has: $base/SHA256SUMS"
  fi
}

# --- what is there ---

# Each line of share/xcore/install-receipt is a thing that this script has put there: `file SHA256 PATH` and `link TARGET PATH`, below
# the prefix, and `folder PATH`, whole.
read_record() {
  if [ -f "$record" ]; then cat "$record"; fi
}

# recorded PATH: whether this script has put it there.
recorded() {
  read_record | sed -n 's/^file [^ ]* //p; s/^link [^ ]* //p' | grep -qxF -- "$1"
}

# Folders that were made, the newest first: none of them outlives a failure.
made=''

make_folder() {
  if [ -d "$1" ]; then return; fi
  make_folder "$(dirname "$1")"
  mkdir "$1" 2>/dev/null || fail "$1 cannot be made" "Choose a folder that is yours with --prefix FOLDER."
  made="$1
$made"
}

remove_folders() {
  while IFS= read -r folder; do
    if [ -n "$folder" ]; then rmdir "$folder" 2>/dev/null || true; fi
  done
}

work='' stage='' placed=''

# However the script ends.
# shellcheck disable=SC2317
clean_up() {
  if [ -n "$work" ]; then rm -rf "$work"; fi
  if [ -n "$stage" ]; then rm -rf "$stage"; fi
  if [ -z "$placed" ] && [ -n "$made" ]; then printf '%s' "$made" | remove_folders; fi
}

# --- install ---

install_xcore() {
  doing='install xcore'
  platform
  if [ -n "${XCORE_INSTALL_URL:-}" ]; then
    base=${XCORE_INSTALL_URL%/}
    base=${base#file://}
  elif [ -z "$RELEASES_URL" ]; then
    fail "this copy of install.sh has no download address" \
      "Give it one:  XCORE_INSTALL_URL=https://… sh install.sh"
  else
    # The latest one's address leads to where its files are.
    base=$RELEASES_URL/${version:+download/v}${version:-latest/download}
  fi
  have curl || have wget || ! is_address "$base" ||
    fail "neither curl nor wget is installed" "Install one of them, or download the release and set XCORE_INSTALL_URL to its folder."
  have sha256sum || have shasum || have openssl ||
    fail "no program that checks SHA-256 sums is installed" "Install coreutils (sha256sum), perl (shasum) or openssl."
  have tar || fail "tar is not installed" "Install it, and run this again."
  have gzip || fail "gzip is not installed" "Install it, and run this again."
  refuse_read_only

  work=$(mktemp -d) || fail "no temporary folder can be made" "Set TMPDIR to a folder that can be written to."
  download SHA256SUMS
  choose_archive
  download "$archive"
  found=$(sum_of "$work/$archive")
  if [ "$found" != "$sum" ]; then
    fail "$archive is not what SHA256SUMS says: its SHA-256 is $found, and should be $sum" \
      "The download was cut short or changed. Nothing was installed; try again."
  fi

  make_folder "$prefix"
  stage=$(mktemp -d "$prefix/.xcore.XXXXXX" 2>/dev/null) ||
    fail "$prefix cannot be written to" "Choose a folder that is yours with --prefix FOLDER."
  tar -xzf "$work/$archive" -C "$stage" 2>"$work/said" ||
    fail "the archive does not unpack into $prefix ($(grep -im 1 'space left' "$work/said" || head -n 1 "$work/said"))" \
      "Nothing was installed. Check the free space:  df -h $prefix"
  tree=$stage/${archive%.tar.gz}
  "$tree/bin/xcore" --version >"$work/said" 2>&1 ||
    fail "the program does not run here ($(tail -n 1 "$work/said"))" "Nothing was installed."
  place
  tell
}

# Said before anything is downloaded.
refuse_read_only() {
  there=$prefix
  while [ ! -e "$there" ]; do there=$(dirname "$there"); done
  [ -d "$there" ] || fail "$there is not a folder" "Choose another one with --prefix FOLDER."
  [ -w "$there" ] || fail "$there cannot be written to" "Choose a folder that is yours with --prefix FOLDER."
}

# Puts everything into its place, each file by a rename: whoever runs xcore meanwhile has the old one or the new one, whole.
place() {
  (cd "$tree" && find . -type f -o -type l) | sed 's|^\./||' >"$work/items"
  while IFS= read -r item; do
    if [ -d "$prefix/$item" ]; then fail "$prefix/$item is a folder" "Move it away, or choose another folder with --prefix."; fi
    if [ -e "$prefix/$item" ] || [ -L "$prefix/$item" ]; then
      recorded "$item" || fail "$prefix/$item exists and was not installed by this script" \
        "Move it away, or choose another folder with --prefix FOLDER."
    fi
  done <"$work/items"

  while IFS= read -r item; do
    into=$(dirname "$prefix/$item")
    make_folder "$into"
    [ -w "$into" ] || fail "$into cannot be written to" "Choose a folder that is yours with --prefix FOLDER."
  done <"$work/items"
  make_folder "$(dirname "$record")"
  while IFS= read -r item; do
    if [ -L "$tree/$item" ]; then
      echo "link $(readlink "$tree/$item") $item"
    else
      echo "file $(sum_of "$tree/$item") $item"
    fi
  done <"$work/items" >"$work/now"
  printf '%s' "$made" | sed 's/^/folder /' >"$work/folders"
  read_record | sed -n '/^folder /p' >>"$work/folders"
  read_record | sed '/^folder /d' >"$work/before"

  upgraded=''
  if [ -f "$record" ]; then upgraded=yes; fi
  # What is about to come is recorded before it does, so that an end at any moment leaves nothing that nobody knows of.
  write_record "$work/now" "$work/before" "$work/folders"
  placed=yes
  while IFS= read -r item; do
    mv -f "$tree/$item" "$prefix/$item" || fail "$prefix/$item cannot be replaced" "Run this again, or undo it with:  $(undo)"
  done <"$work/items"

  # What the old version had and this one has not.
  while read -r kind what item; do
    if ! grep -qxF "$item" "$work/items"; then remove_thing "$kind" "$what" "$prefix/$item"; fi
  done <"$work/before"
  write_record "$work/now" "$work/folders"
}

write_record() {
  cat "$@" >"$stage/receipt"
  mv -f "$stage/receipt" "$record"
}

tell() {
  echo "xcore $release is installed in $prefix${upgraded:+, replacing the previous version}."
  case ":$PATH:" in
    *":$prefix/bin:"*)
      first=$(command -v xcore || true)
      if [ "$first" != "$prefix/bin/xcore" ]; then
        echo "Another xcore comes first on PATH: $first. Remove it, or put $prefix/bin before it."
      fi
      ;;
    *) say_path ;;
  esac
  if [ -n "$upgraded" ]; then echo "If a cluster is running, run  xcore start  once: it restarts the daemon with the new version."; fi
  case ${SHELL:-} in
    */zsh)
      echo "Completions: put this into ~/.zshrc, before compinit:  fpath=($(quoted "$prefix/share/zsh/site-functions") \$fpath)"
      ;;
  esac
  echo "Undo this with:  $(undo)"
  echo "Begin with:  xcore init local"
}

# quoted WORD: as a shell takes it for one word.
quoted() {
  case $1 in
    *[!A-Za-z0-9/._+-]*)
      escaped=$(printf '%s' "$1" | sed "s/'/'\\\\''/g")
      printf "'%s'" "$escaped"
      ;;
    *) printf '%s' "$1" ;;
  esac
}

undo() {
  printf 'sh %s --uninstall' "$(quoted "$prefix/share/xcore/install.sh")"
}

say_path() {
  echo "$prefix/bin is not on PATH. Put it there, for this shell and those to come:"
  case ${SHELL:-} in
    */fish) echo "  fish_add_path $(quoted "$prefix/bin")" ;;
    */zsh) say_export .zshrc ;;
    */bash) say_export .bashrc ;;
    *) say_export .profile ;;
  esac
}

say_export() {
  line="export PATH=$(quoted "$prefix/bin"):\"\$PATH\""
  echo "  $line"
  echo "  echo $(quoted "$line") >> ~/$1"
}

# --- uninstall ---

uninstall_xcore() {
  doing='uninstall xcore'
  [ -f "$record" ] || fail "this script has installed nothing in $prefix" "Give the folder it installed into with --prefix FOLDER."
  have sha256sum || have shasum || have openssl || fail "no program that checks SHA-256 sums is installed" "Install coreutils (sha256sum)."
  work=$(mktemp -d)
  cp "$record" "$work/record"
  while read -r kind what item; do remove_thing "$kind" "$what" "$prefix/$item"; done <"$work/record"
  sed -n 's/^file [^ ]* //p; s/^link [^ ]* //p' "$work/record" | sort -u >"$work/items"
  while IFS= read -r item; do
    if [ -e "$prefix/$item" ] || [ -L "$prefix/$item" ]; then echo "Kept $prefix/$item, which was changed after the installation."; fi
  done <"$work/items"
  rm -f "$record"
  sed -n 's/^folder //p' "$work/record" | sort -r | remove_folders
  echo "Removed xcore from $prefix."
  home=${XCORE_HOME:-$HOME/.xcore}
  if [ -e "$home" ]; then
    echo "Kept $home with your settings. A running cluster keeps running: install xcore again to shut it down."
  fi
}

# remove_thing KIND WHAT FILE: if it is still what was put there.
remove_thing() {
  case $1 in
    file) if [ -f "$3" ] && [ ! -L "$3" ] && [ "$(sum_of "$3")" = "$2" ]; then rm -f "$3"; fi ;;
    link) if [ -L "$3" ] && [ "$(readlink "$3")" = "$2" ]; then rm -f "$3"; fi ;;
  esac
}

main() {
  default_prefix=${HOME:?}/.local
  # The copy that was installed knows where.
  case $0 in
    */share/xcore/install.sh) if [ -f "${0%.sh}-receipt" ]; then default_prefix=$(cd "${0%/*}/../.." && pwd); fi ;;
  esac
  prefix=$default_prefix version='' uninstall='' doing='install xcore'
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix | --version)
        [ $# -gt 1 ] || misused "$1 needs a value."
        if [ "$1" = --prefix ]; then prefix=$2; else version=${2#v}; fi
        shift
        ;;
      --prefix=*) prefix=${1#*=} ;;
      --version=*) version=${1#*=} version=${version#v} ;;
      --uninstall) uninstall=yes ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) misused "Unknown option: $1" ;;
    esac
    shift
  done
  case $version in *[!A-Za-z0-9.+-]*) misused "Not a version such as 1.2.3: $version" ;; esac
  case $prefix in
    '') misused "--prefix needs a value." ;;
    *'
'*) misused "--prefix cannot contain a line break." ;;
    /*) ;;
    *) prefix=$PWD/$prefix ;;
  esac
  while [ "${prefix%/}" != "$prefix" ] && [ "$prefix" != / ]; do prefix=${prefix%/}; done
  record=$prefix/share/xcore/install-receipt

  umask 022
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ -n "$uninstall" ]; then uninstall_xcore; else install_xcore; fi
  exit 0
}

# The last line, and one that is whole or nothing: half of this file, as a cut connection leaves it, does not do anything.
{ main "$@"; }
