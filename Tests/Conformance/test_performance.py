"""Labels that come late, what is kept of the rows they are about, and what is made of both."""

import collections
import csv
import datetime
import gzip
import itertools
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from conftest import T0
from harness import Publisher, publishing, run, stream, succeed, tcp_endpoint, wait_until, write_csv

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOUR = 3600
HOURS = {"length": "1h", "lateness": "0s", "min_samples": 10}
SCHEMA = {
    "version": 1,
    "task": "binary",
    "features": [{"name": "x", "kind": "numeric"}],
    "prediction": {"tensor": "score", "kind": "score", "positive": "1", "threshold": 0.5},
    "label": {"tensor": "label", "kind": "class"},
}


def outcomes(count, seed, broken=False):
    """Scores, and labels that keep to them; or, where the relationship is broken, do not."""
    random = np.random.default_rng(seed)
    score = np.round(random.random(count), 4)
    label = (random.random(count) < (1 - score if broken else score)).astype(int)
    return score, label


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A reference whose labels keep to the scores."""
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    score, label = outcomes(4000, seed=1)
    x = np.round(np.random.default_rng(2).normal(0, 1, 4000), 4)
    columns = {"time": T0 - HOUR * 100 + np.arange(4000) * 90, "x": x, "score": score, "label": label}
    write_csv(folder / "reference.csv", columns)
    done = succeed(
        "reference", "build", "--input", folder / "reference.csv", "--output", folder / "reference.json",
        "--schema", folder / "schema.json", "--time-column", "time", "--prediction-column", "score",
        "--label-column", "label", "--window", "1h",
    )  # fmt: skip
    assert "performance over 4000 labels" in done.stderr
    return folder / "reference.json"


@pytest.fixture
def learning(new_agent, labelled):
    """An agent that captures and measures, and a publisher it is connected to."""
    opened = []

    def make(performance=None, capture=None, name="agent", **keys):
        endpoint = keys.pop("endpoint", None) or tcp_endpoint()
        agent = new_agent(name).configure(
            stream(
                labelled, endpoint, window=HOURS, capture=capture or {"label_horizon": "1d"},
                performance={"min_labels": 50, **(performance or {})}, **keys,
            )
        )  # fmt: skip
        publisher = Publisher(endpoint)
        opened.append(publisher)
        agent.start()
        publisher.wait_for_subscriber()
        return agent, publisher

    yield make
    for publisher in opened:
        publisher.close()


def serve(publisher, hour, score, first=0, **members):
    """An hour's answers, evenly spread over it."""
    step = HOUR / len(score)
    for start in range(0, len(score), 50):
        publisher.rows([
            {"id": f"r{first + i}", "time": T0 + hour * HOUR + i * step, "features": {"x": 0.1}, "prediction": score[i], **members}
            for i in range(start, min(start + 50, len(score)))
        ])  # fmt: skip


def tell(publisher, hour, label, first=0, ids=None):
    """The truth about some of those, at the hour's end."""
    for start in range(0, len(label), 50):
        publisher.rows([
            {"id": (ids or "r{}").format(first + i), "time": T0 + (hour + 1) * HOUR, "label": label[i].item() if hasattr(label[i], "item") else label[i]}
            for i in range(start, min(start + 50, len(label)))
        ])  # fmt: skip


def events_of(agent, kind):
    return [event for event in agent.events() if event["data"]["kind"] == kind]


def wait_for_events(agent, kind, count):
    wait_until(lambda: len(events_of(agent, kind)) >= count, lambda: f"{count} {kind} events\n{agent.logs}", timeout=40)
    return events_of(agent, kind)


def area_under_curve(score, label):
    positive, negative = score[label == 1], score[label == 0]
    wins = (positive[:, None] > negative).sum() + 0.5 * (positive[:, None] == negative).sum()
    return wins / (len(positive) * len(negative))


def log_loss(score, label):
    probability = np.clip(np.where(label == 1, score, 1 - score), 2**-52, 1)
    return -np.log(probability).mean()


def calibration_error(score, label):
    """Over ten bins of as many rows."""
    bins = np.array_split(np.argsort(score, kind="stable"), 10)
    return sum(len(rows) / len(score) * abs(label[rows].mean() - score[rows].mean()) for rows in bins)


# Windows


def test_a_window_is_measured_once_its_labels_are_in(learning):
    agent, publisher = learning()
    score, label = outcomes(400, seed=3)
    serve(publisher, 0, score)
    serve(publisher, 1, score[:100], first=1000)
    waiting = wait_until(lambda: agent.performance().get("next"), "a window that waits")
    wait_until(lambda: agent.performance()["next"]["maturity"]["sampled_rows"] == 400, "its rows")
    assert (waiting["start"], waiting["end"]) == ("2023-11-15T00:00:00Z", "2023-11-15T01:00:00Z")
    assert agent.performance()["windows"] == []
    tell(publisher, 0, label[:380])
    report = agent.wait_performance(1)[0]
    assert (report["version"], report["verdict"]) == ("unknown", "ok")
    assert report["maturity"] == {"sampled_rows": 400, "labelled_rows": 380, "share": 0.95}
    measures = report["measures"]
    assert measures["auc"]["realised"]["value"] == pytest.approx(area_under_curve(score[:380], label[:380]), abs=1e-12)
    assert measures["log_loss"]["realised"]["value"] == pytest.approx(log_loss(score[:380], label[:380]), abs=1e-12)
    assert measures["accuracy"]["realised"]["value"] == pytest.approx(((score[:380] >= 0.5) == label[:380]).mean())
    for measure in ("auc", "log_loss", "accuracy", "f1", "calibration_error", "brier"):
        figure = measures[measure]
        assert figure["realised"]["lower"] <= figure["realised"]["value"] <= figure["realised"]["upper"]
        assert figure["estimated"] == pytest.approx(figure["realised"]["value"], abs=0.1), measure
        assert figure["difference"]["value"] == pytest.approx(
            figure["realised"]["value"] - figure["reference"]["value"], abs=1e-12
        )
    assert agent.metric("leeway_performance", model="m", measure="auc") == pytest.approx(measures["auc"]["realised"]["value"])
    assert agent.metric("leeway_performance_maturity_ratio", model="m") == 0.95
    assert agent.metric("leeway_capture_rows", model="m") == 500


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not on PATH")
def test_promtool(learning):
    agent, publisher = learning()
    score, label = outcomes(400, seed=3)
    serve(publisher, 0, score)
    serve(publisher, 1, score[:1], first=1000)
    tell(publisher, 0, label)
    agent.wait_performance(1)
    done = subprocess.run(["promtool", "check", "metrics"], input=agent.get("/metrics").body, capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()


def test_a_broken_relationship_is_an_alert_though_inputs_and_answers_stay(learning):
    agent, publisher = learning(performance={"detectors": []})
    for hour, broken in enumerate([False, True, False]):
        score, label = outcomes(400, seed=10 + hour, broken=broken)
        serve(publisher, hour, score, first=hour * 1000)
        tell(publisher, hour, label, first=hour * 1000)
    serve(publisher, 3, score[:1], first=9000)
    assert [r["verdict"] for r in agent.wait_performance(3)] == ["ok", "degraded", "ok"]
    events = wait_for_events(agent, "concept", 2)
    assert [e["type"] for e in events] == ["dev.leeway.drift.firing", "dev.leeway.drift.resolved"]
    firing = events[0]["data"]
    assert (firing["severity"], firing["versions"], firing["window"]["start"]) == ("critical", ["unknown"], "2023-11-15T01:00:00Z")
    assert {c["measure"] for c in firing["contributors"]} == {"auc", "log_loss", "calibration_error"}
    alert = next(a for a in agent.performance()["alerts"] if a["kind"] == "concept")
    assert (alert["state"], alert["version"]) == ("resolved", "unknown")


def test_what_labels_do_not_tell_is_estimated(learning):
    """Without a label the horizon closes the window, with what the scores alone let expect."""
    agent, publisher = learning(capture={"label_horizon": "2h"})
    score, _ = outcomes(400, seed=4)
    serve(publisher, 0, score)
    serve(publisher, 3, score[:10], first=1000)
    report = agent.wait_performance(1)[0]
    assert report["maturity"]["labelled_rows"] == 0 and report["verdict"] == "insufficient"
    assert "realised" not in report["measures"]["auc"]
    assert 0.75 < report["measures"]["auc"]["estimated"] < 0.9


def test_versions_are_measured_apart(learning):
    agent, publisher = learning(performance={"detectors": []})
    score, label = outcomes(400, seed=5)
    serve(publisher, 0, score, model_version="1")
    serve(publisher, 0, score, first=1000, model_version="2")
    tell(publisher, 0, label)
    tell(publisher, 0, 1 - label, first=1000)
    serve(publisher, 1, score[:1], first=9000)
    reports = {r["version"]: r for r in agent.wait_performance(2)}
    assert (reports["1"]["verdict"], reports["2"]["verdict"]) == ("ok", "degraded")
    assert reports["1"]["measures"]["auc"]["realised"]["value"] == pytest.approx(
        1 - reports["2"]["measures"]["auc"]["realised"]["value"]
    )


MULTICLASS = {
    "version": 1,
    "task": "multiclass",
    "features": [{"name": "x", "kind": "numeric"}],
    "prediction": {"tensor": "p", "kind": "probabilities", "classes": ["a", "b", "c"]},
    "label": {"tensor": "label", "kind": "class"},
}


def test_of_many_versions_those_that_alert_are_measured_whatever_their_share(learning):
    agent, publisher = learning()
    score, label = outcomes(200, seed=9)
    broken, wrong = outcomes(100, seed=5, broken=True)
    for hour in (0, 1):
        serve(publisher, hour, broken, first=hour * 10_000, model_version="ailing")
        tell(publisher, hour, wrong, first=hour * 10_000)
        for version in range(17 * hour):
            serve(publisher, hour, score, first=hour * 10_000 + 200 * (version + 1), model_version=f"v{version}")
            tell(publisher, hour, label, first=hour * 10_000 + 200 * (version + 1))
        serve(publisher, hour + 1, score[:1], first=hour * 10_000 + 9_000, model_version="v0")
        wait_for_events(agent, "concept", 1)
    reports = agent.wait_performance(17)
    assert "ailing" in {report["version"] for report in reports if report["window"]["start"].endswith("01:00:00Z")}
    agent.wait_problem("2 of 18 versions are not measured")
    assert [event["type"] for event in events_of(agent, "concept")] == ["dev.leeway.drift.firing"]


def test_many_classes_have_a_log_loss_too(new_agent, tmp_path):
    (tmp_path / "schema.json").write_text(json.dumps(MULTICLASS))
    random = np.random.default_rng(1)
    p = random.dirichlet([1, 1, 1], 300).round(4)
    label = [random.choice(3, p=row / row.sum()) for row in p]
    endpoint = tcp_endpoint()
    agent = new_agent().configure(
        stream(
            "warmup:100", endpoint, window=HOURS, schema=str(tmp_path / "schema.json"),
            alerts={"threshold": "fixed"}, capture={}, performance={"min_labels": 50},
        )
    )  # fmt: skip
    with publishing(endpoint) as publisher:
        agent.start()
        publisher.wait_for_subscriber()
        rows = [
            {"id": f"r{i}", "time": T0 + i * 10, "features": {"x": i % 7}, "prediction": p[i].tolist(), "label": "abc"[label[i]]}
            for i in range(300)
        ]  # fmt: skip
        publisher.rows(rows[:150])
        agent.wait_state("monitoring", timeout=30)
        publisher.rows(rows[150:])
        publisher.rows([{"id": "later", "time": T0 + 2 * HOUR, "features": {"x": 1}, "prediction": p[0].tolist()}])
        measures = agent.wait_performance(1)[0]["measures"]
    expected = -np.log(p[np.arange(300), label].clip(2**-52)).mean()
    assert measures["log_loss"]["realised"]["value"] == pytest.approx(expected, abs=1e-9)
    assert measures["accuracy"]["realised"]["value"] == pytest.approx((p.argmax(axis=1) == label).mean())
    assert 0 < measures["macro_f1"]["realised"]["value"] < 1


# Labels of every kind


def test_labels_in_any_order_and_of_every_kind(learning):
    agent, publisher = learning()
    score, label = outcomes(100, seed=6)
    tell(publisher, 0, label[:50])
    agent.wait_captured(rows=50)
    assert agent.performance()["capture"]["waiting_labels"] == 50
    serve(publisher, 0, score)
    tell(publisher, 0, label[50:90], first=50)
    agent.wait_captured(matched=90)
    tell(publisher, 0, 1 - label[:5])
    tell(publisher, 0, label[50:55], first=50)
    publisher.rows([{"id": "r91", "label": "late"}])
    tell(publisher, 0, label[:7], ids="stranger {}")
    capture = agent.wait_captured(replaced_label=5, repeated_label=5, label_type=1)
    assert (capture["matched"], capture["waiting_labels"]) == (90, 7)
    assert agent.status()["state"] == "monitoring"


def test_a_wrong_label_keeps_no_other_out(learning):
    agent, publisher = learning()
    score, label = outcomes(20, seed=6)
    serve(publisher, 0, score)
    publisher.rows([{"id": "r0", "label": "yes\x1b[31m"}, {"id": "r1", "label": ""}, {"id": "r2", "label": "true"}])
    agent.wait_captured(label_type=1, empty_label=1, matched=1)
    agent.wait_problem("1 labels were refused", "yes", "0 and 1")
    tell(publisher, 0, label)
    assert agent.wait_captured(matched=20)["label_type"] == 1


def test_a_model_that_cannot_be_measured_says_so(new_agent, plain):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint, capture={}))
    with publishing(endpoint):
        agent.start()
        agent.wait_problem("performance cannot be measured", "--prediction-column")


def test_answers_that_are_quantities_are_measured_as_such_without_a_schema(tmp_path):
    write_csv(tmp_path / "rows.csv", {"x": np.arange(300), "answer": np.arange(300) + 0.5, "truth": np.arange(300) * 1.0})
    built = ("reference", "build", "--input", tmp_path / "rows.csv", "--output", tmp_path / "r.json")
    succeed(*built, "--prediction-column", "answer", "--label-column", "truth")
    measures = json.loads((tmp_path / "r.json").read_text())["performance"]["measures"]
    assert set(measures) == {"rmse", "mae"} and measures["mae"]["value"] == pytest.approx(0.5)


def test_a_span_without_rows_measures_nothing(tmp_path):
    write_csv(tmp_path / "rows.csv", {"t": np.arange(300) + T0, "x": np.arange(300), "score": np.linspace(0, 1, 300), "y": np.arange(300) % 2})
    built = ("reference", "build", "--input", tmp_path / "rows.csv", "--output", tmp_path / "r.json", "--time-column", "t", "--prediction-column", "score", "--label-column", "y")
    done = run(*built, "--performance-from", T0 + 1000)
    assert done.returncode == 1 and "no row lies between" in done.stderr
    done = run(*built, "--performance-from", T0 + 10, "--performance-to", T0)
    assert done.returncode == 2 and "--performance-from" in done.stderr
    assert not (tmp_path / "r.json").exists()


def test_labels_of_rows_that_another_replica_saw_are_foreign(learning):
    agent, publisher = learning(capture={"label_horizon": "1s", "max_age": "2h"})
    tell(publisher, 0, np.ones(30, dtype=int), ids="stranger {}")
    capture = agent.wait_captured(foreign=30)
    assert capture["waiting_labels"] == 0


def test_rows_without_an_id_are_counted(learning):
    agent, publisher = learning()
    publisher.rows([{"features": {"x": 1.0}, "prediction": 0.5}] * 10)
    assert agent.wait_captured(without_id=10)["rows"] == 0


# What is kept


def test_kill_loses_no_row_that_was_stored(learning):
    endpoint = tcp_endpoint()
    agent, publisher = learning(endpoint=endpoint)
    score, label = outcomes(5000, seed=7)
    serve(publisher, 0, score)
    tell(publisher, 0, label[:2000])
    stored = agent.wait_captured(rows=1000)
    agent.signal(signal.SIGKILL)
    agent.wait()
    exported = agent.folder / "rows.csv"
    done = succeed("capture", "export", "--state", agent.folder / "state", "--model", "m", "--output", exported)
    rows = list(csv.DictReader(exported.open()))
    assert len(rows) >= stored["rows"] and sum(row["label"] != "" for row in rows) >= stored["matched"]
    agent.start()
    after = agent.wait_captured(rows=len(rows))
    assert after["matched"] >= stored["matched"]
    assert "sha256" in done.stdout


def test_a_training_set_is_what_was_served(learning):
    agent, publisher = learning()
    features = {"x": 0.1, "city": "Köln", "seen": True}
    publisher.rows([
        {"id": "a", "time": T0, "model_version": 3, "segment": "eu", "features": features, "prediction": 0.25},
        {"id": "b", "time": T0 + 1, "features": {"x": 1}, "prediction": 0.5, "label": 1},
        {"id": "c", "time": T0 + 2, "features": {"x": None}, "prediction": 0.75},
    ])  # fmt: skip
    publisher.rows([{"id": "a", "time": T0 + 60, "label": 0}])
    agent.wait_captured(rows=3, matched=2)
    table, database = agent.folder / "rows.csv", agent.folder / "rows.sqlite"
    export = ("capture", "export", "--config", agent.config, "--model", "m", "--output")
    csv_hash = succeed(*export, table).stdout.split()[-1]
    assert succeed(*export, database, "--format", "sqlite").stdout.split()[-1] == csv_hash
    rows = {row["id"]: row for row in csv.DictReader(table.open())}
    assert (rows["a"]["model_version"], rows["a"]["segment"], rows["a"]["city"], rows["a"]["seen"]) == ("3", "eu", "Köln", "true")
    assert [(rows[i]["x"], rows[i]["score"], rows[i]["label"]) for i in "abc"] == [("0.1", "0.25", "0"), ("1", "0.5", "1"), ("", "0.75", "")]
    assert rows["a"]["label_time"] == "2023-11-15T00:01:00Z"
    with sqlite3.connect(database) as opened:
        assert opened.execute("SELECT city, x, label FROM rows WHERE id = 'a'").fetchone() == ("Köln", 0.1, 0)


def test_a_restart_goes_on_with_labels_and_detectors(learning):
    agent, publisher = learning()
    score, label = outcomes(400, seed=8)
    serve(publisher, 0, score)
    tell(publisher, 0, label[:200])
    agent.wait_captured(matched=200)
    agent.terminate()
    assert " error " not in agent.logs
    agent.start()
    publisher.wait_for_subscriber(kinds=0)
    wait_until(lambda: publisher.rows([]) or agent.counters()["received"] > 0, "a message arrives")
    assert [d["losses"] for d in agent.performance()["detectors"]] == [200]
    tell(publisher, 0, label[200:], first=200)
    agent.wait_captured(matched=400)
    serve(publisher, 1, score[:1], first=9000)
    report = agent.wait_performance(1)[0]
    assert report["maturity"]["labelled_rows"] == 400
    assert report["measures"]["auc"]["realised"]["value"] == pytest.approx(area_under_curve(score, label), abs=1e-12)


def test_a_sample_keeps_inputs_answers_and_labels_of_the_same_rows(learning):
    agent, publisher = learning(capture={"sample": 0.25, "label_horizon": "1d"})
    score, label = outcomes(4000, seed=9)
    serve(publisher, 0, score)
    tell(publisher, 0, label)
    agent.wait_counters(labels=4000)
    capture = agent.wait_captured(matched=900)
    assert capture["rows"] == capture["matched"] and 900 < capture["rows"] < 1100
    assert capture["sample_rate"] == 0.25 and capture["waiting_labels"] == 0


def test_a_store_of_a_newer_version_is_left_alone_and_the_rest_goes_on(learning, new_agent):
    agent, publisher = learning()
    serve(publisher, 0, outcomes(100, seed=1)[0])
    agent.wait_captured(rows=100)
    agent.terminate()
    path = agent.folder / "state" / "capture" / "m.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO grdb_migrations VALUES ('999')")
    database.close()
    agent.start()
    agent.wait_problem("newer leeway")
    assert agent.status()["state"] == "monitoring"
    assert agent.get("/readyz").status == 200
    assert agent.metric("leeway_capture_failed", model="m") == 1
    wait_until(lambda: publisher.rows([]) or agent.counters()["received"] > 0, "a message arrives")
    serve(publisher, 1, outcomes(50, seed=1)[0], first=1000)
    assert agent.wait_captured(unstorable=50)["failure"]


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 4 MB."""
    folder = tmp_path / "agent" / "state" / "capture"
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_stops_capture_and_nothing_else(small_disk, learning):
    agent, publisher = learning()
    (small_disk / "ballast").write_bytes(bytes(3_500_000))
    score, _ = outcomes(20_000, seed=1)
    serve(publisher, 0, score)
    agent.wait_problem("disk is full")
    assert agent.metric("leeway_capture_failed", model="m") == 1
    serve(publisher, 1, score[:1], first=50_000)
    assert agent.wait_windows(1)[0]["window"]["rows"] == 20_000
    (small_disk / "ballast").unlink()
    later = itertools.count(60_000)

    def has_resumed():
        serve(publisher, 1, score[:1], first=next(later))
        return agent.status()["problems"] == []

    wait_until(has_resumed, "rows are captured again")
    assert agent.metric("leeway_capture_failed", model="m") == 0
    served = 20_001 + next(later) - 60_000
    agent.wait_rows(served)

    def booked():
        capture = agent.performance()["capture"]
        return capture["rows"] + capture["counters"]["unstorable"]

    wait_until(lambda: booked() == served, lambda: f"{served} rows are in the books: {agent.performance()['capture']}")


def test_nothing_is_kept_unless_it_is_asked_for(live):
    agent, publisher = live()
    publisher.rows([{"id": "a", "features": {"x": 1.0}, "label": 1}])
    agent.wait_counters(labels=1)
    answer = agent.performance()
    assert (answer["windows"], answer["detectors"], answer.get("capture")) == ([], [], None)
    assert not (agent.folder / "state" / "capture").exists()


# Skew


def test_a_feature_that_training_computes_otherwise_is_an_alert(learning, tmp_path):
    extract = tmp_path / "features.csv"
    agent, publisher = learning(skew={"extract": str(extract), "key": "id"})
    score, _ = outcomes(200, seed=1)
    serve(publisher, 0, score)
    serve(publisher, 1, score[:1], first=1000)
    agent.wait_problem("skew", "features.csv")
    write_csv(extract, {"id": [f"r{i}" for i in range(200)], "x": [0.1] * 150 + [0.2] * 50})
    event = wait_for_events(agent, "skew", 1)[0]
    assert (event["type"], event["subject"]) == ("dev.leeway.drift.firing", "m/x")
    assert (event["data"]["measure"], event["data"]["value"], event["data"]["severity"]) == ("mismatch_share", 0.25, "critical")
    skew = agent.performance()["skew"]
    assert (skew["verdict"], skew["joined_rows"], skew["features"][0]["mismatches"]) == ("skewed", 200, 50)
    assert skew["features"][0]["largest_difference"] == pytest.approx(0.1)
    assert agent.metric("leeway_skew_mismatch_ratio", model="m", feature="x") == 0.25
    assert agent.status()["problems"] == []
    done = run("skew", "--state", agent.folder / "state", "--model", "m", "--training", extract, "--key", "id", "--fail-on-skew")
    assert done.returncode == 3 and "25" in done.stdout


def test_alerts_end_with_the_settings_they_come_from(learning, labelled, tmp_path):
    extract = tmp_path / "features.csv"
    write_csv(extract, {"id": [f"r{i}" for i in range(400)], "x": [0.2] * 400})
    endpoint = tcp_endpoint()
    agent, publisher = learning(endpoint=endpoint, skew={"extract": str(extract), "key": "id"})
    score, label = outcomes(400, seed=5, broken=True)
    serve(publisher, 0, score)
    tell(publisher, 0, label)
    serve(publisher, 1, score[:1], first=1000)
    wait_for_events(agent, "skew", 1)
    wait_for_events(agent, "concept", 1)
    agent.configure(stream(labelled, endpoint, window=HOURS))
    agent.signal(signal.SIGHUP)
    for kind in ("skew", "concept"):
        fired, ended = wait_for_events(agent, kind, 2)
        assert ended["type"] == "dev.leeway.drift.resolved"
        assert ended["data"]["fingerprint"] == fired["data"]["fingerprint"]
    assert not {"skew", "concept"} & {alert["kind"] for alert in agent.json("/api/v1/models/m/drift")["alerts"]}
    assert not [name for name in agent.metrics() if "leeway_skew" in str(name) or "leeway_performance" in str(name)]


def test_an_extract_that_is_a_pipe_holds_nothing_up(learning, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    agent, publisher = learning(skew={"extract": str(tmp_path / "pipe.csv"), "key": "id"})
    score, _ = outcomes(200, seed=1)
    serve(publisher, 0, score)
    serve(publisher, 1, score[:1], first=1000)
    agent.wait_problem("skew", "is not a file")
    agent.terminate()


# The flights


FLIGHTS = ROOT / "tools" / "flights"
GOLDEN = json.loads((pathlib.Path(__file__).parent / "concept_change.json").read_text())
COLUMNS = (
    "--schema", FLIGHTS / "schema.json", "--time-column", "time", "--id-column", "id",
    "--prediction-column", "score", "--label-column", "label",
)  # fmt: skip


def planted_copy(path):
    """The flights with a change of concept in them."""
    sys.path.insert(0, str(ROOT / "tools" / "golden"))
    import concept_change

    with gzip.open(FLIGHTS / "flights-sample.csv.gz", "rt", newline="") as file:
        rows = [concept_change.planted(row) for row in csv.DictReader(file)]
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def january(tmp_path_factory):
    """The flights of January as the reference, and how well their model did in February."""
    path = tmp_path_factory.mktemp("january") / "reference.json"
    succeed(
        "reference", "build", "--input", FLIGHTS / "flights-sample.csv.gz", "--output", path, *COLUMNS,
        "--to", "2013-02-01T05:00:00Z", "--window", "1d", "--offset", "5h",
        "--performance-from", "2013-02-01T05:00:00Z", "--performance-to", "2013-03-01T05:00:00Z",
    )  # fmt: skip
    return path


def replay_year(new_agent, reference, table, detectors):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(
        stream(
            reference, endpoint, model="flight-delay", clock="event", window={"length": "1d", "offset": "5h"},
            alerts={"false_alarms": "1 per week"}, capture={}, performance={"window": "month", "detectors": detectors},
        )
    )  # fmt: skip
    agent.start()
    succeed(
        "replay", table, "--model", "flight-delay", "--endpoint", endpoint, *COLUMNS,
        "--label-time-column", "label_time", "--batch", 20, "--rate", 12000, timeout=300,
    )  # fmt: skip
    agent.wait_performance(12, "flight-delay", timeout=120)
    return agent


def month_of(time):
    """The month in New York's winter time."""
    return (datetime.datetime.fromisoformat(time) - datetime.timedelta(hours=5)).strftime("%Y-%m")


def flights_by_month():
    """Scores and labels of the flights whose label is known, by month."""
    months = collections.defaultdict(list)
    with gzip.open(FLIGHTS / "flights-sample.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["label"]:
                months[month_of(row["time"])].append((float(row["score"]), int(row["label"])))
    return {month: np.array(rows).T for month, rows in months.items()}


def test_a_year_of_flights_by_month(new_agent, january):
    """The model of January ranks as well all the year; what its scores promise holds less, least in April and December."""
    agent = replay_year(new_agent, january, FLIGHTS / "flights-sample.csv.gz", ["adwin"])
    reports = {month_of(w["window"]["start"]): w for w in agent.performance("flight-delay")["windows"]}
    truth = flights_by_month()
    assert sorted(reports) == sorted(truth)
    for month, (score, label) in truth.items():
        measures, maturity = reports[month]["measures"], reports[month]["maturity"]
        assert maturity["labelled_rows"] == len(label) and maturity["share"] > 0.9
        assert measures["auc"]["realised"]["value"] == pytest.approx(area_under_curve(score, label), abs=1e-9)
        assert measures["log_loss"]["realised"]["value"] == pytest.approx(log_loss(score, label), abs=1e-9)
        assert 0.6 < measures["auc"]["estimated"] < 0.7 and 0.4 < measures["log_loss"]["estimated"] < 0.6
        assert measures["calibration_error"]["realised"]["value"] == pytest.approx(calibration_error(score, label), abs=0.005)
    later = [f"2013-{month:02}" for month in range(2, 13)]
    february = reports["2013-02"]["measures"]["auc"]["realised"]["value"]
    assert all(reports[month]["measures"]["auc"]["realised"]["value"] > february - 0.03 for month in later)
    error = {month: reports[month]["measures"]["calibration_error"]["realised"]["value"] for month in later}
    assert set(sorted(error, key=error.get)[-2:]) == {"2013-04", "2013-12"}
    alerts = [
        (event["type"].split(".")[-1], month_of(event["data"]["window"]["start"]))
        for event in events_of(agent, "concept")
    ]  # fmt: skip
    assert alerts == [
        ("firing", "2013-04"), ("resolved", "2013-05"), ("firing", "2013-06"), ("resolved", "2013-08"), ("firing", "2013-12"),
    ]  # fmt: skip


def test_a_planted_change_is_found_when_river_finds_it(new_agent, january, tmp_path):
    agent = replay_year(new_agent, january, planted_copy(tmp_path / "changed.csv"), list(GOLDEN["changed"]))
    detectors = agent.performance("flight-delay")["detectors"]
    assert [status["detector"] for status in detectors] == list(GOLDEN["changed"])
    for status in detectors:
        found, last = GOLDEN["changed"][status["detector"]], status["last_change"]
        assert (status["changes"], last["losses"], last["time"]) == (len(found), *found[-1]), status["detector"]
