import { testShell } from "./_shells.ts";

const LOAD = ["PS1='READY '", "bind 'set bell-style none'", 'eval "$(xcore completions bash)"'];
const COMPLETION_PACKAGE = "/usr/share/bash-completion/bash_completion";

testShell({ name: "bash", command: ["bash", "--norc", "--noprofile"], load: LOAD });

testShell({
  name: "bash with its completion package",
  command: ["bash", "--norc", "--noprofile"],
  load: [`. ${COMPLETION_PACKAGE}`, ...LOAD],
  needs: [COMPLETION_PACKAGE],
});
