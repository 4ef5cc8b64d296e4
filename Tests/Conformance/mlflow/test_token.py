"""A registry that asks who is there. MLflow's own server asks for names and passwords instead, if for anything."""

import mlflow
import pytest

from conftest import error, real_server, track

pytestmark = pytest.mark.skipif(real_server, reason="ours alone")


@pytest.fixture
def guarded(new_server, monkeypatch, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("alice s3cret-of-alice-1\nbob s3cret-of-bob-too\n")
    tokens.chmod(0o600)
    server = new_server(arguments=["--token-file", tokens]).start()
    track(server, monkeypatch)
    return server


def test_a_token_opens(guarded, monkeypatch, name):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret-of-alice-1")
    with mlflow.start_run(experiment_id=mlflow.MlflowClient().create_experiment(name)) as active:
        mlflow.log_metric("m", 1)
        mlflow.log_text("text", "a.txt")
    assert mlflow.artifacts.load_text(f"runs:/{active.info.run_id}/a.txt") == "text"


@pytest.mark.parametrize("token", [None, "wrong", "s3cret-of-alice-9", ""])
def test_nothing_else_does(guarded, monkeypatch, name, token):
    if token is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
    with error("UNAUTHENTICATED"):
        mlflow.MlflowClient().create_experiment(name)
    with error("UNAUTHENTICATED"):
        mlflow.search_runs(["0"])
    assert guarded.get("/health").status == 200
