"""A folder of leeway-trainer is a model of MLflow's: uploaded, registered and loaded by alias, it predicts what
`leeway-trainer score` scores."""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys

import harness
import mlflow
import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest

TRAINER = os.environ.get("LEEWAY_TRAINER") or str(pathlib.Path(harness.BINARY).parent / "leeway-trainer")
KINDS = {"amount": "numeric", "shop": "categorical", "new": "boolean", 'a "quoted\' é, 日\u2028🦊 name': "numeric"}
PREDICTIONS = {
    "binary": {"tensor": "score", "kind": "score", "positive": "yes", "threshold": 0.4},
    "multiclass": {"tensor": "class", "kind": "class"},
    "regression": {"tensor": "value", "kind": "value"},
}


def table(rows, seed):
    """As pandas has it: whole numbers, texts, truth values, and cells without a value."""
    random = np.random.default_rng(seed)
    amount = random.integers(0, 1000, rows)
    shop = random.choice(["3", "é", "NL,x", "old"], rows).astype(object)
    new = random.choice([True, False], rows).astype(object)
    share = random.normal(size=rows)
    shop[::11], new[::13], share[::7] = None, None, np.nan
    return pd.DataFrame(dict(zip(KINDS, [amount, shop, new, share])))


def label(frame, task):
    """Follows from every feature."""
    share = frame.iloc[:, 3].fillna(-1)
    value = frame["amount"] / 500 + (frame["shop"] == "é") + (frame["new"] == True) + share.round(2)  # noqa: E712
    if task == "regression":
        return value
    names = ["no", "yes"] if task == "binary" else ["low", "mid, \"q\"", "high"]
    return pd.qcut(value, len(names), labels=names)


@pytest.fixture(scope="module", params=list(PREDICTIONS))
def trained(request, tmp_path_factory):
    """The task and a model's folder."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, train(folder, request.param)


def train(folder, task, output="model"):
    frame = table(2000, 1)
    frame.assign(label=label(frame, task)).to_csv(folder / "rows.csv", index=False)
    schema = {
        "version": 1, "task": task, "prediction": PREDICTIONS[task], "label": {"tensor": "label", "kind": "class"},
        "features": [{"name": name, "kind": kind} for name, kind in KINDS.items()],
    }  # fmt: skip
    (folder / "schema.json").write_text(json.dumps(schema))
    arguments = ["--dataset", folder / "rows.csv", "--schema", folder / "schema.json", "--output", folder / output]
    trainer("train", *arguments, "--rounds", 30, "--threads", 1)
    return folder / output


def trainer(*arguments):
    done = subprocess.run(
        [TRAINER, *map(str, arguments)], capture_output=True, text=True, timeout=60, env=harness.ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr
    return done


def scored(folder, frame, tmp_path):
    """What leeway-trainer scores: scores, and classes where there are some."""
    frame.to_csv(tmp_path / "new.csv", index=False)
    trainer("score", "--model", folder, "--rows", tmp_path / "new.csv", "--output", tmp_path / "scores.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "scores.csv").read_text())))
    return np.array([float(row["score"]) for row in rows]), [row.get("class") for row in rows]


def same(predicted, scores, classes):
    """They agree, and say something."""
    assert np.abs(predicted["score"].to_numpy() - scores).max() < 1e-6
    assert scores.std() > 0.05
    assert "class" not in predicted or predicted["class"].tolist() == classes
    return True


@pytest.fixture
def champion(trained, client, experiment, model):
    """The address of a version that was uploaded file by file and registered."""
    _, folder = trained
    run = client.create_run(experiment)
    client.log_artifacts(run.info.run_id, str(folder), "model")
    version = client.create_model_version(model, f"{run.info.artifact_uri}/model", run.info.run_id)
    client.set_registered_model_alias(model, "champion", version.version)
    return f"models:/{model}@champion"


def test_the_champion_predicts_what_leeway_scores(trained, champion, tmp_path):
    task, folder = trained
    frame = table(500, 2)
    scores, classes = scored(folder, frame, tmp_path)
    loaded = mlflow.pyfunc.load_model(champion)
    predicted = loaded.predict(frame)
    assert same(predicted, scores, classes)
    assert list(predicted.columns) == loaded.metadata.signature.outputs.input_names()
    if task == "multiclass":
        probabilities = predicted.iloc[:, 2:].to_numpy()
        assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        assert np.array_equal(probabilities.max(axis=1), predicted["score"])
    shuffled = frame[list(reversed(frame.columns))].assign(more=1)
    assert same(loaded.predict(shuffled), scores, classes)


def test_values_are_the_same_however_pandas_has_them(trained, champion, tmp_path):
    """Texts, floats for whole numbers, its own types; and a category that training has not met is missing."""
    _, folder = trained
    frame = table(300, 3)
    frame.loc[::5, "shop"] = "never met"
    scores, classes = scored(folder, frame, tmp_path)
    loaded = mlflow.pyfunc.load_model(champion)
    texts = pd.read_csv(tmp_path / "new.csv", dtype=str, keep_default_na=False)
    pandas = frame.astype({"amount": "Int64", "new": "boolean", "shop": "category"})
    shops = [3.0 if shop == "3" else shop for shop in frame["shop"]]
    floats = frame.assign(amount=frame["amount"].astype("f4"), new=frame["new"].astype("f8"), shop=shops)
    for other in [texts, pandas, floats, pd.read_csv(tmp_path / "new.csv")]:
        assert same(loaded.predict(other), scores, classes)


def test_what_it_cannot_predict_from_is_said(champion):
    loaded = mlflow.pyfunc.load_model(champion)
    frame = table(10, 4)
    with pytest.raises(mlflow.exceptions.MlflowException, match="missing inputs.*'shop'"):
        loaded.predict(frame.drop(columns="shop"))
    with pytest.raises(ValueError, match="row 3: feature 'amount' is numeric, and 'abc' is no number"):
        loaded.predict(frame.assign(amount=[1, 2, "abc", *range(7)]))
    with pytest.raises(ValueError, match="row 1: feature 'amount' is numeric, and .* single precision"):
        loaded.predict(frame.assign(amount=1e300))
    with pytest.raises(ValueError, match=r"row 1: feature 'shop' is categorical, and \[1\] is neither"):
        loaded.predict(frame.assign(shop=[[1]] * 10))


def test_without_mlflow(trained, tmp_path):
    """In a Python that never imports it."""
    _, folder = trained
    frame = table(200, 5)
    scores, classes = scored(folder, frame, tmp_path)
    program = f"""if True:
        import sys
        sys.path.insert(0, {str(folder / "code")!r})
        import leeway_model, pandas
        frame = pandas.read_csv({str(tmp_path / "new.csv")!r})
        model = leeway_model.load({str(folder)!r})
        model.predict(frame).to_csv({str(tmp_path / "predicted.csv")!r}, index=False)
        assert len(model.predict(frame[:0])) == 0
        assert "mlflow" not in sys.modules
        model.predict(frame.drop(columns=["shop", "new"]))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "ValueError: there is no column for 'shop', 'new'; the columns are 'amount'" in done.stderr, done.stderr
    assert same(pd.read_csv(tmp_path / "predicted.csv"), scores, classes)


def test_the_same_training_writes_the_same_folder(trained, tmp_path):
    """Byte for byte, MLflow's files too; and what later lies beside them is no part of the model."""
    task, folder = trained
    again = train(tmp_path, task)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert {"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "code/leeway_model.py"} < set(names)
    assert [name for name in names if (folder / name).read_bytes() != (again / name).read_bytes()] == []
    for name in ["reference.json", "gate.json"]:
        (again / name).write_text("{}")
    frame = table(50, 6)
    scores, classes = scored(again, frame, tmp_path)
    loaded = mlflow.pyfunc.load_model(str(again))
    assert same(loaded.predict(frame), scores, classes)
    digest = json.loads((folder / "manifest.json").read_text())["digest"]
    assert loaded.metadata.metadata == {"leeway_digest": digest}
    assert loaded.metadata.model_uuid == digest[:32]
