#!/usr/bin/env python3
"""Trains on January's flights with Python's XGBoost 1.7.6, and writes the AUC of every later month to
Tests/TrainingTests/Golden/flights.json. Needs xgboost_requirements.txt.

Categories are coded as docs/training.md says: their place among the training set's, sorted by bytes, as numbers."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import xgboost as xgb
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "Tests/TrainingTests/Golden/flights.json"
PARAMETERS = {"max_depth": 4, "eta": 0.1, "subsample": 0.8}
ROUNDS = 100
SEED = 20130131


def labelled():
    """Rows with a label."""
    with gzip.open(ROOT / "tools/flights/flights-sample.csv.gz", "rt", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["label"]]


def encoded(rows, features, training):
    """A column a feature; NaN for what is missing or was not met in training."""
    columns = []
    for feature in features:
        name = feature["name"]
        if feature["kind"] == "categorical":
            known = sorted({row[name] for row in training if row[name]}, key=str.encode)
            codes = {category: code for code, category in enumerate(known)}
            columns.append([codes.get(row[name], np.nan) for row in rows])
        else:
            columns.append([float(row[name]) if row[name] else np.nan for row in rows])
    return np.array(columns, dtype="f4").T


def main():
    """Trains, scores every month, writes."""
    features = json.loads((ROOT / "tools/flights/schema.json").read_text())["features"]
    rows = labelled()
    january = [row for row in rows if row["time"] < "2013-02"]
    matrix = xgb.DMatrix(encoded(january, features, january), [float(row["label"]) for row in january])
    fixed = {"objective": "binary:logistic", "tree_method": "hist", "nthread": 1, "seed": SEED}
    booster = xgb.train(PARAMETERS | fixed, matrix, ROUNDS)
    months = {}
    for month in sorted({row["time"][:7] for row in rows} - {"2013-01"}):
        late = [row for row in rows if row["time"].startswith(month)]
        scores = booster.predict(xgb.DMatrix(encoded(late, features, january)))
        months[month] = roc_auc_score([int(row["label"]) for row in late], scores)
    golden = {"parameters": PARAMETERS, "rounds": ROUNDS, "seed": SEED, "rows": len(january), "auc": months}
    TARGET.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
