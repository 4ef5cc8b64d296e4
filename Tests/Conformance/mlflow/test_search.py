"""Searching runs: filters, order and pages."""

import math

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType

from conftest import error, quoted, real_server

ACCURACIES = {"a": 0.9, "b": 0.5, "c": math.nan, "d": None, "e": -1e10, "f": math.inf}


@pytest.fixture(scope="module")
def found(server):
    """Six runs, and a function that names those that a search finds, in the order it finds them."""
    mlflow.set_tracking_uri(server.uri)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("searched")
    for i, (name, accuracy) in enumerate(ACCURACIES.items()):
        run = client.create_run(experiment, run_name=name, start_time=1000 + i, tags={"mlflow.source.name": f"{name}.py"}).info  # fmt: skip
        metrics = [] if accuracy is None else [Metric("accuracy", accuracy, 1, 0)]
        client.log_batch(
            run.run_id,
            metrics=metrics + [Metric("odd key/1", i, 1, 0)],
            params=[Param("depth", str(i)), Param("Kind", "Tree" if i % 2 else "forest")],
            tags=[RunTag("even", "yes")] if i % 2 == 0 else [RunTag("is: odd", 'a "quote"')],
        )
        client.set_terminated(run.run_id, "FAILED" if name == "b" else "FINISHED", end_time=5000 - i)
    ids = {run.info.run_name: run.info.run_id for run in client.search_runs([experiment])}

    def search(filter="", order=None, **options):
        for name, id in ids.items():
            filter = filter.replace(f"<{name}>", id)
        runs = client.search_runs([experiment], filter, order_by=order, **options)
        return "".join(run.info.run_name for run in runs)

    search.experiment, search.ids = experiment, ids
    return search


@pytest.mark.parametrize(
    "filter, expected",
    [
        ("", "fedcba"),
        ("metrics.accuracy > 0.5", "fa"),
        ("metrics.accuracy >= 0.5", "fba"),
        ("metric.accuracy = 0.5", "b"),
        ("metrics.accuracy != 0.5", "feca"),
        ("metrics.accuracy < 0", "e"),
        ("metrics.accuracy <= -1e10", "e"),
        ("metrics.accuracy > .1 AND metrics.accuracy < 1", "ba"),
        ("metrics.`odd key/1` >= 4", "fe"),
        ('metrics."odd key/1" = 0', "a"),
        ("params.depth = '3'", "d"),
        ('param.depth = "3"', "d"),
        ("parameters.depth != '3'", "fecba"),
        ("params.Kind LIKE 'T%'", "fdb"),
        ("params.Kind LIKE 't%'", ""),
        ("params.Kind ILIKE 't_ee'", "fdb"),
        ("params.kind = 'Tree'", ""),
        ("tags.even = 'yes'", "eca"),
        ("tag.even != 'no'", "eca"),
        ("tags.even LIKE 'y%' and metrics.accuracy > 0", "a"),
        ("tags.mlflow.source.name = 'c.py'", "c"),
        ("tags.`mlflow.source.name` LIKE '%.py' AND params.depth = '2'", "c"),
        ("tags.\"is: odd\" = 'a \"quote\"'", "fdb"),
        ("attributes.status = 'FAILED'", "b"),
        ("status != 'FAILED'", "fedca"),
        ("attribute.status ILIKE 'fin%' AND params.depth = '0'", "a"),
        ("attr.run_name = 'a'", "a"),
        ("run.run_name LIKE '%'", "fedcba"),
        ("`run name` = 'b'", "b"),
        ("run_name ILIKE 'B'", "b"),
        ("run_id = '<c>'", "c"),
        ("attributes.run_id IN ('<a>', '<e>')", "ea"),
        ("run_id NOT IN ('<a>', '<b>')", "fedc"),
        ("start_time > 1003", "fe"),
        ("attributes.start_time = 1000", "a"),
        ("end_time <= 4997", "fed"),
        ("attributes.artifact_uri LIKE '%<d>%'", "d"),
        ("user_id = 'unknown'", "fedcba"),
        ("user_id = 'nobody'", ""),
        ("metrics.none > 0", ""),
        ("params.depth = '3' AND params.depth = '4'", ""),
        ("params.none IS NULL", "fedcba"),
        ("params.depth IS NOT NULL", "fedcba"),
        ("tags.even IS NULL", "fdb"),
        ("tags.even is not null", "eca"),
    ],
)
def test_filters(found, filter, expected):
    assert found(filter) == expected


@pytest.mark.parametrize(
    "order, expected",
    [
        (["metrics.accuracy"], "ebafcd"),
        (["metrics.accuracy ASC"], "ebafcd"),
        (["metrics.accuracy DESC"], "fabecd"),
        (["metrics.none"], "fedcba"),
        (["params.depth DESC"], "fedcba"),
        (["params.depth"], "abcdef"),
        (["params.Kind", "attributes.start_time ASC"], "bdface"),
        (["tags.even", "start_time"], "acebdf"),
        (["attributes.status", "run_name DESC"], "bfedca"),
        (["start_time asc"], "abcdef"),
        (["end_time"], "fedcba"),
        (["metrics.`odd key/1` desc"], "fedcba"),
        (["attributes.run_name"], "abcdef"),
    ],
)
def test_order(found, order, expected):
    assert found(order=order) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6, 7])
def test_pages(found, client, size):
    seen, token = "", None
    while True:
        page = client.search_runs([found.experiment], max_results=size, order_by=["metrics.accuracy"], page_token=token)
        assert len(page) <= size
        seen += "".join(run.info.run_name for run in page)
        token = page.token
        if not token:
            break
    assert seen == "ebafcd"


def test_views(found, client):
    client.delete_run(found.ids["c"])
    try:
        assert found() == "fedba"
        assert found(run_view_type=ViewType.DELETED_ONLY) == "c"
        assert found(run_view_type=ViewType.ALL) == "fedcba"
    finally:
        client.restore_run(found.ids["c"])


def test_several_experiments(found, client, name):
    other = client.create_experiment(name)
    client.create_run(other, run_name="z", start_time=1)
    assert len(client.search_runs([found.experiment, other])) == 7
    assert client.search_runs([]) == [] and client.search_runs(["999999"]) == []
    frame = mlflow.search_runs(experiment_names=[name, "searched"], order_by=["start_time"])
    assert list(frame["tags.mlflow.runName"]) == ["z", *"abcdef"]
    assert frame["params.depth"][1] == "0" and frame["metrics.accuracy"][2] == 0.5


def test_a_datasets_name_is_searched(client, experiment, run):
    import pandas as pd

    with mlflow.start_run(run_id=run):
        mlflow.log_input(mlflow.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="flights"), context="training")
    for filter in ["datasets.name = 'flights'", "dataset.name LIKE 'fl%'", "datasets.context = 'training'"]:
        assert [r.info.run_id for r in client.search_runs([experiment], filter)] == [run]
    assert client.search_runs([experiment], "datasets.name = 'trains'") == []


@pytest.mark.parametrize(
    "filter",
    ["metrics.a", "metrics.a >", "metrics.a > 'x'", "metrics.a LIKE 'x'", "params.a > '1'", "params.a = 1", "params.a = x",
     "a.b = 1", "nothing = 'x'", "status > 'A'", "metrics.a > 1 OR metrics.b > 1", "(metrics.a > 1)", "metrics.a BETWEEN 1 AND 2",
     "   ", "params.a = 'unclosed", "start_time > 'x'", "run_name IN ('a')",
     "metrics.a > 1; DROP TABLE runs", "1 = 1"],
)  # fmt: skip
def test_filters_that_make_no_sense(client, found, filter):
    with error("INVALID_PARAMETER_VALUE"):
        client.search_runs([found.experiment], filter)


@pytest.mark.skipif(real_server, reason="the real server drops what it does not understand here")
@pytest.mark.parametrize("filter", ["AND", "params.a = 'x' metrics.a > 1", "params.a = 'x' AND"])
def test_filters_that_break_off(client, found, filter):
    with error("INVALID_PARAMETER_VALUE"):
        client.search_runs([found.experiment], filter)


@pytest.mark.parametrize("options", [{"order_by": ["accuracy"]}, {"order_by": ["metrics.a UP"]}, {"order_by": [""]}, {"max_results": 0}, {"max_results": 50001}, {"page_token": "junk"}])  # fmt: skip
def test_searches_that_make_no_sense(client, found, options):
    with error("INVALID_PARAMETER_VALUE"):
        client.search_runs([found.experiment], **options)


@pytest.mark.parametrize("value", ["it's", 'double"quote', "back`tick", "per%cent", "under_score", "uni ☃", "back\\slash", "semi;colon", "--"])
def test_values_of_every_kind_are_found(client, experiment, run, value):
    client.set_tag(run, "odd", value)
    found = client.search_runs([experiment], f"tags.odd = {quoted(value)}")
    assert [r.info.run_id for r in found] == [run]
