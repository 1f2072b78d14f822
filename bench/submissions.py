"""Submits tasks one by one, each when a moment of random length is over, and none of them ever runs.

    python submissions.py URL CA_FILE CERT_FILE KEY_FILE TASKS

Prints the moment of each submission, in milliseconds since 1970, and waits for its stdin to close.
"""

import random
import sys
import time

from distributed import Client, Security

URL, CA_FILE, CERT_FILE, KEY_FILE = sys.argv[1:5]
TASKS = int(sys.argv[5])
BETWEEN_S = (0.4, 1.6)


def main():
    moments = random.Random(7)
    security = Security(
        tls_ca_file=CA_FILE, tls_client_cert=CERT_FILE, tls_client_key=KEY_FILE, require_encryption=True
    )
    with Client(URL, security=security) as client:
        time.sleep(3)  # the client itself is a change
        futures = []
        for i in range(TASKS):
            time.sleep(moments.uniform(*BETWEEN_S))
            at_ms = time.time() * 1000
            futures.append(client.submit(abs, i, pure=False))
            print(at_ms, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
