"""The registry trains by a scikit-learn script and by XGBoost, and MLflow's client finds what it expects of both."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import harness
import mlflow
import numpy as np
import pandas as pd
import pytest
from training import FLIGHTS, MODEL, TrainingRegistry, rows_of_flights

TOOLS = FLIGHTS.parent
COMMAND = {"trainer": None, "parameters": None, "rounds": None}


@pytest.fixture
def registry(tmp_path, tracking):
    registry = TrainingRegistry(tmp_path / "registry")
    # Jobs see no more of the environment than PATH: a Python that has mlflow is one that finds it by itself.
    python = registry.folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{os.environ.get("PYTHONPATH", "")}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(TOOLS / "examples/train_sklearn.py", registry.folder)
    registry.python = str(python)
    mlflow.set_tracking_uri(registry.uri)
    mlflow.set_registry_uri(registry.uri)
    yield registry
    registry.kill()


def test_pyfunc_loads_the_champion_and_predicts_what_was_judged(registry, tmp_path):
    registry.configure(keys={"python": registry.python}).start()
    ended = registry.train(rows_of_flights(tmp_path / "rows.csv", "2013-01-01", "2013-03-15"))
    assert ended["state"] == "candidate", ended
    new = rows_of_flights(tmp_path / "new.csv", "2013-04-01", "2013-04-08")
    features = mlflow_features(new)
    predicted = mlflow.pyfunc.load_model(f"models:/{MODEL}@champion").predict(features)["score"].to_numpy()
    folder = tmp_path / "model"
    mlflow.artifacts.download_artifacts(f"models:/{MODEL}/1", dst_path=str(folder))
    expected = scored(folder, new, tmp_path / "scores.csv")
    assert np.abs(predicted - expected).max() < 1e-6
    run = mlflow.get_run(ended["run"])
    assert run.info.status == "FINISHED" and run.data.params["max_depth"] == "4"
    assert run.inputs.dataset_inputs[0].dataset.source_type == "leeway"


def scored(model, rows, output):
    """By `leeway-trainer`."""
    trainer = pathlib.Path(harness.BINARY).parent / "leeway-trainer"
    subprocess.run([trainer, "score", "--model", model, "--rows", rows, "--output", output], check=True, timeout=60)
    return pd.read_csv(output, float_precision="round_trip")["score"].to_numpy()


def mlflow_features(path):
    names = [feature["name"] for feature in json.loads((FLIGHTS / "schema.json").read_text())["features"]]
    return pd.read_csv(path, float_precision="round_trip")[names]


def test_a_scikit_learn_script_trains_and_the_bundled_scorer_judges(registry, tmp_path):
    recipe = {**COMMAND, "command": [registry.python, "train_sklearn.py"]}
    registry.configure(recipe, gate={"floors": {"auc": 0.5}}, keys={"python": registry.python}).start()
    first = registry.train(rows_of_flights(tmp_path / "rows.csv", "2013-01-01", "2013-03-15"))
    assert (first["state"], first["version"]) == ("candidate", 1), (first, registry.logs)
    run = mlflow.get_run(first["run"])
    assert run.data.params["C"] == "0.1" and run.data.metrics["holdout-logloss"] > 0
    assert run.data.metrics["candidate.log_loss"] == pytest.approx(run.data.metrics["holdout-logloss"], abs=1e-6)
    # The next is an XGBoost of ours, held against it.
    registry.terminate()
    registry.configure(keys={"python": registry.python}).start()
    second = registry.train(rows_of_flights(tmp_path / "more.csv", "2013-01-01", "2013-04-15"))
    assert second["version"] == 2 and second["state"] in ("candidate", "rejected"), second
    metrics = mlflow.get_run(second["run"]).data.metrics
    assert 0.5 < metrics["champion.auc"] < 1 and 0.5 < metrics["candidate.auc"] < 1
