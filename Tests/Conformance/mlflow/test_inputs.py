"""What runs read and made: datasets, inputs, outputs, and logged models."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from conftest import VERSION, error, needs_logged_models, real_server

if VERSION >= (3,):
    from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelParameter


@pytest.fixture
def dataset():
    frame = pd.DataFrame({"x": [1.0, 2.0, np.nan], "s": ["a", "b", "ü"], "y": [0, 1, 0]})
    return mlflow.data.from_pandas(frame, source="https://example.org/flights.csv", name="flights", targets="y")


def test_a_dataset(client, experiment, dataset):
    with mlflow.start_run() as active:
        mlflow.log_input(dataset, context="training", tags={"split": "2013"})
        mlflow.log_input(mlflow.data.from_numpy(np.zeros((3, 2)), name="zeros"), context="testing")
        mlflow.log_input(dataset, context="training")
    found = client.get_run(active.info.run_id).inputs.dataset_inputs
    assert sorted(i.dataset.name for i in found) == ["flights", "zeros"], "each once"
    flights = next(i for i in found if i.dataset.name == "flights")
    assert flights.dataset.digest == dataset.digest and flights.dataset.source_type == "http"
    assert flights.dataset.schema == dataset.to_dict()["schema"] and flights.dataset.profile == dataset.to_dict()["profile"]
    assert flights.dataset.source == dataset.source.to_json()
    assert {t.key: t.value for t in flights.tags} == {"mlflow.data.context": "training", "split": "2013"}
    in_search = client.search_runs([experiment])[0].inputs.dataset_inputs
    assert sorted(i.dataset.name for i in in_search) == ["flights", "zeros"]


def test_a_dataset_is_shared_by_runs(client, experiment, dataset):
    for _ in range(3):
        with mlflow.start_run():
            mlflow.log_input(dataset, context="training")
    runs = client.search_runs([experiment], f"dataset.digest = '{dataset.digest}'")
    assert len(runs) == 3 and all(len(r.inputs.dataset_inputs) == 1 for r in runs)


@needs_logged_models
def test_a_metric_of_a_dataset_and_a_model(client, experiment, dataset):
    model = mlflow.initialize_logged_model(name="m")
    with mlflow.start_run() as active:
        mlflow.log_metrics({"auc": 0.75}, step=2, dataset=dataset, model_id=model.model_id)
    found = client.get_logged_model(model.model_id).metrics
    assert [(m.key, m.value, m.step, m.dataset_name, m.dataset_digest, m.run_id) for m in found] == [("auc", 0.75, 2, "flights", dataset.digest, active.info.run_id)]  # fmt: skip
    run = client.get_run(active.info.run_id)
    assert run.data.metrics == {"auc": 0.75}
    assert [i.model_id for i in run.inputs.model_inputs] == [model.model_id]
    by_dataset = {"datasets": [{"dataset_name": "flights", "dataset_digest": dataset.digest}]}
    search = lambda **o: [m.name for m in client.search_logged_models([experiment], **o)]  # noqa: E731
    assert search(filter_string="metrics.auc > 0.7") == ["m"] and search(filter_string="metrics.auc > 0.8") == []
    assert search(filter_string="metrics.auc > 0.7", **by_dataset) == ["m"]
    assert search(filter_string="metrics.auc > 0.7", datasets=[{"dataset_name": "trains"}]) == []


@needs_logged_models
def test_inputs_and_outputs(client, experiment, run):
    a, b = (client.create_logged_model(experiment, name=n).model_id for n in "ab")
    client.log_inputs(run, models=[LoggedModelInput(a)])
    client.log_outputs(run, [LoggedModelOutput(b, step=3), LoggedModelOutput(a, step=2**33)])
    found = client.get_run(run)
    assert [i.model_id for i in found.inputs.model_inputs] == [a]
    assert sorted((o.model_id, o.step) for o in found.outputs.model_outputs) == sorted([(b, 3), (a, 2**33)])
    assert [o.model_id for o in client.search_runs([experiment])[0].outputs.model_outputs]


@needs_logged_models
def test_the_life_of_a_logged_model(client, experiment, run, tmp_path):
    made = client.create_logged_model(
        experiment, name="model", source_run_id=run, tags={"a": "1"}, params={"depth": "8"}, model_type="classifier"
    )
    assert made.model_id.startswith("m-") and made.status.name == "PENDING"
    assert made.artifact_location == f"mlflow-artifacts:/{experiment}/models/{made.model_id}/artifacts"
    found = client.get_logged_model(made.model_id)
    assert (found.name, found.experiment_id, found.source_run_id, found.model_type) == ("model", experiment, run, "classifier")  # fmt: skip
    assert (found.tags, found.params) == ({"a": "1"}, {"depth": "8"}) and not found.metrics
    client.set_logged_model_tags(made.model_id, {"a": 2, "b": "ü"})
    client.delete_logged_model_tag(made.model_id, "a")
    assert client.get_logged_model(made.model_id).tags == {"b": "ü"}
    with pytest.raises(mlflow.MlflowException):
        client.delete_logged_model_tag(made.model_id, "a")
    ready = client.finalize_logged_model(made.model_id, "READY")
    assert ready.status.name == "READY" and ready.last_updated_timestamp >= made.creation_timestamp
    assert client.finalize_logged_model(made.model_id, "FAILED").status.name == "FAILED"
    (tmp_path / "sub").mkdir()
    (tmp_path / "w.txt").write_text("w")
    (tmp_path / "sub" / "v.txt").write_text("v")
    client.log_model_artifacts(made.model_id, str(tmp_path))
    assert [f.path for f in client.list_logged_model_artifacts(made.model_id)] == ["sub", "w.txt"]
    client.delete_logged_model(made.model_id)
    with error("RESOURCE_DOES_NOT_EXIST", f"Logged model with ID '{made.model_id}' not found."):
        client.get_logged_model(made.model_id)
    assert client.search_logged_models([experiment]) == []


@needs_logged_models
def test_many_params(client, experiment):
    params = {f"p{i:03}": str(i) for i in range(250)}
    made = mlflow.initialize_logged_model(name="wide", params=params)
    assert client.get_logged_model(made.model_id).params == params


@needs_logged_models
@pytest.mark.parametrize("bad", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_names_that_a_logged_model_may_not_have(client, experiment, bad):
    with error("INVALID_PARAMETER_VALUE"):
        client.create_logged_model(experiment, name=bad)


@needs_logged_models
def test_logged_models_are_searched(client, experiment, run):
    ids = {}
    for i, n in enumerate("abcd"):
        made = client.create_logged_model(
            experiment, name=n, source_run_id=run, model_type="T" if i < 2 else "U", params={"i": str(i)}, tags={"t": n}
        )
        ids[n] = made.model_id
        if i != 3:
            client.log_metric(run, "acc", i * 0.25, timestamp=i + 1, step=i, model_id=made.model_id)
            client.finalize_logged_model(made.model_id, "READY")

    def search(filter=None, **options):
        return "".join(m.name for m in client.search_logged_models([experiment], filter, **options))

    by = lambda field, ascending=True: [{"field_name": field, "ascending": ascending}]  # noqa: E731
    assert search() == "dcba", "newest first"
    assert search("name = 'b'") == search("name='b'") == "b"
    assert search("name LIKE '%'", order_by=by("name")) == "abcd"
    assert search("model_type = 'T'", order_by=by("name")) == "ab"
    assert real_server or search("status = 'READY'", order_by=by("name")) == "abc", "there, the status is a number"
    assert search("params.i = '2'") == "c" and search("tags.t = 'd'") == "d" and search("tags.t != 'd'") == "cba"
    assert search(f"model_id = '{ids['a']}'") == "a"
    assert search(f"source_run_id = '{run}' AND params.i = '0'") == "a"
    assert search(f"source_run_id IN ('{run}')", order_by=by("name")) == "abcd"
    assert search("metrics.acc >= 0.25") == "cb"
    assert search("creation_timestamp > 0", order_by=by("creation_timestamp")) == "abcd"
    assert search(order_by=by("metrics.acc", False)) == "cbad"
    assert search(order_by=by("metrics.acc")) == "abcd"
    assert search(order_by=by("name", False), max_results=3) == "dcb"
    page = client.search_logged_models([experiment], order_by=by("name"), max_results=3)
    assert page.token
    assert search(order_by=by("name"), max_results=3, page_token=page.token) == "d"
    for bad in ["name > 'x'", "nothing = 'x'", "name ="] + ([] if real_server else ["metrics.acc = 'x'"]):
        with error("INVALID_PARAMETER_VALUE"):
            search(bad)


@needs_logged_models
def test_an_active_model(client, experiment):
    mlflow.set_active_model(name="app")
    try:
        id = mlflow.get_active_model_id()
        assert client.get_logged_model(id).name == "app"
        with mlflow.start_run() as active:
            mlflow.log_metric("m", 1.0)
        assert [i.model_id for i in client.get_run(active.info.run_id).inputs.model_inputs] == [id]
    finally:
        mlflow.clear_active_model()
