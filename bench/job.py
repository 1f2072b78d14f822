"""Times a job from its submission to its last result, with no worker at first.

    python job.py URL CA_FILE CERT_FILE KEY_FILE TASKS SECONDS [--by-hand]

Prints the seconds. With --by-hand this script starts the workers itself, at the moment of submission, as a user
with the commands at hand would; without it xcore launches them.
"""

import subprocess
import sys
import time

from distributed import Client, Security

URL, CA_FILE, CERT_FILE, KEY_FILE = sys.argv[1:5]
TASKS, SECONDS = int(sys.argv[5]), float(sys.argv[6])
TLS = ["--tls-ca-file", CA_FILE, "--tls-cert", CERT_FILE, "--tls-key", KEY_FILE]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker", URL, *TLS, "--no-nanny", "--nthreads", "1", "--no-dashboard"]


def task(i):
    time.sleep(SECONDS)
    return i


def main():
    security = Security(
        tls_ca_file=CA_FILE, tls_client_cert=CERT_FILE, tls_client_key=KEY_FILE, require_encryption=True
    )
    workers = []
    with Client(URL, security=security) as client:
        started = time.monotonic()
        if "--by-hand" in sys.argv:
            workers = [subprocess.Popen(WORKER, stderr=subprocess.DEVNULL) for _ in range(TASKS)]
        results = client.gather(client.map(task, range(TASKS), pure=False))
        seconds = time.monotonic() - started
    assert results == list(range(TASKS)), results
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait()
    print(seconds)


if __name__ == "__main__":
    main()
