"""tools/score_pyfunc.py scores rows with models of any flavour, as the flavour itself predicts."""

import csv
import gzip
import json
import os
import pathlib
import sqlite3
import subprocess
import sys

import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import xgboost
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

SCORER = pathlib.Path(__file__).resolve().parents[3] / "tools/score_pyfunc.py"
PLAIN = {"pip_requirements": []}
PICKLED = {**PLAIN, "serialization_format": mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE}
KINDS = {"amount": "numeric", "shop": "categorical", "score": "numeric"}
ROWS = 20_000  # more than a block


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(11)
    columns = [random.normal(size=ROWS), random.choice(["a", "b", "7"], ROWS), random.normal(size=ROWS)]
    return pd.DataFrame(dict(zip(KINDS, columns)))


@pytest.fixture(scope="module")
def truth(frame):
    return (frame["amount"] + (frame["shop"] == "7") > frame["score"]).astype(int)


@pytest.fixture(scope="module")
def rows(frame, tmp_path_factory):
    """The same rows as a CSV file, a gzipped one, and a capture's export; by what they are called."""
    folder = tmp_path_factory.mktemp("rows")
    named = frame.assign(id=[f"r,{row}" for row in range(len(frame))])
    named.to_csv(folder / "rows.csv", index=False)
    (folder / "rows.csv.gz").write_bytes(gzip.compress((folder / "rows.csv").read_bytes()))
    export = named.rename(columns={"score": "feature.score"}).assign(
        row=0, time="2026-01-01T00:00:00Z", model_version="1", arm=None, segment=None, score=0.5
    )
    first = ["id", "row", "time", "model_version", "arm", "segment"]
    with sqlite3.connect(folder / "rows.sqlite") as database:
        export[first + ["amount", "shop", "feature.score", "score"]].to_sql("rows", database, index=False)
        database.execute("CREATE TABLE columns (name TEXT, datatypes TEXT)")
    return folder


def schema(path, task="binary", **prediction):
    features = [{"name": name, "kind": kind} for name, kind in KINDS.items()]
    prediction = {"tensor": "score", "kind": "score", **prediction}
    path.write_text(json.dumps({"version": 1, "task": task, "features": features, "prediction": prediction}))
    return {"LEEWAY_SCHEMA": str(path)}


def run(model, rows, output, **environment):
    named = {"LEEWAY_MODEL": model, "LEEWAY_ROWS": rows, "LEEWAY_OUTPUT": output, **environment}
    given = {name: str(value) for name, value in named.items() if value is not None}
    return subprocess.run(
        [sys.executable, SCORER], capture_output=True, text=True, timeout=80, env={**os.environ, **given}
    )


def scores(model, rows, tmp_path, **environment):
    """Ids, scores and classes."""
    done = run(model, rows, tmp_path / "scores.csv", **environment)
    assert done.returncode == 0, done.stderr
    event = json.loads(done.stdout.splitlines()[-1])
    assert event["event"] == "scored" and set(event["seconds"]) == {"reading", "encoding", "predicting", "writing"}
    with open(tmp_path / "scores.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert event["scored"] == len(table)
    return [row["id"] for row in table], np.array([float(row["score"]) for row in table]), [row.get("class") for row in table]


def pipeline(estimator):
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["shop"]), remainder="passthrough")
    return make_pipeline(columns, estimator)


@pytest.fixture(scope="module")
def classifier(frame, truth, tmp_path_factory):
    """A pipeline of scikit-learn's, and the folder MLflow has saved it in."""
    fitted = pipeline(HistGradientBoostingClassifier(max_iter=20)).fit(frame, truth)
    folder = tmp_path_factory.mktemp("classifier") / "model"
    mlflow.sklearn.save_model(fitted, folder, signature=infer_signature(frame, truth), **PICKLED)
    return fitted, folder


@pytest.mark.parametrize("file", ["rows.csv", "rows.csv.gz", "rows.sqlite"])
def test_a_pipeline_of_scikit_learn(classifier, frame, rows, tmp_path, file):
    fitted, folder = classifier
    ids, scored, classes = scores(folder, rows / file, tmp_path)
    assert ids == [f"r,{row}" for row in range(ROWS)]
    assert np.abs(scored - fitted.predict_proba(frame)[:, 1]).max() < 1e-6
    assert classes == [str(label) for label in fitted.predict(frame)]


def test_a_logged_model_of_xgboost_3(experiment, frame, truth, rows, tmp_path):
    """Its scikit-learn face, and its booster, whose predict gives probabilities."""
    assert xgboost.__version__.startswith("3.")
    numbers = frame[["amount", "score"]]
    fitted = xgboost.XGBClassifier(n_estimators=10).fit(numbers, truth)
    expected = fitted.predict_proba(numbers)[:, 1]
    for model in [fitted, fitted.get_booster()]:
        with mlflow.start_run():
            logged = mlflow.xgboost.log_model(model, "model", signature=infer_signature(numbers, expected), **PLAIN)
        folder = mlflow.artifacts.download_artifacts(logged.model_uri)
        given = schema(tmp_path / "schema.json", threshold=0.9)
        _, scored, classes = scores(folder, rows / "rows.csv", tmp_path, **given)
        assert np.abs(scored - expected).max() < 1e-6
        assert classes == ["1" if score >= 0.9 else "0" for score in scored]


def test_the_schemas_positive_class(frame, truth, rows, tmp_path):
    names = truth.map({0: "good", 1: "bad"})
    fitted = pipeline(LogisticRegression()).fit(frame, names)
    mlflow.sklearn.save_model(fitted, tmp_path / "model", signature=infer_signature(frame, names), **PICKLED)
    _, scored, classes = scores(tmp_path / "model", rows / "rows.csv", tmp_path, **schema(tmp_path / "s", positive="good"))
    assert np.abs(scored - fitted.predict_proba(frame)[:, list(fitted.classes_).index("good")]).max() < 1e-6
    assert classes == fitted.predict(frame).tolist()
    done = run(tmp_path / "model", rows / "rows.csv", tmp_path / "none.csv", **schema(tmp_path / "s", positive="ugly"))
    assert (done.returncode, "'bad', 'good', and the positive one of two is 'ugly'" in done.stderr) == (65, True)


def test_several_classes_and_a_quantity(frame, rows, tmp_path):
    thirds = pd.qcut(frame["amount"], 3, labels=["x", "y", "z"]).astype(str)
    fitted = pipeline(LogisticRegression()).fit(frame, thirds)
    mlflow.sklearn.save_model(fitted, tmp_path / "classes", signature=infer_signature(frame, thirds), **PICKLED)
    _, scored, classes = scores(tmp_path / "classes", rows / "rows.csv", tmp_path)
    assert np.abs(scored - fitted.predict_proba(frame).max(axis=1)).max() < 1e-6
    assert classes == fitted.predict(frame).tolist()
    fitted = pipeline(RandomForestRegressor(5)).fit(frame, frame["amount"] * 3)
    mlflow.sklearn.save_model(fitted, tmp_path / "value", signature=infer_signature(frame, frame["amount"]), **PICKLED)
    _, scored, classes = scores(tmp_path / "value", rows / "rows.csv", tmp_path)
    assert np.abs(scored - fitted.predict(frame)).max() < 1e-6 and set(classes) == {None}


def test_a_model_of_unnamed_numbers(frame, truth, rows, tmp_path):
    """Its columns are the schema's, in the schema's order."""
    numbers = frame[["amount", "score"]]
    fitted = LogisticRegression().fit(numbers.to_numpy(), truth)
    mlflow.sklearn.save_model(fitted, tmp_path / "model", signature=infer_signature(numbers.to_numpy()), **PICKLED)
    done = run(tmp_path / "model", rows / "rows.csv", tmp_path / "none.csv")
    assert (done.returncode, "set LEEWAY_SCHEMA" in done.stderr) == (65, True)
    given = schema(tmp_path / "schema.json")
    content = json.loads((tmp_path / "schema.json").read_text())
    content["features"] = [feature for feature in content["features"] if feature["kind"] == "numeric"]
    (tmp_path / "schema.json").write_text(json.dumps(content))
    _, scored, _ = scores(tmp_path / "model", rows / "rows.csv", tmp_path, **given)
    assert np.abs(scored - fitted.predict_proba(numbers.to_numpy())[:, 1]).max() < 1e-6


def test_what_cannot_be_scored(classifier, rows, tmp_path):
    """Each exit code, a sentence, and no file; no rows are no problem."""
    _, folder = classifier
    output = tmp_path / "scores.csv"
    (tmp_path / "few.csv").write_text("id,amount,shop\n1,2,a\n")
    (tmp_path / "text.csv").write_text("id,amount,shop,score\n1,2,a,1\n2,much,a,1\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "short.csv").write_text("id,amount,shop,score\n1,2,a,1\n\n2,3\n")
    (tmp_path / "twice.csv").write_text("id,amount,shop,score,shop\n")
    (tmp_path / "quote.csv").write_text('id,amount,shop,score\n1,2,"a,1\n')
    (tmp_path / "torn.csv.gz").write_bytes((rows / "rows.csv.gz").read_bytes()[:9000])
    (tmp_path / "other.sqlite").write_bytes(b"SQLite format 3\0" + bytes(200))
    for model, file, code, words in [
        (folder, None, 2, "LEEWAY_ROWS must be set"),
        (folder, tmp_path / "nowhere.csv", 65, "nowhere.csv: cannot be opened"),
        (folder, tmp_path / "few.csv", 65, "few.csv: has no column for 'score'; its columns are 'id', 'amount', 'shop'"),
        (folder, tmp_path / "text.csv", 65, "row 2: feature 'amount' is no category, and 'much' is no number"),
        (folder, tmp_path / "empty.csv", 65, "empty.csv: is empty"),
        (folder, tmp_path / "short.csv", 65, "short.csv:4: has 2 fields where the header has 4"),
        (folder, tmp_path / "twice.csv", 65, "column 'shop' stands twice"),
        (folder, tmp_path / "quote.csv", 65, "quote.csv: cannot be read to its end"),
        (folder, tmp_path / "torn.csv.gz", 65, "torn.csv.gz: "),
        (folder, tmp_path / "other.sqlite", 65, "other.sqlite: "),
        (tmp_path, rows / "rows.csv", 65, "has no MLmodel"),
    ]:
        done = run(model, file, output)
        assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr
    assert list(tmp_path.glob("scores.csv*")) == []
    (tmp_path / "none.csv").write_text("id,amount,shop,score\n")
    assert scores(folder, tmp_path / "none.csv", tmp_path)[0] == []
    assert output.read_text() == "id,score,class\n"


def test_a_model_that_fails(rows, tmp_path):
    class Broken(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input):
            raise RuntimeError("no weights")

    signature = infer_signature(pd.DataFrame({"amount": [1.0]}))
    mlflow.pyfunc.save_model(tmp_path / "model", python_model=Broken(), signature=signature, **PLAIN)
    done = run(tmp_path / "model", rows / "rows.csv", tmp_path / "scores.csv")
    assert (done.returncode, "RuntimeError: no weights" in done.stderr) == (1, True), done.stderr
    assert not (tmp_path / "scores.csv").exists()
