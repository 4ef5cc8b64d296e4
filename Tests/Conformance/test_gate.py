"""From a dataset to a verdict: rows split in time, two models trained and scored, the gate between them."""

import csv
import datetime
import gzip
import json
import sqlite3

import numpy as np
import pytest

from harness import run, succeed, write_csv
from test_trainer import DATA, FLIGHTS, trainer

DAY = datetime.timedelta(days=1)
NOW = "2013-07-01T00:00:00Z"


def moment(text):
    return datetime.datetime.fromisoformat(text)


def rows_of(path):
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    folder = tmp_path_factory.mktemp("split")
    done = trainer(
        "split", "--dataset", FLIGHTS / "flights-sample.csv.gz", "--schema", FLIGHTS / "schema.json", "--output", folder,
        "--label-delay", "1d", "--holdout", "30d", "--now", NOW,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)["split"]


@pytest.fixture(scope="module")
def models(split):
    """Of many rounds and of few, with their scores of the holdout: here what was learnt longer is surer, and wrong."""
    folder, _ = split
    for name, rounds in (("champion", 60), ("candidate", 3)):
        for arguments in (
            ("train", "--dataset", folder / "training.csv", "--schema", FLIGHTS / "schema.json", "--output", folder / name, "--rounds", rounds, "--threads", 1),
            ("score", "--model", folder / name, "--rows", folder / "holdout.csv", "--output", folder / f"{name}.csv"),
        ):  # fmt: skip
            done = trainer(*arguments)
            assert done.returncode == 0, done.stderr
    return folder


def judge(folder, policy, *arguments):
    (folder / "policy.json").write_text(json.dumps(policy))
    return run(
        "gate", "--holdout", folder / "holdout.csv", "--schema", FLIGHTS / "schema.json", "--policy", folder / "policy.json",
        "--candidate", folder / "candidate.csv", *arguments,
    )  # fmt: skip


POLICY = {"floors": {"auc": 0.55}, "success": {"metric": "log_loss", "goal": "superior"}, "guards": {"auc": 0.02}}


def test_rows_are_split_as_the_labels_were_known(split):
    folder, summary = split
    now = moment(NOW)
    end, start = now - DAY, now - 31 * DAY
    labelled = [row for row in rows_of(FLIGHTS / "flights-sample.csv.gz") if row["label"]]
    held = [row for row in labelled if start <= moment(row["time"]) < end]
    trained = [row for row in labelled if moment(row["time"]) + DAY <= start and moment(row["time"]) < start - DAY]
    assert rows_of(folder / "holdout.csv") == held
    assert rows_of(folder / "training.csv") == trained
    assert (summary["training"]["rows"], summary["holdout"]["rows"]) == (len(trained), len(held))
    assert summary["training"]["rows"] + summary["holdout"]["rows"] + summary["gap"] + summary["too_new"] == len(labelled)
    assert summary["holdout"]["from"] == min(row["time"] for row in held)


def test_a_sliding_window_leaves_old_rows_out(split, tmp_path):
    _, whole = split
    done = trainer(
        "split", "--dataset", FLIGHTS / "flights-sample.csv.gz", "--schema", FLIGHTS / "schema.json", "--output", tmp_path,
        "--label-delay", "1d", "--holdout", "30d", "--now", NOW, "--from", "2013-04-01T00:00:00Z",
    )  # fmt: skip
    summary = json.loads(done.stdout)["split"]
    assert summary["training"]["rows"] + summary["too_old"] == whole["training"]["rows"]
    assert min(row["time"] for row in rows_of(tmp_path / "training.csv")) >= "2013-04-01"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--now", "2020-01-01T00:00:00Z"), ("no labelled row lies in the holdout", "2019-12-01")),
        (("--holdout", "4000d"), ("no labelled row is older than", "shorter holdout")),
        (("--from", "2013-05-31T00:00:00Z"), ("older than 2013-05-31",)),
        (("--time-column", "when"), ("when",)),
        (("--output", "/nowhere/at/all"), ("cannot be written",)),
    ],
)
def test_a_split_that_leaves_nothing_says_where(tmp_path, arguments, words):
    given = {
        "--dataset": FLIGHTS / "flights-sample.csv.gz", "--schema": FLIGHTS / "schema.json", "--output": tmp_path,
        "--label-delay": "1d", "--holdout": "30d", "--now": NOW, **dict([arguments]),
    }  # fmt: skip
    done = trainer("split", *[part for pair in given.items() for part in pair])
    assert done.returncode == DATA and all(word in done.stderr for word in words), done.stderr
    assert not list(tmp_path.iterdir())


def test_a_better_candidate_passes_and_its_numbers_are_numpys(models):
    done = judge(models, POLICY, "--champion", models / "champion.csv", "--json", "--output", models / "gate.json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert json.loads((models / "gate.json").read_text()) == report
    label = np.array([float(row["label"]) for row in rows_of(models / "holdout.csv")])
    for name in ("candidate", "champion"):
        score = np.array([float(row["score"]) for row in rows_of(models / f"{name}.csv")])
        loss = -np.mean(np.where(label == 1, np.log(score), np.log(1 - score)))
        positive, negative = score[label == 1], score[label == 0]
        area = np.mean((positive[:, None] > negative) + 0.5 * (positive[:, None] == negative))
        assert report["measures"]["log_loss"][name]["value"] == pytest.approx(loss, abs=1e-9)
        assert report["measures"]["auc"][name]["value"] == pytest.approx(area, abs=1e-9)
        assert report["measures"]["accuracy"][name]["value"] == pytest.approx(np.mean((score >= 0.5) == label), abs=1e-9)
    days = {row["time"][:10] for row in rows_of(models / "holdout.csv")}
    assert (report["rows"], report["clusters"]) == (len(label), len(days))


def test_a_candidate_is_no_better_than_itself(models):
    done = judge(models, POLICY, "--champion", models / "candidate.csv")
    assert done.returncode == 3 and done.stdout.startswith("fail: "), done.stdout
    held = {**POLICY, "success": {"metric": "log_loss", "goal": "non_inferior"}}
    assert judge(models, held, "--champion", models / "candidate.csv").returncode == 0


def test_what_the_rows_do_not_show_is_open(models):
    done = judge(models, {**POLICY, "success": {"metric": "auc"}}, "--champion", models / "champion.csv")
    assert done.returncode == 4 and done.stdout.startswith("inconclusive: "), done.stdout


def test_the_first_model_of_a_name_needs_its_floors_alone(models):
    done = judge(models, POLICY)
    assert done.returncode == 0 and "CHAMPION" in done.stdout
    assert judge(models, {**POLICY, "floors": {"auc": 0.99}}).returncode == 3


def test_slices_and_other_clusters(models):
    done = judge(models, POLICY, "--champion", models / "champion.csv", "--slice", "origin", "--cluster", "carrier", "--json")
    report = json.loads(done.stdout)
    rows = rows_of(models / "holdout.csv")
    assert report["clusters"] == len({row["carrier"] for row in rows})
    assert {slice["name"] for slice in report["slices"]} == {f"origin={row['origin']}" for row in rows}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda rows: rows[:-1], ("score all of its rows",)),
        (lambda rows: rows[1:] + rows[:1], ("row 1", "in its order")),
        (lambda rows: [{**rows[0], "score": "high"}, *rows[1:]], ("row 1", "'high'")),
        (lambda rows: [{"id": row["id"]} for row in rows], ("no column 'score'",)),
    ],
)
def test_scores_of_other_rows_are_refused(models, tmp_path, damage, words):
    rows = damage(rows_of(models / "candidate.csv"))
    write_csv(tmp_path / "scores.csv", {name: [row[name] for row in rows] for name in rows[0]})
    done = judge(models, POLICY, "--champion", tmp_path / "scores.csv")
    assert done.returncode == 1 and all(word in done.stderr for word in words), done.stderr


@pytest.mark.parametrize("policy", ["{", "{}", json.dumps({**POLICY, "floors": {}}), json.dumps({**POLICY, "floors": {"rmse": 1}})])
def test_a_policy_that_asks_for_nothing_is_an_error(models, policy):
    (models / "bad.json").write_text(policy)
    done = run(
        "gate", "--holdout", models / "holdout.csv", "--schema", FLIGHTS / "schema.json", "--policy", models / "bad.json",
        "--candidate", models / "candidate.csv",
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.strip(), done.stderr


def test_questions_are_the_holdout_without_its_answers(split):
    folder, _ = split
    questions, holdout = rows_of(folder / "questions.csv"), rows_of(folder / "holdout.csv")
    assert [list(row) for row in questions[:1]] == [[name for name in holdout[0] if name not in ("label", "label_time")]]
    assert questions == [{name: row[name] for name in questions[0]} for row in holdout]


def test_a_label_that_is_none_is_an_error(models, tmp_path):
    lines = (models / "holdout.csv").read_text().splitlines()
    lines[7] = lines[7].rsplit(",", 1)[0] + ",2"
    (tmp_path / "holdout.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "policy.json").write_text(json.dumps({"floors": {"auc": 0.5}, "success": {"metric": "auc"}}))
    done = run(
        "gate", "--holdout", tmp_path / "holdout.csv", "--schema", FLIGHTS / "schema.json", "--policy", tmp_path / "policy.json",
        "--candidate", models / "candidate.csv",
    )  # fmt: skip
    assert done.returncode == 1 and "row 7: the label '2' is none" in done.stderr, done.stderr


def test_a_feature_cannot_be_the_answer(tmp_path, split):
    schema = json.loads((FLIGHTS / "schema.json").read_text())
    schema["features"].append({"name": "label", "kind": "numeric"})
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    done = trainer("train", "--dataset", split[0] / "holdout.csv", "--schema", tmp_path / "schema.json", "--output", tmp_path / "m")
    assert done.returncode == DATA and "'label' is a feature and the answer too" in done.stderr, done.stderr
