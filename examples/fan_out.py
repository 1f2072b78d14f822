"""
Count the k-mers of a sequence file, of all lengths from 3 to 8, on a pool of workers.

The file is split on a worker, its parts are counted on all of them, and the counts
are added up on a worker again. Every step is a command you could type in a shell;
crossflow carries the files from one to the next, and only the last one, small,
comes back here.

    xcore init local        # or aws, or gcp
    xcore start
    xcore run examples/fan_out.py --workers 4

The job waits until all workers are there, some seconds on this machine and a minute
or two on a cloud: else parts this small would be counted before the last one has
booted. A job of your own need not wait, since workers start when tasks do.

The longest k-mers are then counted in this process, too: exit code 1 if the two
differ.
"""

import argparse
import collections
import os
import random
import sys
import tempfile

from crosscore import Cluster, cluster
from crossflow.clients import Client
from crossflow.tasks import SubprocessTask
from dask.distributed import wait

SHORTEST, LONGEST = 3, 8
SEQUENCE_LENGTH = 1000


def make_sequences(path, size_mb, seed=1):
    """Write random DNA sequences in FASTA format, two lines each; return how many."""
    rng = random.Random(seed)
    count = int(size_mb * 1_000_000 / SEQUENCE_LENGTH)
    with open(path, "w") as fasta:
        for i in range(count):
            fasta.write(f">sequence_{i}\n")
            fasta.write("".join(rng.choices("ACGT", k=SEQUENCE_LENGTH)) + "\n")
    return count


def count_here(path):
    """The count of the longest k-mers, in one process."""
    counts = collections.Counter()
    with open(path) as fasta:
        for line in fasta:
            if not line.startswith(">"):
                sequence = line.strip()
                counts.update(sequence[i : i + LONGEST] for i in range(len(sequence) - LONGEST + 1))
    return counts


def count_on_cluster(client, path, sequences, parts):
    """Split and count each part: a future for each part's counts."""
    split = SubprocessTask("split -a 4 -l {lines} sequences.fasta part-")
    split.set_inputs(["sequences.fasta", "lines"])
    split.set_outputs(["part-*"])

    # In a task's command {name} is an input; awk's own braces are written twice.
    count = SubprocessTask(
        "awk -v shortest={shortest} -v longest={longest} '!/^>/ {{ for (k = shortest; k <= longest; k++)"
        " for (i = 1; i <= length($0) - k + 1; i++) n[substr($0, i, k)]++ }}"
        " END {{ for (kmer in n) print kmer, n[kmer] }}' part.fasta > counts.txt"
    )
    count.set_inputs(["part.fasta"])
    count.set_outputs(["counts.txt"])
    count.set_constant("shortest", SHORTEST)
    count.set_constant("longest", LONGEST)

    lines_per_part = 2 * -(-sequences // parts)
    part_files = client.submit(split, path, lines_per_part).result()
    # Not client.map(): crossflow 1.0.0's works from Python 3.12 on only.
    return [client.submit(count, part) for part in part_files]


def add_up_on_cluster(client, counts):
    """The counts of all parts as one: k-mer -> how often."""
    add_up = SubprocessTask(
        "cat counts-*.txt | awk '{{ n[$1] += $2 }} END {{ for (kmer in n) print kmer, n[kmer] }}' | sort > total.txt"
    )
    add_up.set_inputs(["counts-*.txt"])
    add_up.set_outputs(["total.txt"])
    total = client.submit(add_up, counts).result()
    return {kmer: int(n) for kmer, n in map(str.split, total.read_text().splitlines())}


def main():
    """Make the sequences, count them both ways, compare."""
    parser = argparse.ArgumentParser(description="Count the k-mers of a sequence file on a pool of workers.")
    parser.add_argument("--size-mb", type=float, default=4, help="size of the sequence file (default: 4)")
    parser.add_argument("--parts", type=int, default=24, help="parts to split it into (default: 24)")
    parser.add_argument("--workers", type=int, default=4, help="workers to use (default: 4)")
    args = parser.parse_args()

    cluster.set_max_workers(args.workers)
    client = Client(address=cluster.get_url())
    pool = Cluster()
    pool.wait_for_workers(args.workers)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sequences.fasta")
        sequences = make_sequences(path, args.size_mb)
        print(f"{sequences} sequences, {os.path.getsize(path)} bytes", flush=True)
        counts = count_on_cluster(client, path, sequences, args.parts)
        wait(counts)
        # Each worker holds what it has counted, as long as it is there.
        workers = {worker for holders in client.who_has(counts).values() for worker in holders}
        print(f"{len(counts)} parts counted by {len(workers)} worker{'' if len(workers) == 1 else 's'}", flush=True)
        pool.scale(0)  # those without work may leave
        found = add_up_on_cluster(client, counts)
        del counts  # no worker has to keep them any more
        expected = count_here(path)

    longest = {kmer: n for kmer, n in found.items() if len(kmer) == LONGEST}
    for kmer, n in sorted(longest.items(), key=lambda item: (-item[1], item[0]))[:3]:
        print(f"{kmer} {n:6d}")
    print(f"{len(found)} different k-mers, {sum(found.values())} in all")
    if longest != expected:
        sys.exit("The cluster's count differs from the one made here.")
    print(f"Those of length {LONGEST} are the same as counted here.")


if __name__ == "__main__":
    main()
