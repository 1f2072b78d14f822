import { UsageError } from "../../errors.ts";
import { type ArgparseCommand, Argument } from "../commander.ts";
import { machineNames } from "../completions/worker_names.ts";
import { type Context, placeOf } from "../context.ts";
import { EndedWith, EXIT } from "../exit_code.ts";

/** `xcore ssh` */
export function defineSsh(ssh: ArgparseCommand, context: Context): void {
  ssh.description(
    "Log in to a machine of the cluster in a cloud, or run a command there; its exit code is passed on. The machine is " +
      "known by the host key that its console showed.",
  )
    .addArgument(
      new Argument("<name>", "worker-0 or another worker, or scheduler").completeWith(machineNames),
    )
    .argument("[command...]", "after --, what to run there instead of a shell")
    .action(async (name: string, command: string[]) => {
      if (context.options().json) {
        throw new UsageError("Cannot log in with --json: what is printed is the machine's", "Leave it out.");
      }
      const { ssh } = await import("../../cluster/ssh.ts");
      const code = await ssh(placeOf(context), name, command);
      if (code !== EXIT.done) throw new EndedWith(code);
    });
}
