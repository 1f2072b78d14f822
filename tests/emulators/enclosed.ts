/**
 * A network of one's own: programs run here reach each other and nothing else. Everything about the emulated clouds runs in
 * it, so that no mistake can send a packet to a real one. Linux and root only.
 *
 * By hand: `deno run -A tests/emulators/enclosed.ts COMMAND …`
 * @module
 */

import { allOf, type Lack, linux, namespaces, programs, root } from "../support/needs.ts";

const PROGRAMS = [
  "bash",
  "setpriv",
  "unshare",
  "ip",
  "nft",
  "nsenter",
  "sshd",
  "ssh-keygen",
  "/usr/bin/python3",
];

/** Process 1 inside: it waits for the orphans that a daemon leaves to it, as an init has to. */
const INIT = `ip link set lo up && "$@"; exit $?`;

/** What this machine lacks to enclose anything. */
export function lackToEnclose(): Lack {
  return linux() ?? allOf([root(), programs(...PROGRAMS)]) ?? namespaces();
}

/**
 * The command that runs `command` enclosed: in network, process and mount namespaces that end with it, and it with its
 * parent, even if that is killed.
 */
export function enclosed(command: readonly string[]): string[] {
  const namespaces = [
    "--net",
    "--pid",
    "--mount",
    "--propagation",
    "private",
    "--mount-proc",
    "--kill-child",
  ];
  return [
    ...["setpriv", "--pdeathsig", "KILL"],
    ...["unshare", ...namespaces, "--fork", "--", "bash", "-c", INIT, "enclosed"],
    ...command,
  ];
}

/** Whether this process is enclosed: it has no way to anywhere. */
export function isEnclosed(): boolean {
  return Deno.networkInterfaces().every(({ name }) => !/^(eth|en|wl)/.test(name));
}

if (import.meta.main) {
  const why = Deno.args.length === 0 ? "no command was given" : lackToEnclose();
  if (why !== null) {
    console.error(`Cannot enclose a command: ${why}.`);
    Deno.exit(2);
  }
  const [program = "", ...args] = enclosed(Deno.args);
  Deno.exit((await new Deno.Command(program, { args }).spawn().status).code);
}
