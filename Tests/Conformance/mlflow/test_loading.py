"""Models logged with their flavours, registered, and loaded back by every kind of address."""

import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pytest
import xgboost
from sklearn.linear_model import LogisticRegression

from conftest import VERSION, needs_logged_models

PLAIN = {"pip_requirements": []}  # no search for what the model imports, which takes seconds


@pytest.fixture(scope="module")
def fitted(table):
    return LogisticRegression().fit(*table)


def test_from_run_to_registry(client, experiment, name, fitted, table):
    """`runs:/` registers and loads; so do the version, the stage, `latest` and the alias it gets."""
    X, _ = table
    with mlflow.start_run() as active:
        mlflow.sklearn.log_model(fitted, "model", input_example=X[:2], **PLAIN)
    uri = f"runs:/{active.info.run_id}/model"
    version = mlflow.register_model(uri, name, tags={"t": "1"})
    assert (version.name, str(version.version), version.status) == (name, "1", "READY")
    assert version.run_id == active.info.run_id and version.tags == {"t": "1"}
    again = mlflow.register_model(uri, name)
    client.set_registered_model_alias(name, "champion", again.version)
    client.transition_model_version_stage(name, "1", "Staging")
    for address in [uri, f"models:/{name}/1", f"models:/{name}/latest", f"models:/{name}/Staging", f"models:/{name}@champion"]:  # fmt: skip
        assert np.array_equal(mlflow.sklearn.load_model(address).predict_proba(X), fitted.predict_proba(X)), address
    generic = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    assert np.array_equal(generic.predict(X), fitted.predict(X))
    assert np.array_equal(generic.input_example, X[:2])
    info = mlflow.models.get_model_info(uri)
    assert info.run_id == active.info.run_id and "sklearn" in info.flavors


def test_a_model_of_the_uris_own(client, experiment, name, fitted, table):
    X, _ = table
    with mlflow.start_run() as active:
        info = mlflow.sklearn.log_model(fitted, "model", registered_model_name=name, **PLAIN)
        mlflow.sklearn.log_model(fitted, "model", registered_model_name=name, **PLAIN)
    assert np.array_equal(mlflow.sklearn.load_model(info.model_uri).predict(X), fitted.predict(X))
    versions = client.search_model_versions(f"name = '{name}'")
    assert len(versions) == 2 and {v.run_id for v in versions} == {active.info.run_id}
    if VERSION >= (3,):
        assert all(v.source.startswith("models:/m-") for v in versions)
        model = client.get_logged_model(info.model_id)
        assert model.status.name == "READY" and model.source_run_id == active.info.run_id
        assert name in model.tags["mlflow.modelVersions"]


@needs_logged_models
def test_a_model_outside_a_run(client, experiment, fitted, table):
    X, _ = table
    info = mlflow.sklearn.log_model(fitted, name="alone", params={"depth": 3}, tags={"k": "v"}, **PLAIN)
    model = client.get_logged_model(info.model_id)
    assert (model.params, model.tags["k"]) == ({"depth": "3"}, "v")
    assert np.array_equal(mlflow.pyfunc.load_model(f"models:/{info.model_id}").predict(X), fitted.predict(X))
    found = mlflow.search_logged_models([experiment], output_format="list")
    assert info.model_id in [m.model_id for m in found]


@needs_logged_models
def test_a_run_with_two_models(client, experiment, fitted, table):
    X, y = table
    with mlflow.start_run() as active:
        mlflow.sklearn.log_model(fitted, name="one", **PLAIN)
        mlflow.sklearn.log_model(LogisticRegression(C=0.01).fit(X, y), name="two", step=5, **PLAIN)
    run = client.get_run(active.info.run_id)
    assert sorted(o.step for o in run.outputs.model_outputs) == [0, 5]
    one = mlflow.sklearn.load_model(f"runs:/{active.info.run_id}/one")
    two = mlflow.sklearn.load_model(f"runs:/{active.info.run_id}/two")
    assert (one.C, two.C) == (1.0, 0.01)


def test_an_xgboost_booster(client, experiment, name, table):
    X, y = table
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(X, y), 10)
    with mlflow.start_run():
        mlflow.xgboost.log_model(booster, "model", registered_model_name=name, model_format="json", **PLAIN)
    client.set_registered_model_alias(name, "champion", 1)
    loaded = mlflow.xgboost.load_model(f"models:/{name}@champion")
    assert np.array_equal(loaded.predict(xgboost.DMatrix(X)), booster.predict(xgboost.DMatrix(X)))


class Doubling(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["factor"]) as file:
            self.factor = int(file.read())

    def predict(self, context, model_input, params=None):
        return model_input * self.factor


def test_a_python_model_with_artifacts(client, experiment, name, tmp_path):
    (tmp_path / "factor.txt").write_text("2")
    with mlflow.start_run():
        mlflow.pyfunc.log_model(
            "model", python_model=Doubling(), artifacts={"factor": str(tmp_path / "factor.txt")}, registered_model_name=name, **PLAIN  # fmt: skip
        )
    assert list(mlflow.pyfunc.load_model(f"models:/{name}/1").predict(np.array([1, 2]))) == [2, 4]
