/** What fish evaluates. @module */

/** See `xcore completions -h`. */
export const FISH_SCRIPT =
  `# Completions of xcore for fish. In ~/.config/fish/config.fish:  xcore completions fish | source
function __xcore_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l program xcore
    string match -q -- '*/*' $words[1]; and set program (string replace -r -- '^~/' "$HOME/" $words[1])
    # A quote that is still open is in the token, and means nothing to xcore.
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
