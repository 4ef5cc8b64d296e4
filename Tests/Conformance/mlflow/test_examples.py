"""tools/examples/train_sklearn.py trains against a registry; what it leaves behind can be scored and served."""

import csv
import gzip
import os
import pathlib
import sqlite3
import subprocess
import sys

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
import pytest

TOOLS = pathlib.Path(__file__).resolve().parents[3] / "tools"


def run(script, **environment):
    given = {name: str(value) for name, value in environment.items()}
    done = subprocess.run(
        [sys.executable, TOOLS / script], capture_output=True, text=True, timeout=80, env={**os.environ, **given}
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def files(tmp_path):
    """Flights to learn from, as a CSV file, and later ones to measure on, as an export; and some without a label."""
    with gzip.open(TOOLS / "flights/flights-sample.csv.gz", "rt") as file:
        flights = pd.read_csv(file, nrows=9000)
    flights.loc[::50, "label"] = None
    flights[:6000].to_csv(tmp_path / "dataset.csv", index=False)
    with sqlite3.connect(tmp_path / "holdout.sqlite") as database:
        flights[6000:].to_sql("rows", database, index=False)
    return tmp_path


def test_a_training_by_command(files, server, client, experiment, model):
    run_id = client.create_run(experiment).info.run_id
    run(
        "examples/train_sklearn.py", LEEWAY_DATASET=files / "dataset.csv", LEEWAY_HOLDOUT=files / "holdout.sqlite",
        LEEWAY_OUTPUT=files / "model", MLFLOW_TRACKING_URI=server.uri, MLFLOW_RUN_ID=run_id,
    )  # fmt: skip
    logged = client.get_run(run_id).data
    assert logged.params["rows"] == str(pd.read_csv(files / "dataset.csv")["label"].notna().sum())
    assert logged.metrics["holdout-auc"] > 0.55 and logged.metrics["holdout-logloss"] < 0.65

    client.log_artifacts(run_id, str(files / "model"), "model")
    version = client.create_model_version(model, f"{client.get_run(run_id).info.artifact_uri}/model", run_id)
    client.set_registered_model_alias(model, "champion", version.version)
    loaded = mlflow.sklearn.load_model(f"models:/{model}@champion")

    run("score_pyfunc.py", LEEWAY_MODEL=files / "model", LEEWAY_ROWS=files / "holdout.sqlite", LEEWAY_OUTPUT=files / "scores.csv")
    with open(files / "scores.csv", newline="") as file:
        scores = np.array([float(row["score"]) for row in csv.DictReader(file)])
    sys.path.insert(0, str(TOOLS / "examples"))
    import train_sklearn

    features, truth = train_sklearn.read(str(files / "holdout.sqlite"))
    labelled = pd.read_sql("SELECT label FROM rows", sqlite3.connect(files / "holdout.sqlite"))["label"].notna()
    expected = loaded.predict_proba(features)[:, 1]
    assert np.abs(scores[labelled.to_numpy()] - expected).max() < 1e-6
    assert len(scores) == 3000 and len(truth) == labelled.sum() < 2940
