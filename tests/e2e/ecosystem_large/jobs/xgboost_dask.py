"""xgboost.dask on a cluster from zero workers: how well it predicts."""

import dask.array as da
import numpy as np
import xgboost.dask
from crosscore import Cluster

if __name__ == "__main__":
    with Cluster() as cluster, cluster.get_client() as client:
        client.wait_for_workers(2, timeout=300)
        numbers = da.random.RandomState(0)
        X = numbers.random((200_000, 10), chunks=(25_000, 10)).persist()
        y = ((X[:, 0] + X[:, 1] * X[:, 2]) > 0.8).astype(int).persist()
        train = xgboost.dask.DaskDMatrix(client, X, y)
        wanted = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": 6}
        trained = xgboost.dask.train(client, wanted, train, num_boost_round=40)
        # A second phase, on what has been trained.
        guesses = xgboost.dask.predict(client, trained, X).compute()
        print(np.mean((guesses > 0.5) == y.compute()) > 0.97, len(trained["booster"].get_dump()))
