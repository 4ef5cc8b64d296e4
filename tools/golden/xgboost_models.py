#!/usr/bin/env python3
"""Saves models as Python's XGBoost writes them, with what it predicts, to Tests/XGBoostTests/Golden.

Run it once for each release: 1.7.6 (xgboost_requirements.txt), 2.1.4, 3.0.5 and 3.2.0. Files of 3.x are there to be
refused."""

import json
from pathlib import Path

import numpy as np
import xgboost as xgb

GOLDEN = Path(__file__).resolve().parents[2] / "Tests/XGBoostTests/Golden"
NAMES = ["amount", "age", "country"]
ROWS = 60


def rows():
    """Two numbers, one of them missing now and then, and a code of five categories."""
    random = np.random.default_rng(2013)
    values = np.column_stack(
        [random.normal(size=(ROWS, 2)).round(3), random.integers(0, 5, ROWS)]
    ).astype("f4")
    values[::7, 1] = np.nan
    noise = random.normal(size=ROWS)
    return values, noise


def labels(task, values, noise):
    """What each task is to learn."""
    signal = values[:, 0] + (values[:, 2] % 2) + 0.5 * noise
    if task == "regression":
        return signal
    return np.digitize(signal, [0.5] if task == "binary" else [0.0, 1.0])


OBJECTIVES = {
    "binary": {"objective": "binary:logistic"},
    "multiclass": {"objective": "multi:softprob", "num_class": 3},
    "regression": {"objective": "reg:squarederror"},
}


def model(task, kind, values, noise):
    """Six rounds; `kind` is how the code is split on: c as a category, float as a number."""
    matrix = xgb.DMatrix(
        values,
        labels(task, values, noise),
        feature_names=NAMES,
        feature_types=["float", "float", kind],
    )
    parameters = OBJECTIVES[task] | {"tree_method": "hist", "max_depth": 3, "nthread": 1, "seed": 5}
    booster = xgb.train(parameters, matrix, 6)
    return booster, booster.predict(matrix)


def main():
    """Writes the models, and for a release that is read here its predictions."""
    values, noise = rows()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    cases = []
    for task, kind in [("binary", "c"), ("binary", "float"), ("multiclass", "c"), ("regression", "float")]:
        booster, predictions = model(task, kind, values, noise)
        for format in ("json", "ubj"):
            name = f"{xgb.__version__}-{task}-{kind}.{format}"
            if xgb.__version__.startswith("3") and (task, kind) != ("binary", "c"):
                continue
            booster.save_model(GOLDEN / name)
            cases.append({"model": name, "predictions": [float(p) for p in predictions.ravel()]})
    if not xgb.__version__.startswith("3"):
        written = {"columns": NAMES, "rows": [[None if np.isnan(v) else float(v) for v in row] for row in values]}
        target = GOLDEN / f"predictions-{xgb.__version__}.json"
        target.write_text(json.dumps(written | {"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
