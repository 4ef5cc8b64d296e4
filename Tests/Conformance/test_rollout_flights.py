"""The flights, streamed past a rollout: by row, a successor of January's model is promoted on the noise of a few days of
August; by day, as the registry has it, the rollout waits, and does well to."""

import csv
import gzip
import json
import math
import time

import numpy as np
import pytest

import harness
from rollouts import POLICY, RolloutRegistry, assign, rfc3339
from test_trainer import trainer
from training import FLIGHTS

MODEL = "flight-delay"
PARAMETERS = {"max_depth": 5, "eta": 0.1, "subsample": 0.8, "colsample_bytree": 0.8}
# A day of August is a second here.
RULES = {
    **POLICY, "stages": [{"share": 0.5, "minimum_units": 100, "minimum_duration": 2}], "label_delay": 8, "silence": 600,
    "clusters": {"favourable": 20, "harm": 10, "tightest": 60},
}  # fmt: skip
ALPHA = 0.05


@pytest.fixture(scope="module")
def flights():
    """Those with a label, by their local month."""
    months = {}
    with gzip.open(FLIGHTS / "flights-sample.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["label"]:
                months.setdefault(int(row["id"][4:6]), []).append(row)
    return months


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("flights")


def written(path, rows):
    with open(path, "w", newline="") as file:
        sheet = csv.DictWriter(file, rows[0], lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    return path


@pytest.fixture(scope="module")
def successor(flights, folder):
    """By flight, what a model of July alone makes of the months after it."""
    (folder / "parameters.json").write_text(json.dumps(PARAMETERS))
    trained = trainer(
        "train", "--dataset", written(folder / "july.csv", flights[7]), "--schema", FLIGHTS / "schema.json",
        "--output", folder / "model", "--parameters", folder / "parameters.json", "--rounds", 150, "--seed", 2013, "--threads", 1,
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    later = written(folder / "later.csv", flights[8] + flights[9] + flights[10])
    scored = trainer("score", "--model", folder / "model", "--rows", later, "--output", folder / "scores.csv")
    assert scored.returncode == 0, scored.stderr
    with open(folder / "scores.csv", newline="") as file:
        return {row["id"]: float(row["score"]) for row in csv.DictReader(file)}


def log_loss(score, label):
    return -math.log(score if label == "1" else 1 - score)


def differences(flights, successor):
    """The successor's losses less those of January's model, which the flights come with."""
    return np.array([log_loss(successor[row["id"]], row["label"]) - log_loss(float(row["score"]), row["label"]) for row in flights])


class Booking:
    """Two passengers of each flight, one in each arm, so that both versions answer for the same flights."""

    def __init__(self, comparison):
        stage = comparison["stages"][-1]
        self.seed = comparison["seed"]
        self.lanes, self.shares = ([part["control"], *part["candidates"]] for part in (comparison["lanes"], stage["shares"]))
        self.versions = [comparison["control"], *comparison["candidates"]]

    def passengers(self, flight):
        found, seat = {}, 0
        while len(found) < 2:
            unit = f"{flight}-{seat}"
            found.setdefault(assign.arm(self.seed, unit, self.lanes, self.shares), unit)
            seat += 1
        return found[0], found[1]

    def requests(self, flight, score, at, features):
        for arm, unit in enumerate(self.passengers(flight["id"])):
            prediction = float(flight["score"]) if arm == 0 else score
            yield {"id": unit, "unit": unit, "time": at, "model_version": str(self.versions[arm]), "features": features, "prediction": prediction}  # fmt: skip


def typed(flight, schema):
    """As a service has them: numbers, words, nothing where the weather is not known."""
    cells = {feature["name"]: (flight[feature["name"]], feature["kind"]) for feature in schema["features"]}
    return {name: (cell if kind == "categorical" else float(cell)) if cell else None for name, (cell, kind) in cells.items()}


def by_day(flights):
    days = {}
    for flight in flights:
        days.setdefault(flight["id"][:8], []).append(flight)
    return list(days.values())


def stream(publisher, comparison, days, successor):
    """A day a second, each flight at its moment, its labels behind it."""
    schema, booking = json.loads((FLIGHTS / "schema.json").read_text()), Booking(comparison)
    first = math.ceil(time.time()) + 1
    for second, day in enumerate(days, first):
        moments = [round(second + 0.9 * place / len(day), 6) for place in range(len(day))]
        rows = [
            request for flight, at in zip(day, moments)
            for request in booking.requests(flight, successor[flight["id"]], at, typed(flight, schema))
        ]  # fmt: skip
        time.sleep(max(0, second + 0.9 - time.time()))
        publisher.rows(rows)
        publisher.rows([{"id": row["id"], "label": int(flight["label"])} for flight, row in zip((f for f in day for _ in "01"), rows)])


@pytest.fixture(scope="module")
def rollout(flights, successor, folder):
    """The rollout once August has passed, and the log of its decisions."""
    august, endpoint = by_day(flights[8]), harness.tcp_endpoint()
    written(folder / "january.csv", flights[1])
    harness.succeed(
        "reference", "build", "--input", folder / "january.csv", "--schema", FLIGHTS / "schema.json",
        "--output", folder / "reference.json", "--prediction-column", "score", "--label-column", "label",
    )  # fmt: skip
    (folder / "registry").mkdir()
    registry, agent = RolloutRegistry(folder / "registry").start(), harness.Agent(folder / "agent")
    try:
        _, candidate = registry.versions(MODEL)
        keys = {"window": {"length": "10s"}, "capture": {"label_horizon": "1h"}}
        agent.configure(
            harness.stream(folder / "reference.json", endpoint, MODEL, **keys),
            agent={"registry": registry.uri, "route_interval": "300ms"},
        )  # fmt: skip
        id = registry.begin(MODEL, candidate, policy=RULES)
        registry.wait_phase(id, "stage 1")
        with harness.publishing(endpoint, model=MODEL) as publisher:
            agent.start()
            publisher.wait_for_subscriber()
            harness.wait_until(lambda: (agent.status(MODEL).get("rollout") or {}).get("rollout") == id, lambda: agent.logs)
            stream(publisher, registry.route(MODEL)["rollout"], august, successor)
            harness.wait_until(
                lambda: loss_of(registry.rollout(id))["count"] >= len(august),
                lambda: f"{registry.rollout(id)['progress']}\n{agent.status(MODEL)}\n{agent.logs[-2000:]}", 40,
            )  # fmt: skip
            yield registry.rollout(id), registry.decisions(id)
    finally:
        agent.kill()
        registry.kill()


def loss_of(rollout):
    """The registry's figure of the success metric."""
    (measures,) = rollout["progress"]["figures"]["candidates"]
    return next(measure for measure in measures if measure["metric"] == "log_loss")


def evidence_by_row(values, tightest):
    """ln Λ of the mixture SPRT after each value, tightest at so many (docs/statistics.md; Johari et al., arXiv:1512.04922)."""
    count = np.arange(1, len(values) + 1)
    mean = np.cumsum(values) / count
    variance = np.cumsum(values**2) / count - mean**2
    error, prior = variance / count, variance * 8.212 / tightest
    with np.errstate(divide="ignore", invalid="ignore"):
        return 0.5 * np.log(error / (error + prior)) + prior * mean**2 / (2 * error * (error + prior)), mean


def test_by_row_the_successor_is_promoted_on_noise(flights, successor):
    august = flights[8]
    evidence, mean = evidence_by_row(differences(august, successor), tightest=60 * len(august) / len(by_day(august)))
    labels = np.array([int(flight["label"]) for flight in august])
    known = (np.cumsum(labels) >= 20) & (np.cumsum(1 - labels) >= 20)
    promotes = known & (evidence >= math.log(1 / ALPHA)) & (mean < 0)
    first = august[int(np.argmax(promotes))]["id"]
    assert promotes.any() and first < "20130808", f"by row, promoted at {first}"
    # Noise it was: the difference is gone by the end of the month, and in the next two the successor is the worse.
    assert abs(mean[-1]) < 0.01 and differences(flights[9] + flights[10], successor).mean() > 0.02


def test_by_day_the_rollout_waits(rollout, flights, successor):
    shown, decisions = rollout
    days = by_day(flights[8])
    means = [differences(day, successor).mean() for day in days]
    loss = loss_of(shown)
    assert (loss["count"], loss["value"]) == (len(days), pytest.approx(np.mean(means), rel=1e-9, abs=1e-12))
    assert loss["lower"] < 0 < loss["upper"]
    assert [arm["seen"] for arm in shown["progress"]["arms"]] == [len(flights[8])] * 2
    assert (shown["phase"], shown["conclusion"]["rule"], shown["conclusion"]["verdicts"]) == ("stage 1", "wait", ["undecided"])
    assert shown["progress"]["missing"] == ["candidate 1 is not shown to be better by log_loss"]
    assert shown["progress"]["figures"]["late"] == 0
    assert not [entry for entry in decisions if "promote" in entry["action"]]
