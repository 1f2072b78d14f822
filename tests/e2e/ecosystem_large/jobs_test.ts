import assert from "node:assert/strict";
import { programs } from "../../support/needs.ts";
import { job } from "../ecosystem/job.ts";

const folder = new URL("jobs/", import.meta.url);

job("xgboost.dask trains and predicts, from no worker", "xgboost_dask.py", [], (printed) => {
  assert.deepEqual(printed, ["True 40"]);
}, { folder });

job(
  "Prefect's DaskTaskRunner takes what makes the cluster, and its address",
  "prefect_flow.py",
  [],
  (printed) => {
    assert.deepEqual(printed, ["56 True", "56 True"]);
  },
  { folder },
);

job("an ensemble of GROMACS runs, with crossflow, from no worker", "gromacs_ensemble.py", [], (printed) => {
  assert.deepEqual(printed, ["6", "6"]);
}, { folder, lack: programs("gmx") });
