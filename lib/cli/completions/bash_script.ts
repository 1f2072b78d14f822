/** What bash evaluates; it runs on bash 3.2, too, which macOS has. @module */

/** See `xcore completions -h`. */
export const BASH_SCRIPT = `# Completions of xcore for bash. In ~/.bashrc:  eval "$(xcore completions bash)"
_xcore() {
  local program=xcore answer candidate
  case $1 in */*) program=\${1/#~\\//$HOME/} ;; esac
  COMPREPLY=()
  answer=$(command "$program" __complete --line "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return 0
  if [[ $answer == files ]]; then
    # With this option and no answer of ours bash completes a path by itself, quotes and all.
    type compopt &>/dev/null && compopt -o default
    return 0
  fi
  while IFS=$'\\t' read -r candidate _; do
    # Where = parts words bash puts in only what comes after it.
    [[ $candidate == --*=* && $COMP_WORDBREAKS == *=* ]] && candidate=\${candidate#*=}
    [[ -n $candidate ]] && COMPREPLY+=("$candidate")
  done <<<"\${answer#words}"
  return 0
}
complete -F _xcore xcore
`;
