"""scikit-learn's GridSearchCV through joblib, from zero workers: on how many of them its fits ran, and what it found."""

import joblib
from crosscore import Cluster
from distributed import get_task_stream
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

X, y = make_classification(n_samples=2000, n_features=20, n_informative=5, random_state=0)
search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.001, 0.01, 0.1, 1, 10, 100]}, cv=4)

with Cluster() as cluster, cluster.get_client() as client:
    client.wait_for_workers(2, timeout=300)
    with get_task_stream(client) as stream, joblib.parallel_config("dask"):
        search.fit(X, y)
    print(len({task["worker"] for task in stream.data}), search.best_score_ > 0.7)
