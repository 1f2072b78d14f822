/** What zsh evaluates. @module */

/** See `xcore completions -h`. */
export const ZSH_SCRIPT = `#compdef xcore
# Completions of xcore for zsh. In ~/.zshrc:  eval "$(xcore completions zsh)"
_xcore() {
  local program=xcore
  local -a answer candidates
  [[ $words[1] == */* ]] && program=\${\${(Q)words[1]}/#\\~\\//$HOME/}
  answer=("\${(@f)$(command $program __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $answer[1] == files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
    return
  fi
  candidates=("\${(@)answer[2,-1]/$'\\t'/:}")
  _describe xcore candidates
}
if [[ $funcstack[1] == _xcore ]]; then
  _xcore "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _xcore xcore
fi
`;
