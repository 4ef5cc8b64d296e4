"""What xgboost and scikit-learn log by themselves. Autologging turns a server's errors into warnings: none may come."""

import logging

import mlflow
import numpy as np
import pytest
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from conftest import VERSION


@pytest.fixture(autouse=True)
def quiet(caplog):
    logging.getLogger("mlflow").propagate = True
    yield
    mlflow.sklearn.autolog(disable=True)
    mlflow.xgboost.autolog(disable=True)
    trouble = [r.getMessage() for r in caplog.records if "xception" in r.getMessage() or "rror" in r.getMessage()]
    assert not [t for t in trouble if "RestException" in t or "MlflowException" in t or "API request" in t], trouble


def the_run(client, experiment):
    (run,) = client.search_runs([experiment], "tags.mlflow.parentRunId IS NULL")
    return run


def test_xgboost(client, experiment, table):
    mlflow.xgboost.autolog()
    X, y = table
    model = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 2, "nthread": 1},
        xgboost.DMatrix(X[:200], y[:200]),
        5,
        evals=[(xgboost.DMatrix(X[200:], y[200:]), "test")],
        verbose_eval=False,
    )
    run = the_run(client, experiment)
    assert run.info.status == "FINISHED"
    assert run.data.params["max_depth"] == "2" and run.data.params["num_boost_round"] == "5"
    history = client.get_metric_history(run.info.run_id, "test-logloss")
    assert [m.step for m in history] == [0, 1, 2, 3, 4] and run.data.metrics["test-logloss"] == history[-1].value
    contexts = [{t.key: t.value for t in i.tags}["mlflow.data.context"] for i in run.inputs.dataset_inputs]
    assert sorted(contexts) == ["eval", "train"]
    assert "feature_importance_weight.json" in [f.path for f in client.list_artifacts(run.info.run_id)]
    loaded = mlflow.xgboost.load_model(f"runs:/{run.info.run_id}/model")
    assert np.array_equal(loaded.predict(xgboost.DMatrix(X)), model.predict(xgboost.DMatrix(X)))


def test_xgboosts_classifier(client, experiment, table):
    mlflow.xgboost.autolog(log_datasets=True)
    xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(*table)
    run = the_run(client, experiment)
    assert run.info.status == "FINISHED" and run.data.params["num_boost_round"] == "3"
    assert [{t.key: t.value for t in i.tags}["mlflow.data.context"] for i in run.inputs.dataset_inputs] == ["train"]


def test_sklearn(client, experiment, table):
    mlflow.sklearn.autolog()
    X, y = table
    with mlflow.start_run() as active:
        model = LogisticRegression(C=0.5).fit(X[:200], y[:200])
        score = model.score(X[200:], y[200:])
    run = client.get_run(active.info.run_id)
    assert run.data.params["C"] == "0.5" and 0.5 < run.data.metrics["training_accuracy_score"] <= 1
    assert score in [value for key, value in run.data.metrics.items() if key.startswith("LogisticRegression_score_")]
    files = [f.path for f in client.list_artifacts(run.info.run_id)]
    assert "metric_info.json" in files and "training_confusion_matrix.png" in files
    assert [{t.key: t.value for t in i.tags}["mlflow.data.context"] for i in run.inputs.dataset_inputs] == ["train"]
    loaded = mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert np.array_equal(loaded.predict(X), model.predict(X))
    if VERSION >= (3,):
        (output,) = run.outputs.model_outputs
        assert client.get_logged_model(output.model_id).status.name == "READY"


def test_a_grid_search(client, experiment, table):
    mlflow.sklearn.autolog(max_tuning_runs=None)
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(*table)
    run = the_run(client, experiment)
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run.info.run_id}'", order_by=["params.C"])
    assert [child.data.params["C"] for child in children] == ["0.1", "1.0"]
    assert run.data.params["best_C"] in ("0.1", "1.0") and "best_cv_score" in run.data.metrics
    assert mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/best_estimator").C in (0.1, 1.0)
