"""Twenty workers in one process, and a client that keeps them busy with short tasks, for a scheduler that is measured.

    python scheduler_load.py URL CA_FILE WORKER_CERT WORKER_KEY CLIENT_CERT CLIENT_KEY WORKERS SECONDS

Prints a line when all workers have joined, and the number of tasks done at the end.
"""

import asyncio
import sys
import time

from distributed import Client, Security, Worker

URL, CA_FILE, WORKER_CERT, WORKER_KEY, CLIENT_CERT, CLIENT_KEY = sys.argv[1:7]
WORKERS, SECONDS = int(sys.argv[7]), float(sys.argv[8])


def task(i):
    """Half a second of work, and a small result."""
    time.sleep(0.5)
    return b"x" * 1000


async def main():
    known = {"tls_ca_file": CA_FILE, "require_encryption": True}
    worker = Security(tls_worker_cert=WORKER_CERT, tls_worker_key=WORKER_KEY, **known)
    client = Security(tls_client_cert=CLIENT_CERT, tls_client_key=CLIENT_KEY, **known)
    workers = [
        Worker(URL, security=worker, name=f"worker-{i}", nthreads=1, dashboard=False, memory_limit=0) for i in range(WORKERS)
    ]
    await asyncio.gather(*workers)
    print("joined", flush=True)
    until, done = time.monotonic() + SECONDS, 0
    async with Client(URL, security=client, asynchronous=True) as asked:
        while time.monotonic() < until:
            results = await asked.gather(asked.map(task, range(done, done + 2 * WORKERS), pure=False))
            done += len(results)
    print(done, flush=True)
    await asyncio.gather(*(worker.close(executor_wait=False) for worker in workers))


if __name__ == "__main__":
    asyncio.run(main())
