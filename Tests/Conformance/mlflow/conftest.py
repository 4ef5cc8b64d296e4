"""MLflow's own client, of the version that PYTHONPATH names, against the registry: see tools/mlflow_clients.

`MLFLOW_SERVER=…/mlflow` runs the same tests against MLflow's own server instead.
"""

import os
import signal
import uuid

# Before mlflow is imported: a server that answers 5xx, or nothing, is to fail a test rather than to hold it up.
os.environ |= {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
    "MPLBACKEND": "agg",
}

import harness
import mlflow
import numpy as np
import pytest

VERSION = tuple(int(part) for part in mlflow.__version__.split("."))
TEST_TIMEOUT = 90

needs_logged_models = pytest.mark.skipif(VERSION < (3,), reason="mlflow 2 has no logged models")
real_server = "MLFLOW_SERVER" in os.environ


def pytest_report_header():
    return f"mlflow {mlflow.__version__} against {'its own server' if real_server else harness.BINARY}"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One registry for all; each test brings names of its own."""
    server = harness.registry(tmp_path_factory.mktemp("registry")).start()
    yield server
    server.kill()


@pytest.fixture
def new_server(tmp_path):
    """Makes fresh registries; ends those that still run."""
    servers = []

    def make(name="fresh", **options):
        servers.append(harness.registry(tmp_path / name, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(autouse=True)
def tracking(server, monkeypatch):
    """Every test speaks to the registry, from a clean slate, for a bounded time."""
    track(server, monkeypatch)
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"not done within {TEST_TIMEOUT} s"))
    signal.alarm(TEST_TIMEOUT)
    yield
    signal.alarm(0)
    while mlflow.active_run():
        mlflow.end_run()


def track(server, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    mlflow.set_tracking_uri(server.uri)
    mlflow.set_registry_uri(server.uri)


@pytest.fixture
def client():
    return mlflow.MlflowClient()


@pytest.fixture
def name():
    """A name that no other test uses."""
    return f"n{uuid.uuid4().hex[:12]}"


@pytest.fixture
def experiment(name):
    """A new experiment, made the current one: its id."""
    return mlflow.set_experiment(name).experiment_id


@pytest.fixture
def run(client, experiment):
    """The id of a running run in it."""
    return client.create_run(experiment).info.run_id


@pytest.fixture
def model(client, name):
    """The name of a new registered model."""
    client.create_registered_model(name)
    return name


@pytest.fixture
def versions(client, experiment, model):
    """Makes versions of it, each from a run of its own that holds the artifact `model`."""

    def make(count=1, **options):
        made = []
        for _ in range(count):
            run = client.create_run(experiment)
            client.log_text(run.info.run_id, "weights", "model/weights.txt")
            source = f"{run.info.artifact_uri}/model"
            made.append(client.create_model_version(model, source, run.info.run_id, **options))
        return made

    return make


@pytest.fixture(scope="session")
def table():
    """A table to train on: 300 rows of 5 features, and a truth that they tell."""
    random = np.random.default_rng(3)
    X = random.normal(size=(300, 5))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + random.normal(scale=0.3, size=300) > 0).astype(int)
    return X, y


def quoted(text):
    """As a string of a filter."""
    return f'"{text}"' if "'" in text else f"'{text}'"


def error(code, words=""):
    """Expects an MlflowException of this error code, whose message has these words."""
    return _Error(code, words)


class _Error:
    def __init__(self, code, words):
        self.code, self.words = code, words

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        assert kind is not None, f"no {self.code} was raised"
        if not issubclass(kind, mlflow.exceptions.MlflowException):
            return False
        assert value.error_code == self.code and self.words in str(value), value
        return True
