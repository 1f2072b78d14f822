"""Joins many workers of one process to a scheduler: `crowd.py URL CA_FILE CERT_FILE KEY_FILE COUNT`; one that is lost joins again."""

import asyncio
import sys

from distributed import Security, Worker

AGAIN_S = 5


async def stay(url, security, name):
    while True:
        try:
            worker = await Worker(
                url, security=security, name=name, nthreads=1, memory_limit=0, dashboard=False, host="127.0.0.1"
            )
            await worker.finished()
        except Exception as error:
            print("%s: %s" % (name, error), file=sys.stderr, flush=True)
        await asyncio.sleep(AGAIN_S)


async def crowd(url, ca_file, cert_file, key_file, count):
    security = Security(
        tls_ca_file=ca_file, tls_worker_cert=cert_file, tls_worker_key=key_file, require_encryption=True
    )
    await asyncio.gather(*(stay(url, security, "crowd-%d" % number) for number in range(count)))


if __name__ == "__main__":
    asyncio.run(crowd(*sys.argv[1:5], int(sys.argv[5])))
