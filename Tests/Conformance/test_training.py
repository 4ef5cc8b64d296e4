"""From a request to a judged version: the registry trains, records, judges and appoints, whatever goes wrong on the way."""

import csv
import hashlib
import json
import os
import signal
import sys

import harness
import pytest
from training import FLIGHTS, MODEL, PATIENCE, TrainingRegistry, rows_of_flights

@pytest.fixture(scope="module")
def flights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flights")
    return {
        "spring": rows_of_flights(folder / "spring.csv", "2013-01-01", "2013-03-15"),
        "summer": rows_of_flights(folder / "summer.csv", "2013-01-01", "2013-04-15"),
        "onesided": rows_of_flights(folder / "onesided.csv", "2013-01-01", "2013-03-01", lambda row: row["label"] == "0"),
    }


@pytest.fixture
def new_training(tmp_path):
    from conftest import makers

    yield from makers(tmp_path, TrainingRegistry)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, flights):
    """A registry that has trained a champion on the spring, and judged a candidate of the summer; with both requests."""
    registry = TrainingRegistry(tmp_path_factory.mktemp("trained") / "registry")
    registry.configure(rules={"cooldown": "0s"}).start()
    try:
        requests = [registry.train(flights[name]) for name in ("spring", "summer")]
        yield registry, requests
    finally:
        registry.kill()


# What comes of a request


def test_the_first_model_of_a_name_becomes_champion_by_the_floors(trained):
    registry, (first, _) = trained
    assert (first["state"], first["version"]) == ("candidate", 1), first
    model = registry.model()
    assert model["champion"] == 1
    version = registry.version(1)
    assert {file["path"] for file in version["files"]} >= {
        "MLmodel", "model.ubj", "encoder.json", "schema.json", "threshold.json", "manifest.json", "reference.json", "gate.json",
    }  # fmt: skip
    assert version["tags"]["leeway.request"] == first["id"] and version["tags"]["leeway.gate"] == "pass"
    history = registry.call("GET", f"/api/v1/models/{MODEL}/history")[1]["moves"]
    (move,) = [move for move in history if move["alias"] == "champion"]
    assert move["decision"] == f"retrain {first['id']}" and move["reason"].startswith("pass: ")
    report = registry.file(first["run"], "gate.json").body
    assert move["evidence"] == hashlib.sha256(report).hexdigest()


def test_the_next_is_held_against_the_champion_and_becomes_candidate(trained):
    registry, (_, second) = trained
    assert (second["state"], second["version"]) == ("candidate", 2), second
    model = registry.model()
    assert (model["champion"], model["candidate"]) == (1, 2)
    report = json.loads(registry.file(second["run"], "gate.json").body)
    assert report["verdict"] == "pass" and report["by_row"]["delong"] and report["rows"] > 1000
    run = registry.run_of(second["run"])
    for metric in ("auc", "log_loss"):
        a, b, difference = (run["metrics"][f"{who}.{metric}"] for who in ("candidate", "champion", "difference"))
        assert difference == pytest.approx(a - b, abs=1e-12)


def test_a_run_says_what_made_it(trained, flights):
    registry, (first, _) = trained
    run = registry.run_of(first["run"])
    assert run["status"] == "FINISHED" and run["experiment"] == MODEL
    params = run["params"]
    assert (params["max_depth"], params["seed"], params["nthread"], params["rounds"]) == ("4", "7", "1", "20")
    assert run["tags"]["leeway.trigger"] == "manual" and run["tags"]["leeway.request"] == first["id"]
    (used,) = run["lineage"]["datasets"]
    digest = hashlib.sha256(flights["spring"].read_bytes()).hexdigest()
    assert used["digest"] == digest[:32] and used["context"] == "training"
    record = json.loads(registry.file(first["run"], "training/record.json").body)
    assert record["dataset"] == digest and record["recipe"]["seed"] == 7
    assert record["environment"]["xgboost"].startswith("1.7") and len(record["environment"]["trainer"]) == 64
    history = registry.call("GET", "metrics/get-history", run_id=first["run"], metric_key="train-logloss")[1]["metrics"]
    assert [point["step"] for point in history] == list(range(20))
    assert history[-1]["value"] < history[0]["value"]
    names = [f["path"] for f in registry.call("GET", f"artifacts/list?run_id={first['run']}&path=logs")[1]["files"]]
    assert any("train" in name for name in names) and any("gate" in name for name in names)
    split = json.loads(registry.file(first["run"], "training/split.json").body)
    assert split["holdout"]["rows"] == run["metrics"]["rows.holdout"] > 0 and split["gap"] > 0


def test_figures_count_requests_and_setbacks(trained):
    registry, _ = trained
    text = registry.get("/metrics").body.decode()
    assert 'leeway_registry_retrain_requests{state="candidate"} 2\n' in text
    assert 'leeway_registry_retrain_requests{state="failed"} 0\n' in text
    assert "leeway_registry_retrain_setbacks{" not in text


def test_its_reference_has_what_the_gate_measured(trained):
    """Inputs of all rows that the version was made and judged by, answers and performance of the holdout alone."""
    registry, (first, _) = trained
    path = f"/api/2.0/mlflow-artifacts/artifacts/versions/{MODEL}/1/"
    reference, report = (json.loads(registry.get(path + name).body) for name in ("reference.json", "gate.json"))
    assert {"carrier", "temp", "score"} <= {feature["name"] for feature in reference["features"]}
    split = json.loads(registry.file(first["run"], "training/split.json").body)
    assert reference["profile"]["rows"] == split["training"]["rows"] + split["holdout"]["rows"]
    performance = reference["performance"]
    assert performance["rows"] == report["rows"] == split["holdout"]["rows"]
    for metric, measure in report["measures"].items():
        assert performance["measures"][metric]["value"] == pytest.approx(measure["candidate"]["value"], abs=1e-9), metric


def test_why_tells_the_story(trained):
    registry, (_, second) = trained
    told = registry.leeway("why", MODEL, "2").stdout
    for words in (f"{MODEL}, version 2, candidate", "manual: asked for by hand", second["id"][:12], second["run"], "pass", "xgboost",
                  "became candidate"):  # fmt: skip
        assert words in told, told
    assert registry.leeway("why", MODEL, "candidate").stdout == told
    story = json.loads(registry.leeway("why", MODEL, "2", "--json").stdout)
    assert set(story) == {"version", "request", "dataset", "training", "gate", "rollouts", "moves"}
    assert registry.leeway("why", MODEL, "9", run=harness.run).returncode == 1
    assert "no alias" in registry.leeway("why", MODEL, "best", run=harness.run).stderr


def test_reproduce_makes_the_same_bits(trained, tmp_path):
    registry, (first, second) = trained
    for request in (first, second):
        done = registry.leeway("reproduce", request["run"], "--json", "--keep", tmp_path / request["id"])
        outcome = json.loads(done.stdout)
        assert outcome["equal"] and outcome["recorded"] == outcome["reproduced"], outcome
        files = {f["path"]: f["digest"] for f in registry.version(request["version"])["files"]}
        for name in ("model.ubj", "encoder.json", "schema.json", "threshold.json"):
            made = (tmp_path / request["id"] / "model" / name).read_bytes()
            assert hashlib.sha256(made).hexdigest() == files[name]
    (tmp_path / "here").mkdir()
    told = registry.leeway("reproduce", first["run"], "--keep", "kept", cwd=tmp_path / "here").stdout
    assert "equal, bit for bit" in told and (tmp_path / "here/kept/model/MLmodel").exists()
    missing = registry.leeway("reproduce", "f" * 32, run=harness.run)
    assert "not found" in missing.stderr, missing
    assert registry.leeway("reproduce", "f" * 32, run=harness.run).returncode == 1


def test_a_record_that_was_changed_is_told(trained, tmp_path):
    """Another seed makes another model."""
    registry, (first, _) = trained
    run = registry.post("runs/create", {"experiment_id": "0"})["run"]["info"]
    root = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    for name in ("record.json", "schema.json"):
        body = registry.file(first["run"], f"training/{name}").body
        if name == "record.json":
            record = json.loads(body)
            record["recipe"]["trainer"]["xgboost"]["parameters"]["subsample"] = 0.5
            body = json.dumps(record).encode()
        path = f"/api/2.0/mlflow-artifacts/artifacts/{root}/training/{name}"
        assert registry.request("PUT", path, body).status == 200
    done = registry.leeway("reproduce", run["run_id"], run=harness.run)
    assert done.returncode == 3 and "not equal" in done.stdout, (done.stdout, done.stderr)


def test_nobody_takes_the_place_of_a_champion_that_was_taken_out(new_training, flights):
    registry = new_training()
    registry.configure().start()
    assert registry.train(flights["spring"])["version"] == 1
    body = {"name": MODEL, "alias": "champion"}
    assert registry.call("DELETE", "registered-models/alias", body)[0] == 200
    assert registry.train(flights["summer"])["state"] == "candidate"
    model = registry.model()
    assert (model.get("champion"), model["candidate"]) == (None, 2)


def test_the_reuse_of_a_holdout_is_counted_and_told(new_training, flights):
    registry = new_training()
    registry.configure().start()
    reports = [json.loads(registry.file(registry.train(flights["spring"])["run"], "gate.json").body) for _ in range(2)]
    assert [report["holdout"] for report in reports] == [{"before": 0, "overlapping": 0}, {"before": 1, "overlapping": 0}]
    told = registry.leeway("why", MODEL, "2").stdout
    assert "these rows have judged 1 candidates of the model before" in " ".join(told.split()), told
    registry.configure({"holdout": "13d"})
    registry.terminate()
    registry.start()
    ended = registry.train(flights["spring"])
    report = json.loads(registry.file(ended["run"], "gate.json").body)
    assert report["holdout"] == {"before": 0, "overlapping": 2}
    policy = {"gate": False, "stages": [{"share": 0.1}]}
    status, rollout = registry.call("POST", "/api/v1/rollouts", {"model": MODEL, "candidates": [2, 3], "policy": policy})
    assert status == 200, rollout
    shown = registry.call("GET", f"/api/v1/rollouts/{rollout['id']}")[1]
    assert shown["holdouts"] == [{"before": 1, "overlapping": 0}, {"before": 0, "overlapping": 2}]
    assert "2 more were judged by other rows of the same time" in registry.leeway("rollout", "show", rollout["id"]).stdout


def test_a_worse_candidate_is_rejected_with_its_record(new_training, flights):
    registry = new_training()
    registry.configure(gate={"success": {"metric": "log_loss", "goal": "superior", "margin": 0.2}}).start()
    assert registry.train(flights["spring"])["state"] == "candidate"
    second = registry.train(flights["summer"])
    assert (second["state"], second["version"]) == ("rejected", 2), second
    assert second["reason"].startswith("fail: ")
    assert registry.model().get("candidate") is None
    assert registry.version(2)["tags"]["leeway.gate"] == "fail"


def test_a_floor_keeps_the_first_from_serving(new_training, flights):
    registry = new_training()
    registry.configure(gate={"floors": {"auc": 0.99}}).start()
    ended = registry.train(flights["spring"])
    assert ended["state"] == "rejected" and "auc" in ended["reason"]
    assert registry.model().get("champion") is None and registry.version(1)["tags"]["leeway.gate"] == "fail"


def test_retrainings_under_other_seeds_tell_the_noise(new_training, flights):
    registry = new_training()
    recipe = {"parameters": {"max_depth": 4, "eta": 0.2, "subsample": 0.5}}
    registry.configure(recipe, gate={"minimum_retrains": 3}).start()
    assert registry.train(flights["spring"])["state"] == "candidate"
    second = registry.train(flights["summer"])
    report = json.loads(registry.file(second["run"], "gate.json").body)
    assert len(report["retrain_noise"]["values"]) == 3 and report["retrain_noise"]["deviation"] > 0


@pytest.mark.parametrize("window, since", [({"window": "sliding", "length": "30d"}, "2013-01-28"), ({}, "2013-01-01")])
def test_a_window_says_which_rows_are_learnt_from(new_training, flights, window, since):
    registry = new_training()
    registry.configure(window).start()
    ended = registry.train(flights["spring"])
    split = json.loads(registry.file(ended["run"], "training/split.json").body)
    assert split["training"]["from"].startswith(since), split


# Rows that cannot be trained on


def test_bad_rows_fail_with_a_reason(new_training, flights, tmp_path):
    registry = new_training()
    registry.configure().start()
    (tmp_path / "empty.csv").write_text(",".join(flights["spring"].open().readline().strip().split(",")) + "\n")
    constant = tmp_path / "constant.csv"
    rows = list(csv.DictReader(flights["spring"].open()))
    features = [f["name"] for f in json.loads((FLIGHTS / "schema.json").read_text())["features"]]
    harness.write_csv(constant, {n: [rows[0][n] if n in features else row[n] for row in rows] for n in rows[0]})
    unlabelled = tmp_path / "unlabelled.csv"
    harness.write_csv(unlabelled, {n: ["NaN" if n == "label" else row[n] for row in rows] for n in rows[0]})
    for dataset, words in (
        (flights["onesided"], "class"),
        (tmp_path / "empty.csv", "no rows"),
        (tmp_path / "missing.csv", "no such file"),
        (constant, "one value in all"),
        (unlabelled, "label"),
    ):
        ended = registry.train(dataset)
        assert ended["state"] == "failed" and words in ended["reason"], ended
    assert registry.model() is None or registry.model()["versions"] == []


def test_a_file_that_changed_under_its_hash_is_refused(new_training, flights, tmp_path):
    registry = new_training()
    registry.configure().start()
    rows = tmp_path / "rows.csv"
    rows.write_bytes(flights["spring"].read_bytes())
    digest = hashlib.sha256(rows.read_bytes()).hexdigest()
    with open(rows, "a") as file:
        file.write(rows.read_text().splitlines()[-1] + "\n")
    ended = registry.train(rows, "--sha256", digest)
    assert ended["state"] == "failed" and "has changed" in ended["reason"], ended


def test_a_request_may_name_files_of_some_folders_alone(new_training, flights, tmp_path):
    """Whoever may ask could otherwise read whatever the registry can."""
    registry = new_training()
    registry.configure(datasets={"folders": [str(tmp_path)]}).start()
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "fifo.csv")
    for path, words in (
        ("/etc/hostname", "no folder that rows may be read from"),
        (tmp_path / "link.csv", "no folder"),
        (f"{tmp_path}/../../../../../../etc/hostname", "no folder"),
        (registry.state / "registry.sqlite", "no folder"),
        (tmp_path / "fifo.csv", "no plain file"),
        (tmp_path, "no plain file"),
        (tmp_path / "gone.csv", "no such file"),
    ):
        ended = registry.train(path)
        assert ended["state"] == "failed" and words in ended["reason"], ended
    assert registry.call("GET", "/api/v1/training-sets")[1]["training_sets"] == []


def test_rows_of_a_span_are_learnt_from(new_training, flights):
    registry = new_training()
    registry.configure().start()
    ended = registry.train(flights["summer"], "--from", "2013-01-20T00:00:00Z", "--to", "2013-03-20T00:00:00Z")
    split = json.loads(registry.file(ended["run"], "training/split.json").body)
    assert split["training"]["from"].startswith("2013-01-20") and split["holdout"]["to"].startswith("2013-03-18"), split


def test_a_champion_is_not_judged_by_rows_that_it_has_learnt_from(new_training, flights):
    registry = new_training()
    registry.configure().start()
    assert registry.train(flights["spring"])["state"] == "candidate"
    registry.terminate()
    registry.configure({"holdout": "40d"}).start()
    ended = registry.train(flights["spring"])
    assert ended["state"] == "failed" and "has learnt from rows up to" in ended["reason"], ended


def test_a_dataset_that_was_altered_in_the_store_is_refused(new_training, flights):
    registry = new_training()
    registry.configure().start()
    added = registry.leeway("dataset", "add", "--model", MODEL, "--schema", FLIGHTS / "schema.json", flights["spring"], "--json")
    id = json.loads(added.stdout)["id"]
    harness.wait_until(
        lambda: registry.call("GET", f"/api/v1/models/{MODEL}/training-sets/{id}")[1]["state"] == "ready", "it is read", PATIENCE
    )
    blob = registry.state / "artifacts" / id[:2] / id[2:]
    blob.chmod(0o600)
    with open(blob, "r+b") as file:
        file.seek(-20, 2)
        file.write(b"0")
    ended = registry.train(f"datasets:/{id}")
    assert ended["state"] == "failed" and "was altered" in ended["reason"], ended


def test_without_rows_it_waits_and_then_says_so(new_training):
    registry = new_training()
    registry.configure({"dataset_wait": "2s"}).start()
    id = registry.ask()
    assert registry.request_of(id)["state"] == "accepted"
    ended = registry.ended(id)
    assert ended["state"] == "failed" and "no agent has brought rows" in ended["reason"], ended


def test_the_newest_dataset_is_taken_when_nobody_brings_rows(new_training, flights):
    registry = new_training()
    registry.configure({"dataset_wait": "1s"}).start()
    registry.leeway("dataset", "add", "--model", MODEL, "--schema", FLIGHTS / "schema.json", flights["spring"])
    harness.wait_until(
        lambda: registry.call("GET", "/api/v1/training-sets")[1]["training_sets"][0]["state"] == "ready", "it is read", PATIENCE
    )
    ended = registry.train()
    assert ended["state"] == "candidate", ended


# Cancelled, killed, ended


def has_ended(pid):
    """Nobody may be left to ask how it ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


SLOW = {"rounds": 100_000, "parameters": {"max_depth": 8, "eta": 0.01}}


def test_a_request_taken_back_ends_its_job(new_training, flights):
    registry = new_training()
    registry.configure(SLOW).start()
    id = registry.ask(flights["spring"])
    job = registry.job("train")
    registry.leeway("retrain", "cancel", id, "--reason", "the wrong rows")
    assert registry.ended(id)["state"] == "cancelled"
    assert registry.job("train", "cancelled")["id"] == job["id"]
    harness.wait_until(lambda: registry.run_of(job["run"])["status"] == "KILLED", lambda: registry.run_of(job["run"]))
    assert has_ended(job["pid"])


def test_a_job_cancelled_takes_its_request_back(new_training, flights):
    registry = new_training()
    registry.configure(SLOW).start()
    id = registry.ask(flights["spring"])
    registry.leeway("job", "cancel", registry.job("train")["id"], "--reason", "too slow")
    ended = registry.ended(id)
    assert ended["state"] == "cancelled" and "too slow" in ended["reason"], ended


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_registry_that_ends_trains_again_when_it_is_back(new_training, flights, number):
    registry = new_training()
    registry.configure(SLOW).start()
    id = registry.ask(flights["spring"])
    job = registry.job("train")
    registry.signal(number)
    registry.wait()
    harness.wait_until(lambda: has_ended(job["pid"]), "its job ends with it")
    registry.configure().start()
    ended = registry.ended(id)
    assert (ended["state"], ended["version"]) == ("candidate", 1), ended
    assert ended["attempts"] == (1 if number == signal.SIGTERM else 2)
    assert registry.job("train", "interrupted")["id"] == job["id"]
    assert registry.run_of(job["run"])["status"] == "KILLED" and ended["run"] != job["run"]
    assert [version["version"] for version in registry.model()["versions"]] == [1]


def test_a_limit_says_which_to_raise(new_training, flights):
    registry = new_training()
    registry.configure(SLOW, limits={"time": "3s", "grace": "1s"}).start()
    ended = registry.train(flights["spring"])
    assert ended["state"] == "failed" and "time limit" in ended["reason"], ended


# Trainings by a command


COMMAND = """
import json, os, sys, urllib.request
what = sys.argv[1]
if what == "fail":
    sys.exit("no luck today")
if what == "flood":
    for _ in range(200_000): print("x" * 1000)
if what == "fork":
    for _ in range(20): os.fork() or os.execvp("sleep", ["sleep", "600"])
if what == "hang":
    import time; time.sleep(600)
if what == "link":
    os.mkdir(os.environ["LEEWAY_OUTPUT"]); os.symlink("/etc/passwd", os.environ["LEEWAY_OUTPUT"] + "/MLmodel")
if what in ("nothing", "flood", "fork", "link"):
    sys.exit(0)
if what == "cheat":
    open(os.environ["LEEWAY_HOLDOUT"], "a").write("x")
if what == "deep":
    os.makedirs("/".join([os.environ["LEEWAY_OUTPUT"] + "/d"]))
    os.chdir(os.environ["LEEWAY_OUTPUT"])
    for _ in range(300):
        os.mkdir("d" * 20); os.chdir("d" * 20)
    sys.exit(0)
for name in ("LEEWAY_DATASET", "LEEWAY_HOLDOUT"):
    assert open(os.environ[name]).readline().startswith("id,time,")
body = {"run_id": os.environ["MLFLOW_RUN_ID"], "key": "loss", "value": 0.25, "timestamp": 1, "step": 3}
request = urllib.request.Request(
    os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/runs/log-metric", json.dumps(body).encode(),
    {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ.get("MLFLOW_TRACKING_TOKEN", "")})
urllib.request.urlopen(request)
os.makedirs(os.environ["LEEWAY_OUTPUT"], exist_ok=True)
open(os.environ["LEEWAY_OUTPUT"] + "/MLmodel", "w").write("flavors: {}\\n")
open(os.environ["LEEWAY_OUTPUT"] + "/seed", "w").write(os.environ["LEEWAY_SEED"])
"""

SCORER = """
import csv, os, sys
assert open(os.environ["LEEWAY_MODEL"] + "/seed").read() == "7"
assert "label" not in open(os.environ["LEEWAY_ROWS"]).readline()
with open(os.environ["LEEWAY_ROWS"]) as rows, open(os.environ["LEEWAY_OUTPUT"], "w", newline="") as out:
    sheet = csv.writer(out, lineterminator="\\n")
    sheet.writerow(["id", "score", "class"])
    for row in csv.DictReader(rows):
        score = 0.35 if int(row["sched_hour"]) >= 15 else 0.2
        sheet.writerow([row["id"], score, int(score >= 0.5)])
"""


@pytest.fixture
def commanded(new_training):
    def make(what, limits=None, keys=None, token=None, **recipe):
        registry = new_training()
        (registry.folder / "train.py").write_text(COMMAND)
        (registry.folder / "score.py").write_text(SCORER)
        gone = {"trainer": None, "parameters": None, "rounds": None}
        words = {"command": [sys.executable, "train.py", what], "scorer": [sys.executable, "score.py"]}
        registry.configure({**gone, **words, **recipe}, gate={"floors": {"auc": 0.4}}, limits=limits, keys=keys).start()
        return registry

    return make


def test_a_command_trains_and_another_scores(commanded, flights):
    registry = commanded("train")
    first = registry.train(flights["spring"])
    assert (first["state"], first["version"]) == ("candidate", 1), first["reason"]
    run = registry.run_of(first["run"])
    assert run["metrics"]["loss"] == 0.25 and run["status"] == "FINISHED"
    files = {file["path"] for file in registry.version(1)["files"]}
    assert {"MLmodel", "seed", "schema.json", "reference.json", "gate.json"} <= files
    told = registry.leeway("reproduce", first["run"], run=harness.run)
    assert told.returncode == 1 and "command of its own" in told.stderr
    second = registry.train(flights["summer"])
    assert second["version"] == 2 and second["state"] in ("candidate", "rejected"), second


def test_a_command_logs_with_a_token_of_its_own(commanded, flights, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("ci s3cret-s3cret-s3cret\n")
    tokens.chmod(0o600)
    registry = commanded("train", keys={"token_file": str(tokens)})
    shown = {"Authorization": "Bearer s3cret-s3cret-s3cret"}
    environment = {"LEEWAY_TOKEN": "s3cret-s3cret-s3cret"}
    asked = registry.leeway(
        "retrain", "--model", MODEL, "--reason", "manual", "--dataset", flights["spring"], "--json", env=environment
    )
    id = json.loads(asked.stdout)["id"]
    def state():
        return registry.call("GET", f"/api/v1/retrain-requests/{id}", headers=shown)[1]

    harness.wait_until(lambda: state()["state"] not in ("accepted", "running"), lambda: f"{state()}", PATIENCE)
    assert state()["state"] == "candidate", state()
    run = registry.call("GET", f"/api/v1/runs/{state()['run']}", headers=shown)[1]
    assert run["metrics"]["loss"] == 0.25
    assert registry.call("GET", "/api/v1/models")[0] == 401


@pytest.mark.parametrize(
    "what, limits, words",
    [
        ("fail", {}, "no luck today"),
        ("nothing", {}, "nothing was left in LEEWAY_OUTPUT"),
        ("link", {}, "no plain file"),
        ("cheat", {}, "has changed the holdout"),
        ("deep", {}, "in LEEWAY_OUTPUT cannot be read"),
        ("flood", {"log": "64KiB"}, "nothing was left in LEEWAY_OUTPUT"),
        ("fork", {}, "nothing was left in LEEWAY_OUTPUT"),
        ("hang", {"time": "10s", "grace": "1s"}, "time limit"),
    ],
)
def test_a_command_that_misbehaves_fails_by_itself(commanded, flights, what, limits, words):
    registry = commanded(what, limits)
    ended = registry.train(flights["spring"])
    assert ended["state"] == "failed" and words in ended["reason"], ended
    assert registry.run_of(ended["run"])["status"] == "FAILED"
    assert not list((registry.state / "jobs/training").iterdir()) and not list((registry.state / "jobs/scratch").iterdir())
    assert registry.get("/health").status == 200
    log = registry.state / "jobs" / f"{registry.job('train', 'failed' if what in ('fail', 'hang') else 'succeeded')['id']}.log"
    assert log.stat().st_size < 200_000


def test_a_champion_that_nobody_can_score_holds_up_what_follows(commanded, flights):
    registry = commanded("train")
    assert registry.train(flights["spring"])["state"] == "candidate"
    (registry.folder / "score.py").write_text(SCORER.replace("assert open", 'os.environ["LEEWAY_MODEL"].endswith("champion") and sys.exit("lost my tongue"); assert open'))
    ended = registry.train(flights["summer"])
    assert ended["state"] == "failed" and "the champion, cannot be scored" in ended["reason"], ended
    assert "lost my tongue" in ended["reason"]
