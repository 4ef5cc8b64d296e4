"""What river's detectors find in the losses of the flights' model, as they are and with a change of concept planted."""

import csv
import gzip
import json
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLIGHTS = ROOT / "tools" / "flights" / "flights-sample.csv.gz"
GOLDEN = ROOT / "Tests" / "Conformance" / "concept_change.json"
PLANTED = "2013-06-01T00:00:00Z"
DETECTORS = ("adwin", "page-hinkley", "ddm", "hddm-a")
OF_ERRORS = ("ddm", "hddm-a")


def new_detector(kind):
    """river's, with its defaults."""
    from river.drift import ADWIN, PageHinkley
    from river.drift.binary import DDM, HDDMA

    return {"adwin": ADWIN, "page-hinkley": PageHinkley, "ddm": DDM, "hddm-a": HDDMA}[kind]()


def planted(row):
    """A row whose label tells the opposite, for a fifth of the flights from the day on."""
    if row["time"] < PLANTED or zlib.crc32(row["id"].encode()) % 5 or not row["label"]:
        return row
    return {**row, "label": "10"[int(row["label"])]}


def losses(rows, kind):
    """In the order in which the labels become known."""
    known = sorted((row for row in rows if row["label_time"]), key=lambda row: row["label_time"])
    for row in known:
        score, label = float(row["score"]), int(row["label"])
        yield row, float((score >= 0.5) != label) if kind in OF_ERRORS else (score - label) ** 2


def changes(rows, kind):
    """Every change found: how many losses it took, and when the flight had left whose loss told it."""
    detector, found = new_detector(kind), []
    for count, (row, loss) in enumerate(losses(rows, kind), 1):
        detector.update(loss)
        if detector.drift_detected:
            found.append([count, row["time"]])
    return found


def main():
    with gzip.open(FLIGHTS, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    copy = [planted(row) for row in rows]
    golden = {
        "planted": PLANTED,
        "unchanged": {kind: changes(rows, kind) for kind in DETECTORS},
        "changed": {kind: changes(copy, kind) for kind in DETECTORS},
    }
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
