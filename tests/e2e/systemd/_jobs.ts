/** Scripts of a person who uses the cluster. @module */

/** One task. */
export const JOB = `
from dask.distributed import Client
from crosscore import cluster

client = Client(cluster.get_url())
print(client.submit(lambda: 42).result())
`;

/** One task that waits until there is a file `task-may-end` in the home, and says how often it was begun. */
export const SLOW_JOB = `
import os, time
from dask.distributed import Client
from crosscore import cluster

def wait():
    home = os.environ["HOME"]
    with open(home + "/begun", "a") as file:
        file.write("x")
    while not os.path.exists(home + "/task-may-end"):
        time.sleep(0.1)
    return len(open(home + "/begun").read())

client = Client(cluster.get_url())
print("ran", client.submit(wait).result(), "times")
`;
