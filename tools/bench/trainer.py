#!/usr/bin/env python3
"""Times leeway-trainer beside Python's XGBoost. Arguments: the program, a folder to work in, the number of rows.

What is compared is what both do with the same numbers: making the matrix and training (target: at most 1.15 times the
time of Python), predicting (target: 500,000 rows a second); and the whole of each, with reading the CSV file. The two
take turns, three times each; medians."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost as xgb

FEATURES = 30
ROUNDS = 100
DEPTH = 6
REPEATS = 3
THREADS = os.cpu_count()


def write_data(folder, rows):
    """Normal features, a label that five of them decide with noise; CSV, schema and parameters."""
    random = np.random.default_rng(2013)
    values = random.normal(size=(rows, FEATURES)).astype("f4")
    signal = values[:, 0] + values[:, 1] * values[:, 2] - np.abs(values[:, 3]) + 0.5 * values[:, 4]
    label = (signal + random.normal(size=rows) > 0).astype(int)
    names = [f"f{index}" for index in range(FEATURES)]
    frame = pd.DataFrame(values, columns=names)
    frame.insert(0, "id", np.arange(rows))
    frame["label"] = label
    frame.to_csv(folder / "rows.csv", index=False, float_format="%.6g")
    schema = {
        "version": 1,
        "task": "binary",
        "features": [{"name": name, "kind": "numeric"} for name in names],
        "prediction": {"tensor": "score", "kind": "score"},
        "label": {"tensor": "label", "kind": "class"},
    }
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "parameters.json").write_text(json.dumps({"max_depth": DEPTH}))
    return names


def run(program, *arguments):
    """The last event and the seconds of one run."""
    start = time.perf_counter()
    done = subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1]), time.perf_counter() - start


def ours(program, folder, turn):
    """Seconds by what was done, of our program."""
    model = folder / f"model{turn}"
    event, whole = run(
        program, "train", "--dataset", folder / "rows.csv", "--schema", folder / "schema.json", "--output", model,
        "--parameters", folder / "parameters.json", "--rounds", ROUNDS, "--seed", 7, "--threads", THREADS,
    )
    scored, scoring = run(
        program, "score", "--model", model, "--rows", folder / "rows.csv", "--output", folder / "scores.csv",
        "--threads", THREADS,
    )
    seconds = event["seconds"]
    return {
        "matrix and training": seconds["matrix"] + seconds["training"],
        "training, whole": whole,
        "predicting": scored["seconds"]["predicting"],
        "scoring, whole": scoring,
    }


def python(folder, names):
    """The same of Python's XGBoost, reading with pandas; evaluating the training set every round, as we do."""
    start = time.perf_counter()
    frame = pd.read_csv(folder / "rows.csv")
    values, label = frame[names].to_numpy("f4"), frame["label"].to_numpy("f4")
    read = time.perf_counter()
    matrix = xgb.DMatrix(values, label, nthread=THREADS)
    parameters = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": DEPTH, "eval_metric": "logloss"}
    booster = xgb.train(
        parameters | {"seed": 7, "nthread": THREADS}, matrix, ROUNDS, evals=[(matrix, "train")], verbose_eval=False
    )
    trained = time.perf_counter()
    scores = booster.inplace_predict(values)
    predicted = time.perf_counter()
    pd.DataFrame({"id": frame["id"], "score": scores}).to_csv(folder / "python.csv", index=False)
    written = time.perf_counter()
    return {
        "matrix and training": trained - read,
        "training, whole": trained - start,
        "predicting": predicted - trained,
        "scoring, whole": (read - start) + (written - trained),
    }


def check_same(folder):
    """Both have learnt the same model: a benchmark of two different things would say nothing."""
    a, b = pd.read_csv(folder / "scores.csv")["score"], pd.read_csv(folder / "python.csv")["score"]
    return float((a - b).abs().max())


def main():
    """Measures and prints."""
    program, folder, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    names = write_data(folder, rows)
    turns = [(ours(program, folder, turn), python(folder, names)) for turn in range(REPEATS)]
    print(f"{rows} rows × {FEATURES}, {ROUNDS} trees of depth {DEPTH}, {THREADS} threads, XGBoost {xgb.__version__}")
    print(f"largest difference between the two scores of a row: {check_same(folder):.2g}\n")
    print("| what | leeway-trainer | Python | ratio |\n|---|---|---|---|")
    for what in turns[0][0]:
        own, peer = (statistics.median(turn[side][what] for turn in turns) for side in (0, 1))
        rate = f" ({rows / own:,.0f} rows/s)" if what in ("predicting", "scoring, whole") else ""
        print(f"| {what} | {own:.2f} s{rate} | {peer:.2f} s | {own / peer:.2f} |")


if __name__ == "__main__":
    main()
