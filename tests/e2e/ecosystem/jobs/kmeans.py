"""dask-ml's KMeans on random numbers around three points, from zero workers: the points that it finds, and its seconds."""

import sys
import time

import dask.array as da
import numpy as np
from crosscore import Cluster
from dask_ml.cluster import KMeans

ROWS, CHUNKS = int(sys.argv[1]), int(sys.argv[2])
POINTS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def around(block, block_info=None):
    """A chunk of rows, each near one of the points."""
    numbers = np.random.RandomState(block_info[0]["chunk-location"][0])
    return POINTS[numbers.randint(3, size=len(block))] + numbers.normal(scale=0.5, size=block.shape)


with Cluster() as cluster, cluster.get_client() as client:
    began = time.monotonic()
    X = da.zeros((ROWS, 2), chunks=(ROWS // CHUNKS, 2)).map_blocks(around, dtype=float).persist()
    found = KMeans(n_clusters=3, random_state=0, max_iter=50).fit(X).cluster_centers_
    seconds = time.monotonic() - began
    nearest = [float(np.min(np.linalg.norm(found - point, axis=1))) for point in POINTS]
    print(max(nearest) < 0.1, "%.2f" % seconds)
