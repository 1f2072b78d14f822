"""A shuffle and a merge between workers (p2p), from zero of them: rows that are in the right place, and sums."""

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
from crosscore import Cluster

ROWS, PARTS, IDS = 200_000, 12, 50


def part(i):
    numbers = np.random.RandomState(i)
    return pd.DataFrame({"id": numbers.randint(IDS, size=ROWS // PARTS), "value": numbers.rand(ROWS // PARTS)})


def ids_are_whole(part):
    return pd.Series([tuple(sorted(part["id"].unique()))])


with Cluster() as cluster, cluster.get_client() as client, dask.config.set({"dataframe.shuffle.method": "p2p"}):
    left = dd.from_map(part, range(PARTS))
    shuffled = left.shuffle("id", npartitions=8)
    groups = shuffled.map_partitions(ids_are_whole, meta=pd.Series([()], dtype=object)).compute()
    ids = [one for group in groups for one in group]
    print(sorted(ids) == list(range(IDS)))

    right = dd.from_pandas(pd.DataFrame({"id": range(IDS), "factor": [2.0] * IDS}), npartitions=4)
    merged = left.merge(right, on="id", shuffle_method="p2p")
    total, single = dask.compute((merged["value"] * merged["factor"]).sum(), left["value"].sum())
    print(abs(total - 2 * single) < 1e-6)
