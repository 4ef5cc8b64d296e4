#!/usr/bin/env python3
"""Times leeway-trainer beside Python's XGBoost. Arguments: the program, a folder to work in, the document to write the
table into, and for another number of rows than a million that number; then the table is only printed.

What is compared is what both do with the same numbers: making the matrix and training (target: at most 1.15 times the
time of Python), predicting (target: 500,000 rows a second); and the whole of each process, with reading the CSV file.
The two take turns, who begins changes, and a ratio is the median of the pairs' ratios, so that a slow moment of the
machine touches both. Processor time is the operating system's, of the process and its threads."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import xgboost as xgb

ROWS = 1_000_000
FEATURES = 30
ROUNDS = 100
DEPTH = 6
PAIRS = 5
THREADS = os.cpu_count()
NAMES = [f"f{index}" for index in range(FEATURES)]


def write_data(folder, rows):
    """Normal features, a label that five of them decide with noise; CSV, schema and parameters."""
    random = np.random.default_rng(2013)
    values = random.normal(size=(rows, FEATURES)).astype("f4")
    signal = values[:, 0] + values[:, 1] * values[:, 2] - np.abs(values[:, 3]) + 0.5 * values[:, 4]
    label = (signal + random.normal(size=rows) > 0).astype(int)
    frame = pd.DataFrame(values, columns=NAMES)
    frame.insert(0, "id", np.arange(rows))
    frame["label"] = label
    frame.to_csv(folder / "rows.csv", index=False, float_format="%.6g")
    schema = {
        "version": 1,
        "task": "binary",
        "features": [{"name": name, "kind": "numeric"} for name in NAMES],
        "prediction": {"tensor": "score", "kind": "score"},
        "label": {"tensor": "label", "kind": "class"},
    }
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "parameters.json").write_text(json.dumps({"max_depth": DEPTH}))


# The two, a process for training and one for scoring each


def run(*arguments):
    """The seconds of the last event of a process, with its wall and processor time."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, arguments)), stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    whole = time.perf_counter() - start
    if status:
        raise SystemExit(f"{arguments[0]} ended with {os.waitstatus_to_exitcode(status)}")
    seconds = json.loads(output.splitlines()[-1])["seconds"]
    return seconds | {"whole": whole, "processor": usage.ru_utime + usage.ru_stime}


def ours(program, folder, turn):
    model = folder / f"model{turn}"
    trained = run(
        program, "train", "--dataset", folder / "rows.csv", "--schema", folder / "schema.json", "--output", model,
        "--parameters", folder / "parameters.json", "--rounds", ROUNDS, "--seed", 7, "--threads", THREADS,
    )  # fmt: skip
    scored = run(
        program, "score", "--model", model, "--rows", folder / "rows.csv", "--output", folder / "scores.csv",
        "--threads", THREADS,
    )  # fmt: skip
    return measures(trained, scored)


def python(folder):
    return measures(run(sys.executable, __file__, "train", folder), run(sys.executable, __file__, "score", folder))


def measures(trained, scored):
    return {
        "matrix and training": trained["matrix"] + trained["training"],
        "training, whole process": trained["whole"],
        "training, processor time": trained["processor"],
        "predicting": scored["predicting"],
        "scoring, whole process": scored["whole"],
        "scoring, processor time": scored["processor"],
    }


def read(folder):
    frame = pd.read_csv(folder / "rows.csv")
    return frame, frame[NAMES].to_numpy("f4"), frame["label"].to_numpy("f4")


def train(folder):
    """Training in Python, measuring the training set every round, as leeway-trainer does."""
    _, values, label = read(folder)
    start = time.perf_counter()
    matrix = xgb.DMatrix(values, label, nthread=THREADS)
    made = time.perf_counter()
    parameters = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": DEPTH, "eval_metric": "logloss"}
    parameters |= {"seed": 7, "nthread": THREADS}
    booster = xgb.train(parameters, matrix, ROUNDS, evals=[(matrix, "train")], verbose_eval=False)
    done = time.perf_counter()
    booster.save_model(folder / "python.ubj")
    print(json.dumps({"seconds": {"matrix": made - start, "training": done - made}}))


def score(folder):
    """Scoring in Python, the whole file at once."""
    frame, values, _ = read(folder)
    booster = xgb.Booster({"nthread": THREADS}, model_file=folder / "python.ubj")
    start = time.perf_counter()
    scores = booster.inplace_predict(values)
    seconds = time.perf_counter() - start
    pd.DataFrame({"id": frame["id"], "score": scores}).to_csv(folder / "python.csv", index=False)
    print(json.dumps({"seconds": {"predicting": seconds}}))


# The comparison


def turn(program, folder, number):
    """A pair: ours and Python's."""
    if number % 2:
        peer = python(folder)
        return ours(program, folder, number), peer
    return ours(program, folder, number), python(folder)


def difference(folder):
    """Both have learnt the same model: a benchmark of two different things would say nothing."""
    own, peer = pd.read_csv(folder / "scores.csv")["score"], pd.read_csv(folder / "python.csv")["score"]
    return float((own - peer).abs().max())


def table(pairs, rows):
    lines = ["| what | leeway-trainer | Python | ratio, least to most | target | |", "|---|---|---|---|---|---|"]
    for what in pairs[0][0]:
        own, peer = (statistics.median(pair[side][what] for pair in pairs) for side in (0, 1))
        ratios = [pair[0][what] / pair[1][what] for pair in pairs]
        spread = f"{statistics.median(ratios):.2f} ×, {min(ratios):.2f} to {max(ratios):.2f}"
        target = {
            "matrix and training": ("≤ 1.15 ×", statistics.median(ratios) <= 1.15),
            "predicting": ("≥ 500,000 rows/s", rows / own >= 500_000),
        }.get(what)
        judged = f"{target[0]} | {'met' if target[1] else '**missed**'}" if target else " |"
        lines.append(f"| {what} | {shown(own, what, rows)} | {shown(peer, what, rows)} | {spread} | {judged} |")
    return "\n".join(lines)


def shown(seconds, what, rows):
    rate = f", {round(rows / seconds, -3):,.0f} rows/s" if what in ("predicting", "scoring, whole process") else ""
    return f"{seconds:.2f} s{rate}"


def insert(document, text):
    start, end = "<!-- trainer -->", "<!-- end of trainer -->"
    head, rest = document.read_text().split(start)
    document.write_text(f"{head}{start}\n{text}\n{end}{rest.split(end)[1]}")


def main(program, folder, document, rows):
    """Measures, prints, and writes the table of a full run."""
    write_data(folder, rows)
    pairs = [turn(program, folder, number) for number in range(PAIRS)]
    text = table(pairs, rows)
    print(f"{rows} rows × {FEATURES}, {ROUNDS} trees of depth {DEPTH}, {THREADS} threads, XGBoost {xgb.__version__}")
    print(f"largest difference between the two scores of a row: {difference(folder):.2g}\n\n{text}")
    if rows == ROWS:
        insert(document, text)


if __name__ == "__main__":
    if sys.argv[1] in ("train", "score"):
        {"train": train, "score": score}[sys.argv[1]](pathlib.Path(sys.argv[2]))
    else:
        program, folder, document = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
        main(program, folder, document, int(sys.argv[4]) if len(sys.argv) > 4 else ROWS)
