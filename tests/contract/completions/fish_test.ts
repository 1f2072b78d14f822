import { testShell } from "./_shells.ts";

testShell({
  name: "fish",
  command: ["fish", "--no-config"],
  load: [
    "function fish_prompt; echo -n 'READY '; end",
    "set fish_autosuggestion_enabled 0",
    "xcore completions fish | source",
  ],
});
