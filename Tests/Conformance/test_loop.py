"""The whole loop, on real flights: a champion of January, a stream that drifts, and nobody who touches anything."""

import csv
import gzip
import json

import harness
import pytest
from test_proposals import requests
from training import FLIGHTS, MODEL, PATIENCE, TrainingRegistry

ENDED = ("candidate", "rejected", "failed", "refused", "cancelled")
COLUMNS = (
    "--schema", FLIGHTS / "schema.json", "--time-column", "time", "--id-column", "id", "--prediction-column", "score",
    "--label-column", "label", "--label-time-column", "label_time",
)  # fmt: skip


def flights(path, first, last):
    """All of the sample's from a day on and before another."""
    with gzip.open(FLIGHTS / "flights-sample.csv.gz", "rt", newline="") as file, open(path, "w", newline="") as out:
        rows = csv.reader(file)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(next(rows))
        writer.writerows(row for row in rows if first <= row[1] < last)
    return path


@pytest.fixture
def registry(tmp_path):
    registry = TrainingRegistry(tmp_path / "registry")
    success = {"metric": "log_loss", "goal": "non_inferior", "margin": 0.02}
    gate = {"floors": {"log_loss": 0.69}, "success": success, "minimum_clusters": 5}
    registry.configure({"holdout": "7d", "reference_offset": "5h"}, gate=gate).start()
    yield registry
    registry.kill()


def test_drift_leads_to_a_candidate_and_its_story(registry, new_agent, tmp_path):
    first = registry.train(flights(tmp_path / "january.csv", "2013-01-01T05", "2013-02-01T05"))
    assert (first["state"], first["version"]) == ("candidate", 1), first["reason"]

    endpoint = harness.tcp_endpoint()
    agent = new_agent()
    agent.configure(
        harness.stream(
            "registry", endpoint, model=MODEL, clock="event", window={"length": "1d", "offset": "5h"},
            alerts={"false_alarms": "1 per week"}, capture={"max_age": "400d"}, retrain={"on": ["data"]},
        ),
        agent={"registry": registry.uri, "registry_interval": "1s"},
    )  # fmt: skip
    agent.start()
    harness.wait_until(lambda: agent.status(MODEL).get("reference"), lambda: f"{agent.status(MODEL)}\n{agent.logs}")
    harness.succeed(
        "replay", flights(tmp_path / "spring.csv", "2013-01-01T05", "2013-05-01T05"), "--model", MODEL,
        "--endpoint", endpoint, *COLUMNS, "--batch", 20, "--rate", 5000, timeout=120,
    )  # fmt: skip

    def ended():
        return [r for r in requests(registry) if r["trigger"] == "drift" and r["state"] in ENDED and r.get("version")]

    # The first alerts may come while the newest rows are those that the champion has learnt from: then it is the next
    # request that leads to a version.
    harness.wait_until(ended, lambda: f"{requests(registry)}\n{agent.logs}\n{registry.logs}", 2 * PATIENCE)
    request = ended()[-1]
    assert request["state"] in ("candidate", "rejected") and request["version"] == 2, request
    asked = request["request"]
    assert asked["evidence"] and asked["champion_version"] == 1
    id = asked["dataset"]["sha256"]
    dataset = registry.call("GET", f"/api/v1/models/{MODEL}/training-sets/{id}")[1]
    assert dataset["source"]["agent"] and dataset["rows"] > 2000

    run = registry.run_of(request["run"])
    assert run["status"] == "FINISHED" and run["tags"]["leeway.trigger"] == "drift"
    report = json.loads(registry.file(request["run"], "gate.json").body)
    assert report["verdict"] == ("pass" if request["state"] == "candidate" else report["verdict"])
    assert report["measures"]["auc"]["champion"]["value"] > 0.5

    told = registry.leeway("why", MODEL, "2").stdout
    alert = asked["evidence"][0]
    for words in (alert["feature"], alert["measure"], "/agents/qa", request["id"][:12], id[:12], request["run"], report["verdict"]):
        assert words in told, told
    assert "equal, bit for bit" in registry.leeway("reproduce", request["run"]).stdout
