"""
A first job: sleep on a worker, and say for how long.

    xcore init local        # or aws, or gcp
    xcore start
    xcore run examples/first_job.py

Nothing runs until the job is submitted; then a worker is started for it.
Watch it come and go with `xcore status` in another window.
"""

import sys

from crosscore import cluster
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask

seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10

sleeper = SubprocessTask("sleep {n}; echo {n}")
sleeper.set_inputs(["n"])
sleeper.set_outputs(["STDOUT"])

client = Client(address=cluster.get_url())
result = client.submit(sleeper, seconds)
print(result.result())
