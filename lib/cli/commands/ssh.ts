import { UsageError } from "../../errors.ts";
import { type ArgparseCommand, Argument } from "../commander.ts";
import { machineNames } from "../completions/worker_names.ts";
import { type Context, placeOf } from "../context.ts";
import { EndedWith, EXIT } from "../exit_code.ts";

/** `xcore ssh` */
export function defineSsh(ssh: ArgparseCommand, context: Context): void {
  ssh.description(
    "Log in to a machine of a cluster on a cloud, or run a command there and end with its exit code. The SSH host key is " +
      "checked against the machine's console; there is no trust on first use.",
  )
    .addArgument(
      new Argument("<name>", "a worker such as worker-0, or scheduler").completeWith(machineNames),
    )
    .argument("[command...]", "after --, the command to run there instead of a shell")
    .withExamples(
      ["xcore ssh scheduler", "open a shell on the machine of the scheduler"],
      ["xcore ssh worker-0 -- nvidia-smi", "run one command on the machine of a worker"],
    )
    .action(async (name: string, command: string[]) => {
      if (context.options().json) {
        throw new UsageError("Cannot log in with --json: what is printed is the machine's", "Leave it out.");
      }
      const { ssh } = await import("../../cluster/ssh.ts");
      const code = await ssh(placeOf(context), name, command);
      if (code !== EXIT.done) throw new EndedWith(code);
    });
}
