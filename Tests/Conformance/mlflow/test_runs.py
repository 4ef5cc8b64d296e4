"""Runs: their life, params, tags and batches."""

import math
import threading
import time

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType

from conftest import VERSION, error


def test_a_run_from_start_to_end(client, experiment):
    before = int(time.time() * 1000)
    with mlflow.start_run(run_name="one", description="a note", tags={"k": "v"}) as active:
        assert client.get_run(active.info.run_id).info.status == "RUNNING"
        assert client.get_run(active.info.run_id).info.end_time is None
    run = client.get_run(active.info.run_id)
    assert (run.info.run_name, run.info.status, run.info.lifecycle_stage) == ("one", "FINISHED", "active")
    assert before - 1000 <= run.info.start_time <= run.info.end_time <= before + 60_000
    assert run.info.experiment_id == experiment
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment}/{run.info.run_id}/artifacts"
    assert run.data.tags["k"] == "v" and run.data.tags["mlflow.note.content"] == "a note"
    assert run.data.tags["mlflow.runName"] == "one" and run.data.tags["mlflow.user"] == run.info.user_id


def test_a_name_is_invented(client, experiment):
    names = {client.create_run(experiment).info.run_name for _ in range(5)}
    assert len(names) == 5 and all(names)


def test_a_failing_block_fails_its_run(client, experiment):
    with pytest.raises(ZeroDivisionError):
        with mlflow.start_run() as active:
            1 / 0
    run = client.get_run(active.info.run_id)
    assert run.info.status == "FAILED" and run.info.end_time
    with pytest.raises(KeyboardInterrupt):
        with mlflow.start_run() as active:
            raise KeyboardInterrupt
    assert client.get_run(active.info.run_id).info.status in ("FAILED", "KILLED")


def test_nested_runs(client, experiment):
    with mlflow.start_run(run_name="parent") as parent:
        with mlflow.start_run(run_name="child", nested=True) as child:
            with mlflow.start_run(nested=True) as grandchild:
                mlflow.log_param("depth", 2)
            mlflow.log_param("depth", 1)
        mlflow.log_param("depth", 0)
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert client.get_parent_run(grandchild.info.run_id).info.run_id == child.info.run_id
    found = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert [run.info.run_id for run in found] == [child.info.run_id]


def test_a_run_is_taken_up_again(client, experiment):
    with mlflow.start_run() as first:
        mlflow.log_metric("m", 1, step=1)
    with mlflow.start_run(run_id=first.info.run_id) as again:
        assert client.get_run(again.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("m", 2, step=2)
    run = client.get_run(first.info.run_id)
    assert run.info.status == "FINISHED" and run.data.metrics == {"m": 2}
    assert [m.value for m in client.get_metric_history(first.info.run_id, "m")] == [1, 2]


def test_the_client_ends_runs_as_it_likes(client, run):
    client.set_terminated(run, "KILLED", end_time=4102444800000)
    info = client.get_run(run).info
    assert (info.status, info.end_time) == ("KILLED", 4102444800000)
    client.update_run(run, status="SCHEDULED", name="other")
    info = client.get_run(run).info
    assert (info.status, info.run_name) == ("SCHEDULED", "other")


def test_a_name_and_its_tag_are_one(client, experiment):
    run = client.create_run(experiment, run_name="first", start_time=12345).info
    assert run.start_time == 12345
    client.update_run(run.run_id, name="second")
    assert client.get_run(run.run_id).data.tags["mlflow.runName"] == "second"
    client.set_tag(run.run_id, "mlflow.runName", "third")
    assert client.get_run(run.run_id).info.run_name == "third"
    with error("INVALID_PARAMETER_VALUE"):
        client.create_run(experiment, run_name="a", tags={"mlflow.runName": "b"})


def test_params(client, run):
    for key, value in {"i": 1, "f": 0.05, "b": True, "n": None, "s": "", "list": [1, 2], "ü/ b.c:d": "日本"}.items():
        client.log_param(run, key, value)
    assert client.get_run(run).data.params == {
        "i": "1", "f": "0.05", "b": "True", "n": "None", "s": "", "list": "[1, 2]", "ü/ b.c:d": "日本",
    }  # fmt: skip


def test_a_param_does_not_change(client, run):
    client.log_param(run, "p", 3)
    client.log_param(run, "p", 3)
    message = f"Changing param values is not allowed. Param with key='p' was already logged with value='3' for run ID='{run}'. Attempted logging new value '4'."  # fmt: skip
    with error("INVALID_PARAMETER_VALUE", message):
        client.log_param(run, "p", 4)
    with error("INVALID_PARAMETER_VALUE", "Changing param values is not allowed."):
        client.log_batch(run, params=[Param("q", "1"), Param("p", "5")], tags=[RunTag("t", "1")])
    data = client.get_run(run).data
    assert data.params == {"p": "3"} and "t" not in data.tags, "nothing of the batch was kept"


def test_long_values(client, run):
    client.log_param(run, "p", "x" * 6000)
    client.set_tag(run, "t", "y" * 7999)
    data = client.get_run(run).data
    assert data.params["p"] == "x" * 6000 and data.tags["t"] == "y" * 7999
    client.log_param(run, "cut", "z" * 6100)
    assert client.get_run(run).data.params["cut"] == "z" * 6000


@pytest.mark.parametrize("key", ["a" * 251, "a$b", "a\nb", "../up", "/abs", "a//b", "."])
def test_keys_that_are_refused(client, run, key):
    with error("INVALID_PARAMETER_VALUE"):
        client.log_metric(run, key, 1)
    with error("INVALID_PARAMETER_VALUE"):
        client.log_param(run, key, 1)
    with error("INVALID_PARAMETER_VALUE"):
        client.set_tag(run, key, 1)


def test_tags(client, run):
    client.set_tag(run, "a", 1)
    client.set_tag(run, "a", True)
    client.set_tag(run, "b", "")
    assert {k: v for k, v in client.get_run(run).data.tags.items() if k in "ab"} == {"a": "True", "b": ""}
    client.delete_tag(run, "a")
    assert "a" not in client.get_run(run).data.tags
    with error("RESOURCE_DOES_NOT_EXIST", f"No tag with name: a in run with id {run}"):
        client.delete_tag(run, "a")


def test_a_batch(client, run):
    client.log_batch(
        run,
        metrics=[Metric(f"m{i}", i / 7, 1000 + i, i) for i in range(800)],
        params=[Param(f"p{i}", str(i)) for i in range(100)],
        tags=[RunTag(f"t{i}", str(i)) for i in range(100)],
    )
    data = client.get_run(run).data
    assert data.metrics == {f"m{i}": i / 7 for i in range(800)}, "every bit of every value"
    assert data.params == {f"p{i}": str(i) for i in range(100)}
    assert {k: v for k, v in data.tags.items() if not k.startswith("mlflow.")} == {f"t{i}": str(i) for i in range(100)}


def test_a_batch_beyond_the_limits_is_split_by_the_client(client, run):
    client.log_batch(
        run,
        metrics=[Metric("m", i, i, i) for i in range(2001)],
        params=[Param(f"p{i}", "") for i in range(201)],
        tags=[RunTag(f"t{i}", "") for i in range(201)],
    )
    data = client.get_run(run).data
    assert len(client.get_metric_history(run, "m")) == 2001
    assert len(data.params) == 201 and sum(key[0] == "t" for key in data.tags) == 201


def test_a_batch_with_a_param_twice(client, run):
    with error("INVALID_PARAMETER_VALUE", "Duplicate parameter keys have been submitted: ['p']."):
        client.log_batch(run, params=[Param("p", "1"), Param("p", "1")])
    assert client.get_run(run).data.params == {}


def test_the_fluent_client_splits_what_is_too_much(client, experiment):
    with mlflow.start_run() as active:
        mlflow.log_params({f"p{i}": i for i in range(250)})
        mlflow.log_metrics({f"m{i}": i for i in range(2500)})
        mlflow.set_tags({f"t{i}": i for i in range(250)})
    data = client.get_run(active.info.run_id).data
    assert (len(data.params), len(data.metrics), sum(k[0] == "t" for k in data.tags)) == (250, 2500, 250)


def test_metrics_keep_their_history(client, run):
    points = [(0.5, 10, 0), (0.25, 20, 1), (0.125, 15, 2), (-3.0, 5, -4), (7.0, 30, 2**40)]
    for value, timestamp, step in points + points:
        client.log_metric(run, "loss", value, timestamp, step)
    history = client.get_metric_history(run, "loss")
    assert [(m.value, m.timestamp, m.step) for m in history] == sorted(points, key=lambda p: (p[1], p[2], p[0])), "once each"  # fmt: skip
    assert client.get_run(run).data.metrics == {"loss": 7.0}, "the last step's"
    assert client.get_metric_history(run, "none") == []


def test_the_latest_of_equal_steps(client, run):
    for value, timestamp, step in [(5, 100, 1), (9, 100, 1), (1, 100, 1), (3, 99, 1), (100, 200, 0)]:
        client.log_metric(run, "m", value, timestamp, step)
    assert client.get_run(run).data.metrics == {"m": 9}


def test_values_that_are_not_numbers(client, run):
    for key, value in {"nan": math.nan, "inf": math.inf, "minus": -math.inf, "huge": 1.7976931348623157e308, "tiny": 5e-324, "zero": -0.0}.items():  # fmt: skip
        client.log_metric(run, key, value)
        client.log_batch(run, metrics=[Metric(key + "2", value, 1, 1)])
    metrics = client.get_run(run).data.metrics
    for suffix in ["", "2"]:
        assert math.isnan(metrics["nan" + suffix])
        assert metrics["inf" + suffix] in (math.inf, 1.7976931348623157e308)
        assert metrics["minus" + suffix] in (-math.inf, -1.7976931348623157e308)
        assert metrics["huge" + suffix] == 1.7976931348623157e308 and metrics["tiny" + suffix] == 5e-324
    assert math.isnan(client.get_metric_history(run, "nan")[0].value)


def test_a_long_history(client, run):
    for start in range(0, 30_000, 1000):
        client.log_batch(run, metrics=[Metric("m", i * 0.1, i, i) for i in range(start, start + 1000)])
    history = client.get_metric_history(run, "m")
    assert [m.step for m in history] == list(range(30_000)), "more than a page"
    assert client.get_run(run).data.metrics == {"m": 29_999 * 0.1}


def test_asynchronous_logging(client, experiment):
    with mlflow.start_run() as active:
        waits = [mlflow.log_metric("m", i, step=i, synchronous=False) for i in range(50)]
        waits += [mlflow.log_params({f"p{i}": i for i in range(20)}, synchronous=False)]
        waits += [mlflow.set_tags({"t": "1"}, synchronous=False)]
        for wait in waits:
            if wait is not None:
                wait.wait()
    mlflow.flush_async_logging()
    data = client.get_run(active.info.run_id).data
    assert data.metrics == {"m": 49} and len(data.params) == 20 and data.tags["t"] == "1"
    assert len(client.get_metric_history(active.info.run_id, "m")) == 50


def test_many_threads_log_to_one_run(client, run):
    def log(thread):
        for step in range(20):
            client.log_metric(run, f"m{thread}", step, step=step)

    threads = [threading.Thread(target=log, args=(i,)) for i in range(8)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert client.get_run(run).data.metrics == {f"m{i}": 19 for i in range(8)}
    assert all(len(client.get_metric_history(run, f"m{i}")) == 20 for i in range(8))


def test_delete_and_restore(client, experiment, run):
    client.delete_run(run)
    client.delete_run(run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment]) == []
    assert [r.info.run_id for r in client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)] == [run]
    for write in [lambda: client.log_metric(run, "m", 1), lambda: client.log_param(run, "p", 1),
                  lambda: client.set_tag(run, "t", 1), lambda: client.log_batch(run, tags=[RunTag("t", "1")]),
                  lambda: client.update_run(run, name="n")]:  # fmt: skip
        with error("INVALID_PARAMETER_VALUE", f"The run {run} must be in the 'active' state. Current state is deleted."):
            write()
    client.restore_run(run)
    client.restore_run(run)
    client.log_metric(run, "m", 1)
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_a_run_that_does_not_exist(client):
    missing = "f" * 32
    for call in [lambda: client.get_run(missing), lambda: client.log_metric(missing, "m", 1),
                 lambda: client.log_param(missing, "p", 1), lambda: client.set_tag(missing, "t", 1),
                 lambda: client.delete_tag(missing, "t"), lambda: client.delete_run(missing),
                 lambda: client.log_batch(missing, tags=[RunTag("t", "1")]), lambda: client.set_terminated(missing)]:  # fmt: skip
        with error("RESOURCE_DOES_NOT_EXIST", f"Run with id={missing} not found"):
            call()
    assert client.get_metric_history(missing, "m") == []
