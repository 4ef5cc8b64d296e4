"""Registered models, their versions, aliases and stages."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest

from conftest import error, quoted, real_server

warnings.filterwarnings("ignore", category=FutureWarning, message=".*[Ss]tage.*")


def numbers(versions):
    return [int(version.version) for version in versions]


def names(models):
    return [model.name for model in models]


def test_a_registered_model(client, name):
    made = client.create_registered_model(name, tags={"a": "1", "b": ""}, description="what it is for")
    found = client.get_registered_model(name)
    assert (found.name, found.description, found.tags, found.aliases) == (name, "what it is for", {"a": "1", "b": ""}, {})
    assert found.latest_versions == [] and found.creation_timestamp == made.creation_timestamp > 1_600_000_000_000
    with error("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={name}) already exists."):
        client.create_registered_model(name)


@pytest.mark.parametrize("bad", ["", "a/b", "a:b"])
def test_names_that_are_refused(client, bad):
    with error("INVALID_PARAMETER_VALUE"):
        client.create_registered_model(bad)


def test_names_in_every_script(client, name):
    for suffix in [" with space", " ünï 日本", "'quote", '"quotes"', "%like_", "#hash?", "&amp=+", "é" * 100]:
        client.create_registered_model(name + suffix)
        assert client.get_registered_model(name + suffix).name == name + suffix
        assert names(client.search_registered_models(f"name = {quoted(name + suffix)}")) == [name + suffix]


def test_update_and_tags(client, model):
    client.update_registered_model(model, "new words")
    client.set_registered_model_tag(model, "k", 1)
    client.set_registered_model_tag(model, "k", "ü" * 4000)
    found = client.get_registered_model(model)
    assert (found.description, found.tags) == ("new words", {"k": "ü" * 4000})
    assert found.last_updated_timestamp >= found.creation_timestamp
    client.delete_registered_model_tag(model, "k")
    client.delete_registered_model_tag(model, "k")
    assert client.get_registered_model(model).tags == {}


def test_rename(client, model, versions):
    versions(2)
    client.set_registered_model_alias(model, "champion", 1)
    client.rename_registered_model(model, model + "-new")
    with error("RESOURCE_DOES_NOT_EXIST", f"Registered Model with name={model} not found"):
        client.get_registered_model(model)
    found = client.get_registered_model(model + "-new")
    assert {alias: str(version) for alias, version in found.aliases.items()} == {"champion": "1"}
    assert client.get_model_version(model + "-new", "2").name == model + "-new"
    client.create_registered_model(model)
    with error("RESOURCE_ALREADY_EXISTS", f"Registered Model (name={model}) already exists."):
        client.rename_registered_model(model + "-new", model)


def test_delete(client, model, versions):
    versions()
    client.delete_registered_model(model)
    for call in [lambda: client.get_registered_model(model), lambda: client.delete_registered_model(model),
                 lambda: client.update_registered_model(model, "d"), lambda: client.set_registered_model_tag(model, "k", "v"),
                 lambda: client.create_model_version(model, "mlflow-artifacts:/0/x/artifacts/m")]:  # fmt: skip
        with pytest.raises(mlflow.MlflowException) as raised:
            call()
        assert raised.value.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
    client.create_registered_model(model)
    assert client.search_model_versions(f"name = '{model}'") == []


def test_search(client, name):
    for suffix, tag in {"-b": "x", "-a": "x", "-c": "y", "-d": None}.items():
        client.create_registered_model(name + suffix, tags={"k": tag} if tag else None)

    def search(filter, **options):
        return "".join(n[-1] for n in names(client.search_registered_models(filter, **options)))

    mine = f"name LIKE '{name}-%'"
    assert search(mine) == "abcd", "by name"
    assert search(f"name = '{name}-b'") == "b" and search(f"name ILIKE '{name.upper()}-A'") == "a"
    assert search(f"{mine} AND tags.k = 'x'") == "ab" and search(f"{mine} AND tag.k LIKE 'y%'") == "c"
    assert search(f"{mine} AND tags.k != 'x'") == "c"
    assert search(f"{mine} AND name != '{name}-a'") == "bcd"
    assert search(mine, order_by=["name DESC"]) == "dcba"
    assert search(mine, order_by=["last_updated_timestamp ASC", "name"]) == "bacd"
    assert search(mine, order_by=["timestamp DESC", "name"]) == "dcab"
    page = client.search_registered_models(mine, max_results=3)
    assert len(page) == 3 and page.token
    rest = client.search_registered_models(mine, max_results=3, page_token=page.token)
    assert names(rest) == [name + "-d"] and not rest.token
    assert name + "-a" in names(client.search_registered_models(max_results=1000))


@pytest.mark.parametrize("options", [{"filter_string": "name > 'x'"}, {"filter_string": "alias = 'x'"}, {"filter_string": "name = 'a' OR name = 'b'"}, {"order_by": ["colour"]}, {"max_results": 1001}, {"page_token": "junk"}])  # fmt: skip
def test_searches_that_make_no_sense(client, options):
    with error("INVALID_PARAMETER_VALUE"):
        client.search_registered_models(**options)


def test_a_version(client, experiment, model):
    run = client.create_run(experiment).info
    client.log_text(run.run_id, "w", "model/w.txt")
    made = client.create_model_version(
        model, f"{run.artifact_uri}/model", run.run_id, tags={"t": "1"}, run_link="http://example.org/run", description="d"
    )
    found = client.get_model_version(model, "1")
    assert (found.name, str(found.version), found.run_id, found.status) == (model, "1", run.run_id, "READY")
    assert (found.source, found.run_link, found.description) == (f"{run.artifact_uri}/model", "http://example.org/run", "d")  # fmt: skip
    assert (found.tags, found.aliases, found.current_stage) == ({"t": "1"}, [], "None")
    assert found.creation_timestamp == made.creation_timestamp
    assert numbers(client.get_registered_model(model).latest_versions) == [1]
    assert client.get_model_version_download_uri(model, "1").startswith("mlflow-artifacts:/")


def test_versions_are_numbered(client, model, versions):
    assert numbers(versions(4)) == [1, 2, 3, 4]
    client.delete_model_version(model, "2")
    client.delete_model_version(model, "3")
    assert numbers(versions()) == [5]
    assert numbers(client.search_model_versions(f"name = '{model}'", order_by=["version_number ASC"])) == [1, 4, 5]
    with error("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={model}, version=2) not found"):
        client.get_model_version(model, "2")


def test_a_version_is_described(client, model, versions):
    versions()
    client.update_model_version(model, "1", "what changed")
    client.set_model_version_tag(model, "1", "k", "v")
    client.set_model_version_tag(model, "1", "k", 2)
    client.set_model_version_tag(model, "1", "j", "w")
    client.delete_model_version_tag(model, "1", "j")
    client.delete_model_version_tag(model, "1", "j")
    found = client.get_model_version(model, "1")
    assert (found.description, found.tags) == ("what changed", {"k": "2"})
    assert found.last_updated_timestamp >= found.creation_timestamp


def test_versions_are_searched(client, model, versions):
    made = versions(3)
    client.set_model_version_tag(model, "2", "k", "v")
    client.update_model_version(model, "2", "updated last")

    def search(more="", **options):
        return numbers(client.search_model_versions(f"name = '{model}'{more}", **options))

    assert search(order_by=["version_number ASC"]) == [1, 2, 3]
    assert search(order_by=["version_number DESC"]) == [3, 2, 1]
    assert search(order_by=["creation_timestamp ASC", "version_number ASC"]) == [1, 2, 3]
    assert search()[0] == 2, "last updated first"
    assert search(f" AND run_id = '{made[2].run_id}'") == [3]
    assert search(f" AND run_id IN ('{made[0].run_id}', '{made[1].run_id}')", order_by=["version_number ASC"]) == [1, 2]
    assert search(f" AND source_path = '{made[1].source}'") == [2]
    assert search(" AND version_number > 1", order_by=["version_number ASC"]) == [2, 3]
    assert search(" AND tags.k = 'v'") == [2] and search(" AND tags.k = 'w'") == []
    assert numbers(client.search_model_versions(f"run_id = '{made[0].run_id}'")) == [1]
    page = client.search_model_versions(f"name = '{model}'", order_by=["version_number ASC"], max_results=2)
    assert numbers(page) == [1, 2] and page.token
    assert search(order_by=["version_number ASC"], max_results=2, page_token=page.token) == [3]
    for bad in ["alias = 'x'", "current_stage = 'None'", "name > 'a'", "version_number = 'x'", "name = 'a' OR name = 'b'"]:
        with error("INVALID_PARAMETER_VALUE"):
            client.search_model_versions(bad)


def test_aliases(client, model, versions):
    versions(3)
    client.set_registered_model_alias(model, "champion", 1)
    client.set_registered_model_alias(model, "candidate", "2")
    client.set_registered_model_alias(model, "also", "2")
    client.set_registered_model_alias(model, "123", "1")
    assert str(client.get_model_version_by_alias(model, "champion").version) == "1"
    assert sorted(client.get_model_version(model, "2").aliases) == ["also", "candidate"]
    assert {k: str(v) for k, v in client.get_registered_model(model).aliases.items()} == {"champion": "1", "candidate": "2", "also": "2", "123": "1"}  # fmt: skip
    client.set_registered_model_alias(model, "champion", 2)
    assert str(client.get_model_version_by_alias(model, "champion").version) == "2", "moved"
    # Ours names what was champion before `previous`.
    assert [a for a in client.get_model_version(model, "1").aliases if a != "previous"] == ["123"]
    client.delete_registered_model_alias(model, "also")
    client.delete_registered_model_alias(model, "also")
    with error("INVALID_PARAMETER_VALUE", "Registered model alias also not found."):
        client.get_model_version_by_alias(model, "also")
    client.set_registered_model_alias(model, "third", 3)
    client.delete_registered_model_alias(model, "third")
    client.delete_model_version(model, "3")
    assert "third" not in client.get_registered_model(model).aliases


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V2", "a b", "a/b", "", "x" * 256])
def test_aliases_that_are_refused(client, model, versions, alias):
    versions()
    with error("INVALID_PARAMETER_VALUE"):
        client.set_registered_model_alias(model, alias, 1)


def test_what_aliases_and_versions_do_not_exist(client, model):
    with error("RESOURCE_DOES_NOT_EXIST", f"Model Version (name={model}, version=99) not found"):
        client.set_registered_model_alias(model, "champion", 99)
    with error("INVALID_PARAMETER_VALUE", "Parameter 'version' must be an integer"):
        client.get_model_version(model, "abc")
    with error("RESOURCE_DOES_NOT_EXIST"):
        client.delete_model_version(model, "7")
    with error("RESOURCE_DOES_NOT_EXIST"):
        client.get_latest_versions("no such model")


def test_stages(client, model, versions):
    versions(3)
    assert client.transition_model_version_stage(model, "1", "Production").current_stage == "Production"
    client.transition_model_version_stage(model, "2", "staging")
    assert client.get_model_version(model, "2").current_stage == "Staging", "in any case"
    assert sorted(numbers(client.get_latest_versions(model))) == [1, 2, 3]
    assert numbers(client.get_latest_versions(model, ["Production"])) == [1]
    client.transition_model_version_stage(model, "3", "Production", archive_existing_versions=True)
    stages = [client.get_model_version(model, str(n)).current_stage for n in (1, 2, 3)]
    assert stages == ["Archived", "Staging", "Production"]
    assert sorted((v.current_stage, int(v.version)) for v in client.get_registered_model(model).latest_versions) == [("Archived", 1), ("Production", 3), ("Staging", 2)]  # fmt: skip
    with error("INVALID_PARAMETER_VALUE", "Invalid Model Version stage: Foo. Value must be one of None, Staging, Production, Archived."):  # fmt: skip
        client.transition_model_version_stage(model, "1", "Foo")


def test_a_version_is_copied(client, model, versions):
    versions(2)
    copy = client.copy_model_version(f"models:/{model}/2", model + "-prod")
    assert (copy.name, str(copy.version), copy.source) == (model + "-prod", "1", f"models:/{model}/2")
    again = client.copy_model_version(f"models:/{model}/1", model + "-prod")
    assert str(again.version) == "2"
    uri = client.get_model_version_download_uri(copy.name, "1")
    assert uri.startswith("mlflow-artifacts:/")
    assert mlflow.artifacts.load_text(f"{uri}/weights.txt") == "weights"


def test_a_models_files_are_downloaded(client, model, versions, tmp_path):
    versions()
    client.set_registered_model_alias(model, "champion", 1)
    for uri in [f"models:/{model}/1", f"models:/{model}@champion", f"models:/{model}/latest"]:
        path = mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(tmp_path / uri.replace("/", "-")))
        with open(f"{path}/weights.txt") as file:
            assert file.read() == "weights"


def test_clients_that_race_for_the_next_number(client, model, experiment):
    run = client.create_run(experiment).info

    def make(_):
        made = client.create_model_version(model, f"{run.artifact_uri}/m", run.run_id, await_creation_for=0)
        return int(made.version)

    count = 8 if real_server else 80  # the real server tries three times, and then answers 500
    with ThreadPoolExecutor(8) as pool:
        made = sorted(pool.map(make, range(count)))
    assert made == list(range(1, count + 1)), "no gap, no duplicate"
