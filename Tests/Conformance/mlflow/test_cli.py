"""The `mlflow` command, which finds the registry by its environment."""

import csv
import json
import subprocess
import sys

import mlflow
import pytest
from click.testing import CliRunner


@pytest.fixture
def command():
    from mlflow.cli import cli

    def run(*arguments):
        done = CliRunner().invoke(cli, [str(a) for a in arguments])
        assert done.exit_code == 0, (arguments, done.output, done.exception)
        return done.output

    return run


def test_experiments(command, client, name, tmp_path):
    assert f"Created experiment '{name}'" in command("experiments", "create", "-n", name)
    id = client.get_experiment_by_name(name).experiment_id
    assert name in command("experiments", "search", "--view", "all")
    with mlflow.start_run(experiment_id=id):
        mlflow.log_param("p", 1)
        mlflow.log_metric("m", 0.5)
    command("experiments", "csv", "-x", id, "-o", tmp_path / "runs.csv")
    (row,) = csv.DictReader(open(tmp_path / "runs.csv"))
    assert row["params.p"] == "1" and row["metrics.m"] == "0.5" and row["status"] == "FINISHED"
    command("experiments", "rename", "-x", id, "--new-name", name + "2")
    assert client.get_experiment(id).name == name + "2"
    command("experiments", "delete", "-x", id)
    assert client.get_experiment(id).lifecycle_stage == "deleted"
    command("experiments", "restore", "-x", id)
    assert client.get_experiment(id).lifecycle_stage == "active"


def test_an_experiment_is_shown(command, client, experiment):
    from mlflow.cli import cli

    if "get" not in cli.commands["experiments"].commands:
        pytest.skip("this version has no `experiments get`")
    assert experiment in command("experiments", "get", "-x", experiment)


def test_runs(command, client, experiment, run):
    client.log_metric(run, "m", 0.25)
    assert run in command("runs", "list", "--experiment-id", experiment)
    described = json.loads(command("runs", "describe", "--run-id", run))
    assert described["info"]["run_id"] == run and described["data"]["metrics"] == {"m": 0.25}
    command("runs", "delete", "--run-id", run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    command("runs", "restore", "--run-id", run)


def test_artifacts(command, client, run, tmp_path):
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a b.txt").write_text("x")
    command("artifacts", "log-artifact", "--run-id", run, "-l", tmp_path / "up" / "a b.txt", "-a", "one")
    command("artifacts", "log-artifacts", "--run-id", run, "-l", tmp_path / "up", "-a", "all")
    listed = json.loads(command("artifacts", "list", "--run-id", run, "-a", "one"))
    assert [file["path"] for file in listed] == ["one/a b.txt"]
    command("artifacts", "download", "--run-id", run, "-a", "all", "-d", tmp_path / "down")
    assert (tmp_path / "down" / "all" / "a b.txt").read_text() == "x"


def test_as_a_process(experiment):
    done = subprocess.run([sys.executable, "-m", "mlflow", "experiments", "search"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and experiment in done.stdout, done.stderr
