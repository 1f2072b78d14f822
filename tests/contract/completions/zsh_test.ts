import { testShell } from "./_shells.ts";

testShell({
  name: "zsh",
  command: ["zsh", "-f"],
  load: ["PS1='READY '", "unsetopt beep", 'eval "$(xcore completions zsh)"'],
});

testShell({
  name: "zsh, as a file of its function path",
  command: ["zsh", "-f"],
  load: [
    "PS1='READY '",
    "unsetopt beep",
    "mkdir functions; xcore completions zsh > functions/_xcore",
    "fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -i",
  ],
});
