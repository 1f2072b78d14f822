/** The scripts that `xcore completions` prints. @module */

/** For bash 3.2, which macOS has, and newer. */
const BASH_SCRIPT = `# Completions of xcore for bash. In ~/.bashrc:  eval "$(xcore completions bash)"
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

const ZSH_SCRIPT = `#compdef xcore
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

const FISH_SCRIPT =
  `# Completions of xcore for fish. In ~/.config/fish/config.fish:  xcore completions fish | source
function __xcore_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l program xcore
    string match -q -- '*/*' $words[1]; and set program (string replace -r -- '^~/' "$HOME/" $words[1])
    # A quote that is still open is in the token, and no part of the word.
    set -l typed (string replace -ra -- '["\\'\\\\\\\\]' '' $token)
    set -l answer (command $program __complete -- $words[2..-1] "$typed" 2>/dev/null)
    if test "$answer[1]" = files
        complete -C "'' $token"
    else
        printf '%s\\n' $answer[2..-1]
    end
end
complete -c xcore -f -a '(__xcore_complete)'
`;

/** The scripts, by shell. */
export const completionScripts = { bash: BASH_SCRIPT, zsh: ZSH_SCRIPT, fish: FISH_SCRIPT } as const;
