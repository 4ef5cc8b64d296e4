"""leeway-trainer's models, loaded by Python's XGBoost, predict what it scores; its exit codes are what it promises."""

import csv
import gzip
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

from harness import BINARY, ENVIRONMENT

xgboost = pytest.importorskip("xgboost")

TRAINER = os.environ.get("LEEWAY_TRAINER") or str(pathlib.Path(BINARY).parent / "leeway-trainer")
FLIGHTS = pathlib.Path(__file__).resolve().parents[2] / "tools/flights"
DATA = 65


def trainer(*arguments):
    return subprocess.run(
        [TRAINER, *map(str, arguments)], capture_output=True, text=True, timeout=120, env=ENVIRONMENT
    )


def encoded(path, features):
    """Rows by encoder.json, as docs/training.md says."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    values = np.full((len(rows), len(features)), np.nan, dtype="f4")
    for column, feature in enumerate(features):
        codes = {category: code for code, category in enumerate(feature.get("categories", []))}
        for row, cells in enumerate(rows):
            cell = cells[feature["name"]]
            if cell:
                number = codes.get(cell, np.nan) if feature["kind"] == "categorical" else float(cell)
                values[row, column] = number
    return [row["id"] for row in rows], values


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model of the first flights, and the events of its training."""
    folder = tmp_path_factory.mktemp("trainer")
    with gzip.open(FLIGHTS / "flights-sample.csv.gz", "rt") as file:
        lines = [next(file) for _ in range(12_001)]
    (folder / "rows.csv").write_text("".join(lines))
    (folder / "parameters.json").write_text(json.dumps({"max_depth": 5, "eta": 0.2}))
    done = trainer(
        "train", "--dataset", folder / "rows.csv", "--schema", FLIGHTS / "schema.json", "--output", folder / "model",
        "--parameters", folder / "parameters.json", "--rounds", 60, "--early-stopping", 10, "--threads", 1,
    )
    assert done.returncode == 0, done.stderr
    return folder / "model", [json.loads(line) for line in done.stdout.splitlines()]


def test_python_predicts_what_the_trainer_scores(model, tmp_path):
    folder, _ = model
    rows = FLIGHTS / "flights-sample.csv.gz"
    done = trainer("score", "--model", folder, "--rows", rows, "--output", tmp_path / "scores.csv")
    assert done.returncode == 0, done.stderr
    features = json.loads((folder / "encoder.json").read_text())["features"]
    ids, values = encoded(rows, features)
    booster = xgboost.Booster(model_file=str(folder / "model.ubj"))
    names = [feature["name"] for feature in features]
    expected = booster.predict(xgboost.DMatrix(values, feature_names=names))
    with open(tmp_path / "scores.csv", newline="") as file:
        scored = list(csv.DictReader(file))
    assert [row["id"] for row in scored] == ids
    scores = np.array([float(row["score"]) for row in scored])
    assert np.abs(scores - expected).max() < 1e-6
    assert scores.std() > 0.05
    assert {(score >= 0.5) == (row["class"] == "1") for score, row in zip(scores, scored)} == {True}


def test_progress_is_lines_of_json(model):
    folder, events = model
    assert events[0]["event"] == "dataset" and events[-1]["event"] == "finished"
    rounds = [event for event in events if event["event"] == "round"]
    assert [event["round"] for event in rounds] == list(range(len(rounds)))
    losses = [event["metrics"]["holdout-logloss"] for event in rounds]
    best = losses.index(min(losses))
    assert events[-1]["rounds"] == best + 1
    assert len(rounds) in (60, best + 11)
    booster = xgboost.Booster(model_file=str(folder / "model.ubj"))
    assert booster.num_boosted_rounds() == best + 1
    assert events[-1]["digest"] == json.loads((folder / "manifest.json").read_text())["digest"]


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["train"], 2),
        (["train", "--dataset", "x", "--schema", "y", "--output", "z", "--rounds", "0"], 2),
        (["train", "--dataset", "none.csv", "--schema", FLIGHTS / "schema.json", "--output", "made"], DATA),
        (["score", "--model", "nowhere", "--rows", "x", "--output", "y"], DATA),
        (["--help"], 0),
    ],
)
def test_exit_codes(arguments, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = trainer(*arguments)
    assert done.returncode == code
    assert "Traceback" not in done.stderr and "Fatal" not in done.stderr
    assert code == 0 or done.stderr.strip()
    assert not (tmp_path / "made").exists()
