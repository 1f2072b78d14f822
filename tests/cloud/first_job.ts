/** A job as in the README, with an input that crossflow scatters before there is any worker. */
export const FIRST_JOB = `
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from crosscore import cluster

counter = SubprocessTask("wc -c < input.dat")
counter.set_inputs(["input.dat"])
counter.set_outputs(["STDOUT"])
with open("input.dat", "wb") as file:
    file.write(b"x" * 3_000_000)
client = Client(address=cluster.get_url())
print(client.submit(counter, "input.dat").result().strip())
client.close()
`;
