/** Scripts with jobs, as crossflow's users write them. @module */

const IMPORTS = `
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster
`;

/** A script with one task, which runs a command of the shell's; prints what that has printed. */
export function jobOf(command: string): string {
  return `${IMPORTS}
task = SubprocessTask(${JSON.stringify(command)})
task.set_outputs(["STDOUT"])
print(Client(address=cluster.get_url()).submit(task).result().strip())
`;
}

/** A script with `count` tasks, each of which runs the command with its number, from 0 on, in place of `{n}`; prints what they have printed. */
export function jobsOf(count: number, command: string): string {
  return `${IMPORTS}
task = SubprocessTask(${JSON.stringify(command)})
task.set_inputs(["n"])
task.set_outputs(["STDOUT"])
client = Client(address=cluster.get_url())
for future in [client.submit(task, n) for n in range(${count})]:
    print(future.result().strip())
`;
}

/** Its program has to be killed, for which a worker that is to end takes some seconds. */
export const STUBBORN_JOB = jobOf("trap '' TERM; sleep 1000; sleep 1001");
