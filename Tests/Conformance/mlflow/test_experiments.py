"""Experiments: making, finding, renaming, deleting and restoring them."""

import mlflow
import pytest
from mlflow.entities import ViewType

from conftest import error


def names(experiments):
    return [experiment.name for experiment in experiments]


def test_a_new_experiment(client, name):
    made = client.create_experiment(name, tags={"team": "risk", "empty": ""})
    found = client.get_experiment(made)
    assert dict(found) == dict(client.get_experiment_by_name(name))
    assert (found.experiment_id, found.name, found.lifecycle_stage) == (made, name, "active")
    assert found.tags == {"team": "risk", "empty": ""}
    assert found.artifact_location == f"mlflow-artifacts:/{made}"
    assert found.creation_time == found.last_update_time > 1_600_000_000_000


def test_an_artifact_location_of_ones_own(client, name):
    made = client.create_experiment(name, artifact_location="mlflow-artifacts:/elsewhere")
    assert client.get_experiment(made).artifact_location == "mlflow-artifacts:/elsewhere"
    run = client.create_run(made)
    assert run.info.artifact_uri == f"mlflow-artifacts:/elsewhere/{run.info.run_id}/artifacts"
    client.log_text(run.info.run_id, "here", "a.txt")
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["a.txt"]


def test_the_default_experiment_is_there(client):
    assert client.get_experiment("0").name == "Default"
    with mlflow.start_run(experiment_id="0") as run:
        assert run.info.experiment_id == "0"


def test_names_in_every_script(client, name):
    for suffix in ["ünïcødé 日本語", "a/b", 'quote"s', "it's", "100%", "x" * 400]:
        made = client.create_experiment(name + suffix)
        assert client.get_experiment_by_name(name + suffix).experiment_id == made


def test_an_experiment_is_made_once(client, name):
    client.create_experiment(name)
    with error("RESOURCE_ALREADY_EXISTS", f"Experiment(name={name}) already exists"):
        client.create_experiment(name)
    assert mlflow.set_experiment(name).name == name


def test_an_experiment_that_does_not_exist(client, name):
    assert client.get_experiment_by_name(name) is None
    with error("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=987654 exists"):
        client.get_experiment("987654")
    with error("RESOURCE_DOES_NOT_EXIST"):
        client.create_run("987654")


def test_rename(client, name):
    made = client.create_experiment(name)
    client.rename_experiment(made, name + " renamed")
    assert client.get_experiment(made).name == name + " renamed"
    assert client.get_experiment_by_name(name) is None
    client.create_experiment(name)
    with pytest.raises(mlflow.MlflowException):
        client.rename_experiment(made, name)


def test_delete_and_restore(client, name):
    made = client.create_experiment(name)
    run = client.create_run(made).info.run_id
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    with error("INVALID_PARAMETER_VALUE", f"The experiment {made} must be in the 'active' state"):
        client.create_run(made)
    with pytest.raises(mlflow.MlflowException, match="Cannot set a deleted experiment"):
        mlflow.set_experiment(name)
    client.restore_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "active"
    assert client.get_run(run).info.lifecycle_stage == "active"
    with error("RESOURCE_DOES_NOT_EXIST", f"No Experiment with id={made} exists"):
        client.restore_experiment(made)


def test_tags(client, name):
    made = client.create_experiment(name)
    client.set_experiment_tag(made, "a", "1")
    client.set_experiment_tag(made, "a", 2)
    client.set_experiment_tag(made, "b.c/d e", "ü" * 3000)
    assert client.get_experiment(made).tags == {"a": "2", "b.c/d e": "ü" * 3000}
    if hasattr(client, "delete_experiment_tag"):
        client.delete_experiment_tag(made, "a")
        assert "a" not in client.get_experiment(made).tags
        with error("RESOURCE_DOES_NOT_EXIST"):
            client.delete_experiment_tag(made, "a")


@pytest.fixture
def four(client, name):
    """Experiments of one prefix, the third deleted."""
    made = [client.create_experiment(f"{name}-{i}", tags={"group": name, "i": str(i)}) for i in range(4)]
    client.delete_experiment(made[2])
    return [f"{name}-{i}" for i in range(4)]


def test_search(client, name, four):
    mine = f"name LIKE '{name}-%'"

    def search(more="", **options):
        return names(client.search_experiments(filter_string=mine + more, **options))

    assert search() == [four[3], four[1], four[0]], "newest first"
    assert search(view_type=ViewType.ALL, order_by=["name"]) == four
    assert search(view_type=ViewType.DELETED_ONLY) == [four[2]]
    assert search(order_by=["name DESC"]) == [four[3], four[1], four[0]]
    assert search(order_by=["creation_time ASC", "name"]) == [four[0], four[1], four[3]]
    assert search(" AND tags.i = '1'") == [four[1]]
    assert search(" AND tags.i != '1' AND tag.group = '%s'" % name, order_by=["name"]) == [four[0], four[3]]
    assert search(f" AND name != '{four[0]}'", order_by=["name"]) == [four[1], four[3]]
    assert names(client.search_experiments(filter_string=f"name ILIKE '{name.upper()}-_'", order_by=["name"])) == [four[0], four[1], four[3]]  # fmt: skip
    assert names(client.search_experiments(filter_string=f"name = '{four[1]}'")) == [four[1]]
    assert search(" AND creation_time > 0 AND last_update_time >= 1", order_by=["name"]) == [four[0], four[1], four[3]]
    assert search(" AND creation_time < 0") == []


def test_pages(client, name):
    made = [f"{name}-{i:02}" for i in range(25)]
    for each in made:
        client.create_experiment(each)
    seen, token = [], None
    while True:
        page = client.search_experiments(
            filter_string=f"name LIKE '{name}-%'", order_by=["name"], max_results=10, page_token=token
        )
        seen += names(page)
        token = page.token
        if not token:
            break
    assert seen == made
    full = client.search_experiments(filter_string=f"name LIKE '{name}-%'", max_results=25)
    assert len(full) == 25 and not full.token, "the last page has no token, though it is full"


@pytest.mark.parametrize("options", [{"max_results": 0}, {"page_token": "junk"}, {"filter_string": "name > 'x'"}, {"filter_string": "metrics.a = 1"}, {"filter_string": "name = "}, {"order_by": ["colour"]}])  # fmt: skip
def test_a_search_that_makes_no_sense(client, options):
    with error("INVALID_PARAMETER_VALUE"):
        client.search_experiments(**options)
