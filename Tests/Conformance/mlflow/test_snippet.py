"""The training script of the article, unchanged, on a registry that has seen nothing yet."""

import os
import pathlib
import subprocess
import sys

import mlflow
import mlflow.pyfunc
import mlflow.xgboost
import numpy as np
import pytest

from conftest import VERSION, track

SNIPPET = pathlib.Path(__file__).parent / "snippet.py"
PARAMS = {"model_type": "xgboost", "n_estimators": "500", "max_depth": "8", "learning_rate": "0.05", "data_version": "v2.3.1"}  # fmt: skip


def train(server, output):
    """Runs the snippet as its own process, with nothing but the registry's address in its environment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    done = subprocess.run(
        [sys.executable, str(SNIPPET), str(output)],
        env={**kept, "MLFLOW_TRACKING_URI": server.uri},
        cwd=output.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return np.load(output)


@pytest.fixture
def fresh(new_server, monkeypatch):
    server = new_server().start()
    track(server, monkeypatch)
    return server


def test_the_snippet_twice_and_its_model_loaded_back(fresh, tmp_path, client):
    expected = train(fresh, tmp_path / "first.npz")
    train(fresh, tmp_path / "second.npz")

    experiment = client.get_experiment_by_name("fraud-detection-v2")
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.status for run in runs] == ["FINISHED", "FINISHED"]
    for run in runs:
        assert run.data.params == PARAMS
        assert sorted(run.data.metrics) == ["accuracy", "auc_roc", "f1", "precision", "recall"]
        assert run.data.metrics["accuracy"] == np.mean(expected["classes"] == truth(expected))
        assert run.info.end_time >= run.info.start_time
    versions = client.search_model_versions("name = 'fraud-detector'")
    assert sorted(v.version for v in map(registered, versions)) == ["1", "2"]
    assert all(v.status == "READY" and v.run_id in {run.info.run_id for run in runs} for v in versions)

    for version in (1, 2):
        client.set_registered_model_alias("fraud-detector", "champion", version)
        uri = "models:/fraud-detector@champion"
        assert client.get_model_version_by_alias("fraud-detector", "champion").version == str(version)
        generic = mlflow.pyfunc.load_model(uri)
        assert np.array_equal(generic.predict(expected["X"]), expected["classes"])
        native = mlflow.xgboost.load_model(uri)
        assert np.array_equal(native.predict_proba(expected["X"]), expected["probabilities"]), "bit for bit"
    generic = mlflow.pyfunc.load_model("models:/fraud-detector/1")
    assert generic.metadata.run_id in {run.info.run_id for run in runs}
    if VERSION >= (3,):
        assert client.get_logged_model(generic.metadata.model_id).status.name == "READY"


def registered(version):
    # The 2.x client turns the version into a number where it searches.
    version._version = str(version.version)
    return version


def truth(expected):
    X = np.random.default_rng(7)
    rows = X.normal(size=(600, 8))
    return (rows[:, 0] - rows[:, 3] * rows[:, 5] + X.normal(scale=0.4, size=600) > 0.5).astype(int)[400:]
