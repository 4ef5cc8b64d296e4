"""Artifacts of runs: up, listed, down, and deleted."""

import hashlib
import json
import os
import pathlib
import random

import mlflow
import numpy as np
import pandas as pd
import pytest




def listed(client, run, path=None):
    return [(file.path, file.is_dir, file.file_size) for file in client.list_artifacts(run, path)]


def download(client, run, path, folder):
    return pathlib.Path(client.download_artifacts(run, path, str(folder)))


@pytest.fixture
def tree(tmp_path):
    """A folder with files in folders, one of them empty."""
    files = {"a.txt": b"a", "empty.bin": b"", "deep/b.json": b'{"b":1}', "deep/er/c.dat": bytes(range(256)) * 10}
    root = tmp_path / "tree"
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root, files


def test_a_tree_up_and_down(client, run, tree, tmp_path):
    root, files = tree
    client.log_artifacts(run, str(root))
    client.log_artifacts(run, str(root), "under/it")
    for prefix in ["", "under/it/"]:
        for path, content in files.items():
            assert download(client, run, prefix + path, tmp_path).read_bytes() == content
    whole = download(client, run, "", tmp_path)
    kept = {str(p.relative_to(whole)): p.read_bytes() for p in (whole / "under/it").rglob("*") if p.is_file()}
    assert kept == {f"under/it/{path}": content for path, content in files.items()}


def test_lists(client, run, tree):
    client.log_artifacts(run, str(tree[0]))
    root = listed(client, run)
    assert [(path, folder) for path, folder, _ in root] == [("a.txt", False), ("deep", True), ("empty.bin", False)]
    assert root[0][2] == 1 and not root[2][2]
    assert listed(client, run, "deep") == [("deep/b.json", False, 7), ("deep/er", True, None)]
    assert listed(client, run, "deep/er") == [("deep/er/c.dat", False, 2560)]
    assert listed(client, run, "a.txt") == [], "a file is no folder"
    assert listed(client, run, "none") == []


@pytest.mark.parametrize("name", ["with space.txt", "ünïcødé 日本語.txt", "a+b&c;d=e:f'g.txt", "[x](y){z}.txt", "~tilde~", ".hidden", "a@b!c$d,e.txt"])
def test_names(client, run, name, tmp_path):
    (tmp_path / name).write_bytes(name.encode())
    client.log_artifact(run, str(tmp_path / name), "folder of ☃")
    assert listed(client, run, "folder of ☃") == [(f"folder of ☃/{name}", False, len(name.encode()))]
    (tmp_path / "down").mkdir()
    assert download(client, run, f"folder of ☃/{name}", tmp_path / "down").read_bytes() == name.encode()


def test_a_large_file(client, run, tmp_path):
    content = random.Random(1).randbytes(12 * 1024 * 1024)
    (tmp_path / "large.bin").write_bytes(content)
    client.log_artifact(run, str(tmp_path / "large.bin"))
    assert listed(client, run) == [("large.bin", False, len(content))]
    (tmp_path / "down").mkdir()
    down = download(client, run, "large.bin", tmp_path / "down").read_bytes()
    assert hashlib.sha256(down).digest() == hashlib.sha256(content).digest()


def test_many_files(client, run, tmp_path):
    (tmp_path / "up").mkdir()
    for i in range(120):
        (tmp_path / "up" / f"{i:03}.txt").write_text(str(i))
    client.log_artifacts(run, str(tmp_path / "up"), "many")
    assert [path for path, _, _ in listed(client, run, "many")] == [f"many/{i:03}.txt" for i in range(120)]
    folder = download(client, run, "many", tmp_path)
    assert [int((folder / f"{i:03}.txt").read_text()) for i in range(120)] == list(range(120))


def test_a_file_is_overwritten(client, run, tmp_path):
    client.log_text(run, "the first, which is longer", "note.txt")
    client.log_text(run, "the second", "note.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run}/note.txt") == "the second"
    assert listed(client, run) == [("note.txt", False, 10)]


def test_what_the_fluent_client_writes(client, experiment):
    image = np.arange(75, dtype=np.uint8).reshape(5, 5, 3)
    with mlflow.start_run() as active:
        mlflow.log_dict({"ü": [1, None, 0.1]}, "data.json")
        mlflow.log_dict({"a": 1}, "data.yaml")
        mlflow.log_text("text", "dir/text.txt")
        mlflow.log_image(image, "image.png")
        mlflow.log_image(image, key="steps", step=3, timestamp=7, synchronous=True)
        mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json")
        mlflow.log_table({"q": ["c"], "n": [3]}, "table.json")
    run, uri = active.info.run_id, f"runs:/{active.info.run_id}"
    assert mlflow.artifacts.load_dict(f"{uri}/data.json") == {"ü": [1, None, 0.1]}
    assert np.array_equal(np.array(mlflow.artifacts.load_image(f"{uri}/image.png")), image)
    assert len(client.list_artifacts(run, "images")) == 2, "the image and a small one"
    table = mlflow.load_table("table.json", run_ids=[run])
    assert list(table["q"]) == ["a", "b", "c"] and list(table["n"]) == [1, 2, 3]
    tags = client.get_run(run).data.tags
    assert json.loads(tags["mlflow.loggedArtifacts"]) == [{"path": "table.json", "type": "table"}]
    assert tags["mlflow.loggedImages"] == "True"


def test_a_figure(client, experiment):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([1, 2])
    with mlflow.start_run() as active:
        mlflow.log_figure(figure, "plots/figure.png")
    plt.close(figure)
    assert mlflow.artifacts.load_image(f"runs:/{active.info.run_id}/plots/figure.png").size[0] > 100


def test_a_table_from_a_frame(client, run):
    client.log_table(run, pd.DataFrame({"x": [1.5, np.nan], "s": ["ü", None]}), "frame.json")
    table = client.load_table(client.get_run(run).info.experiment_id, "frame.json", run_ids=[run])
    assert table["x"][0] == 1.5 and table["s"][0] == "ü"


def test_an_artifact_that_does_not_exist(client, run, tmp_path):
    with pytest.raises(mlflow.MlflowException):
        download(client, run, "none.txt", tmp_path)


@pytest.mark.parametrize("path", ["../escape", "a/../../escape", "/etc"])
def test_paths_that_lead_out(client, run, path, tmp_path):
    (tmp_path / "f.txt").write_text("x")
    with pytest.raises(Exception):
        client.log_artifact(run, str(tmp_path / "f.txt"), path)
    assert listed(client, run) == []


def test_deleting(client, run, tree):
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    client.log_artifacts(run, str(tree[0]))
    repository = get_artifact_repository(client.get_run(run).info.artifact_uri)
    repository.delete_artifacts("deep/er")
    assert [path for path, _, _ in listed(client, run, "deep")] == ["deep/b.json"]
    repository.delete_artifacts("a.txt")
    repository.delete_artifacts("a.txt")
    assert [path for path, _, _ in listed(client, run)] == ["deep", "empty.bin"]


def test_an_artifact_uri_is_downloaded(client, run, tmp_path):
    client.log_text(run, "text", "d/f.txt")
    uri = client.get_run(run).info.artifact_uri
    assert mlflow.artifacts.load_text(f"{uri}/d/f.txt") == "text"
    assert os.listdir(mlflow.artifacts.download_artifacts(artifact_uri=f"{uri}/d", dst_path=str(tmp_path))) == ["f.txt"]
    assert [f.path for f in mlflow.artifacts.list_artifacts(run_id=run, artifact_path="d")] == ["d/f.txt"]
