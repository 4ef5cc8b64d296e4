"""Trains on January's flights once, and on all months before each later month anew, and prints how both do, month by month.
Arguments: the program leeway-trainer, a folder that has flights.csv.gz."""

import collections
import csv
import datetime
import gzip
import json
import pathlib
import subprocess
import sys

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

FLIGHTS = pathlib.Path(__file__).resolve().parents[1] / "flights"
PARAMETERS = {"max_depth": 5, "eta": 0.1, "subsample": 0.8, "colsample_bytree": 0.8}
MONTHS = range(2, 13)
BINS = 10


def labelled_by_month(path):
    """Rows with a label, by the month of New York's winter time; and the header."""
    months = collections.defaultdict(list)
    with gzip.open(path, "rt", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            if row["label"]:
                local = datetime.datetime.fromisoformat(row["time"]) - datetime.timedelta(hours=5)
                months[local.month].append(row)
    return months, reader.fieldnames


def written(rows, header, path):
    with open(path, "w", newline="") as file:
        sheet = csv.DictWriter(file, header, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    return path


def calibration_error(labels, scores):
    """Over bins of equal mass, as docs/statistics.md has it."""
    order = np.argsort(scores, kind="stable")
    return sum(abs(labels[part].mean() - scores[part].mean()) * len(part) for part in np.array_split(order, BINS)) / len(order)


class Trainer:
    def __init__(self, program, work):
        self.program, self.work = program, pathlib.Path(work)
        (self.work / "parameters.json").write_text(json.dumps(PARAMETERS))

    def run(self, *arguments):
        subprocess.run([self.program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)

    def train(self, name, rows):
        self.run(
            "train", "--dataset", rows, "--schema", FLIGHTS / "schema.json", "--output", self.work / name,
            "--parameters", self.work / "parameters.json", "--rounds", 150, "--seed", 2013, "--threads", 1,
        )  # fmt: skip
        return self.work / name

    def figures(self, model, rows, labels):
        scores = self.work / "scores.csv"
        self.run("score", "--model", model, "--rows", rows, "--output", scores)
        with open(scores, newline="") as file:
            values = np.array([float(row["score"]) for row in csv.DictReader(file)])
        return roc_auc_score(labels, values), log_loss(labels, values), calibration_error(labels, values)


def main(program, work):
    trainer, work = Trainer(program, work), pathlib.Path(work)
    months, header = labelled_by_month(work / "flights.csv.gz")
    champion = trainer.train("january", written(months[1], header, work / "rows.csv"))
    before = []
    print("| month | AUC: January's | all before | log loss | | calibration error | |\n|---|---|---|---|---|---|---|")
    for month in MONTHS:
        before += months[month - 1]
        follower = trainer.train(f"before-{month}", written(before, header, work / "rows.csv"))
        rows = written(months[month], header, work / "month.csv")
        labels = np.array([int(row["label"]) for row in months[month]])
        figures = [trainer.figures(model, rows, labels) for model in (champion, follower)]
        cells = [f"{first:.3f} | {second:.3f}" for first, second in zip(*figures)]
        print(f"| {datetime.date(2013, month, 1):%B} | " + " | ".join(cells) + " |", flush=True)


main(*sys.argv[1:])
