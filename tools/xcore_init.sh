#!/bin/sh
# `xcore-init` of a wheel: `xcore-init local` is `xcore init local`, by the program beside this one. A wheel has no links, and a
# second copy of the program would double its size. Links may lead here: `uv tool` and pipx make some.
self=$0
while [ -L "$self" ]; do
  to=$(readlink -- "$self")
  case $to in
  /*) self=$to ;;
  *) self=$(dirname -- "$self")/$to ;;
  esac
done
exec "$(dirname -- "$self")/xcore" init "$@"
