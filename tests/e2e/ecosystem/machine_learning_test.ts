import assert from "node:assert/strict";
import { job } from "./job.ts";

job("joblib runs a GridSearchCV on two workers, from none", "grid_search.py", [], (printed) => {
  assert.deepEqual(printed, ["2 True"]);
});

job("dask-ml's KMeans finds its points, from no worker", "kmeans.py", ["20000", "4"], (printed) => {
  assert.match(printed.join("\n"), /^True \d+\.\d+$/);
});
