"""What docs/registry.md promises of models and of who serves, tried by those who would break it."""

import contextlib
import hashlib
import http.client
import json
import pathlib
import random
import re
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import pytest

import harness

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
TOKEN = "0123456789abcdef"
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "registry.md"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Shared: each test has models and runs of its own."""
    registry = harness.Registry(tmp_path_factory.mktemp("guarantees")).start()
    yield registry
    registry.kill()


@pytest.fixture(scope="module", autouse=True)
def unfinished(registry):
    """Connections that began a request when the first test ran, and never end it; and when that was."""
    head = b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with contextlib.ExitStack() as stack:
        clients = {}
        for part, begun in {"head": head, "body": head + b"Content-Length: 10\r\n\r\n{"}.items():
            client = stack.enter_context(socket.create_connection(("127.0.0.1", registry.http)))
            client.sendall(begun)
            clients[part] = client
        yield clients, time.monotonic()


@pytest.fixture
def model(registry, request):
    """A name of the test's own."""
    name = re.sub(r"\W+", "-", request.node.name)
    registry.post("registered-models/create", {"name": name})
    return name


def run(registry, **keys):
    body = {"experiment_id": "0", "start_time": time.time_ns() // 1_000_000, "run_name": f"{random.random()}", **keys}
    return registry.post("runs/create", body)["run"]["info"]["run_id"]


def log_files(registry, files, folder="model"):
    """Logs files to a new run; the URI of their folder."""
    id = run(registry)
    for path, content in files.items():
        assert registry.request("PUT", f"{ARTIFACTS}/0/{id}/artifacts/{folder}/{quoted(path)}", content).status == 200
    return f"mlflow-artifacts:/0/{id}/artifacts/{folder}"


def version(registry, model, files=None, source=None):
    source = source or log_files(registry, files or {"MLmodel": f"{random.random()}".encode()})
    answer = registry.post("model-versions/create", {"name": model, "source": source})
    return int(answer["model_version"]["version"])


def quoted(text):
    return urllib.parse.quote(text)


def v1(registry, method, path, body=None):
    return registry.call(method, f"/api/v1/{path}", body)


def promote(registry, model, version, expect, **keys):
    return v1(registry, "POST", f"models/{quoted(model)}/promote", {"version": version, "expect": expect, **keys})


def set_alias(registry, model, alias, version):
    body = {"name": model, "alias": alias, "version": str(version)}
    return registry.call("POST", "registered-models/alias", body)[0]


def delete_alias(registry, model, alias):
    assert registry.call("DELETE", "registered-models/alias", {"name": model, "alias": alias})[0] == 200


def delete_model(registry, model):
    return registry.call("DELETE", "registered-models/delete", {"name": model})[0]


def standing(registry, model):
    answer = v1(registry, "GET", f"models/{quoted(model)}")[1]
    return [answer.get(alias) for alias in ("champion", "candidate", "previous")]


def download(registry, model, number, path):
    query = {"name": model, "version": number}
    uri = registry.call("GET", "model-versions/get-download-uri", **query)[1]["artifact_uri"]
    return registry.get(f"{ARTIFACTS}/{uri.removeprefix('mlflow-artifacts:/')}/{quoted(path)}")


def with_champions(registry, model, *champions):
    """Versions 1 … as many as it takes, promoted in that order."""
    for _ in range(max(champions)):
        version(registry, model)
    for expect, champion in zip((None, *champions), champions):
        assert promote(registry, model, champion, expect)[0] == 200
    return model


# A version does not change


def test_a_version_outlives_what_becomes_of_its_run(registry, model):
    source = log_files(registry, {"MLmodel": b"first", "d/w.bin": b"weights"})
    number = version(registry, model, source=source)
    digest = v1(registry, "GET", f"models/{model}/versions/{number}")[1]["digest"]
    path = f"{ARTIFACTS}/{source.removeprefix('mlflow-artifacts:/')}"
    assert registry.request("PUT", f"{path}/MLmodel", b"second").status == 200
    assert registry.request("DELETE", path).status == 200
    registry.post("runs/delete", {"run_id": source.split("/")[2]})
    assert download(registry, model, number, "MLmodel").body == b"first"
    assert download(registry, model, number, "d/w.bin").body == b"weights"
    assert v1(registry, "GET", f"models/{model}/versions/{number}")[1]["digest"] == digest


def test_nothing_is_written_into_a_version(registry, model):
    version(registry, model, {"MLmodel": b"pinned"})
    for root in ("versions", "%76ersions", "versions%2F"):
        for path in (f"{root}/{model}/1/MLmodel", f"{root}/{model}/1/new", f"{root}/{model}", root):
            for method in ("PUT", "DELETE"):
                assert registry.request(method, f"{ARTIFACTS}/{path}", b"evil").status == 400, (method, path)
    assert download(registry, model, 1, "MLmodel").body == b"pinned"


def test_a_version_made_before_its_files_does_not_follow_them(registry, model):
    source = f"mlflow-artifacts:/0/{run(registry)}/artifacts/model"
    number = version(registry, model, source=source)
    path = f"{ARTIFACTS}/{source.removeprefix('mlflow-artifacts:/')}/w"
    seen = []
    for content in (b"first", b"second"):
        registry.request("PUT", path, content)
        seen.append(download(registry, model, number, "w").body)
    assert seen[0] == seen[1]


def test_a_number_means_one_version_even_when_its_model_was_deleted(registry, model):
    version(registry, model, {"MLmodel": b"before"})
    assert delete_model(registry, model) == 200
    registry.post("registered-models/create", {"name": model})
    version(registry, model, {"MLmodel": b"after"})
    answer = registry.get(f"{ARTIFACTS}/versions/{model}/1/MLmodel")
    assert answer.status == 404 or answer.body == b"before"


FILES = {"MLmodel": b"1", "a-b": b"2", "a/x": b"3", "a.b": b"", "Z": b"5", "ü.bin": b"6", "e\u0301": b"7", "a b/c d": b"8", "it's": b"9", "100%": b"10"}


@pytest.mark.parametrize("names", ["plain", "with spaces and quotes"])
def test_anyone_can_compute_the_digest_as_the_documentation_says(registry, model, tmp_path, names):
    files = {p: c for p, c in FILES.items() if names != "plain" or not set(p) & set(" '")}
    number = version(registry, model, files)
    for path, content in files.items():
        (tmp_path / "model" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / path).write_bytes(content)
    recipe = re.search(r"`(find .*sha256sum)`", DOCS.read_text()).group(1)
    done = subprocess.run(recipe, shell=True, cwd=tmp_path / "model", capture_output=True, text=True, check=False)
    assert done.stdout.split()[0] == v1(registry, "GET", f"models/{model}/versions/{number}")[1]["digest"], done.stderr


NAMES = ["a b", "a%20b", "100%", "%2e%2e", "a#b", "a?b", "a&b=c+d", "o'; DROP TABLE run;--", '"', "模型", "é", "e\u0301", "🦊", "x" * 250, "versions", "[x]"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_leads_to_its_version(registry, name):
    registry.post("registered-models/create", {"name": name})
    version(registry, name, {"MLmodel": name.encode(), "d/f g": b"2"})
    assert promote(registry, name, 1, None)[0] == 200
    assert download(registry, name, 1, "MLmodel").body == name.encode()
    uri = registry.call("GET", "model-versions/get-download-uri", name=name, version=1)[1]["artifact_uri"]
    listed = json.loads(registry.get(f"{ARTIFACTS}?path={quoted(uri.removeprefix('mlflow-artifacts:/'))}").body)
    assert [f["path"] for f in listed["files"]] == ["MLmodel", "d"]
    assert v1(registry, "GET", f"models/{quoted(name)}")[1]["name"] == name


@pytest.mark.parametrize("name", ["back\\slash", "tab\there", "new\nline", "long" * 1200])
def test_a_name_is_refused_or_leads_to_its_version(registry, name):
    if registry.call("POST", "registered-models/create", {"name": name})[0] == 200:
        version(registry, name, {"MLmodel": b"x"})
        assert download(registry, name, 1, "MLmodel").body == b"x"


def test_what_mlflow_notes_on_a_logged_model_is_json(registry):
    """The client reads the tag after each registration, and fails when it cannot."""
    name = "tab\tand \x01"
    if registry.call("POST", "registered-models/create", {"name": name})[0] == 200:
        id = registry.post("logged-models", {"experiment_id": "0", "name": "m"})["model"]["info"]["model_id"]
        version(registry, name, source=f"models:/{id}")
        tags = registry.call("GET", f"logged-models/{id}")[1]["model"]["info"]["tags"]
        assert json.loads(next(t["value"] for t in tags if t["key"] == "mlflow.modelVersions"))[0]["name"] == name


def test_uploading_a_damaged_file_again_repairs_it(registry):
    content = random.randbytes(5000)
    path = log_files(registry, {"w": content}).removeprefix("mlflow-artifacts:/") + "/w"
    digest = hashlib.sha256(content).hexdigest()
    stored = registry.state / "artifacts" / digest[:2] / digest[2:]
    stored.chmod(0o644)
    stored.write_bytes(bytes(len(content)))
    assert registry.request("PUT", f"{ARTIFACTS}/{path}", content).status == 200
    assert registry.get(f"{ARTIFACTS}/{path}").body == content


# Who serves is decided once


def test_one_of_nine_promotes(registry, model):
    with_champions(registry, model, 10, 1)
    epoch = v1(registry, "GET", f"models/{model}")[1]["epoch"]
    barrier, statuses = threading.Barrier(9), []

    def work(number):
        barrier.wait()
        statuses.append(promote(registry, model, number, 1, expect_epoch=epoch)[0])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2, 11)]
    [t.start() for t in threads], [t.join(30) for t in threads]
    assert sorted(statuses) == [200] + [409] * 8
    champion, _, previous = standing(registry, model)
    assert champion != 1 and previous == 1
    assert promote(registry, model, 1, champion, expect_epoch=epoch)[0] == 409


def test_the_same_decision_promotes_once(registry, model):
    """A retry that comes late, when the decision was rolled back since, does not bring the bad version back."""
    with_champions(registry, model, 1)
    version(registry, model)
    assert promote(registry, model, 2, 1, decision="d")[0] == 200
    assert promote(registry, model, 2, 1, decision="d")[0] == 200
    assert v1(registry, "POST", f"models/{model}/rollback", {"expect": 2})[0] == 200
    promote(registry, model, 2, 1, decision="d")
    assert standing(registry, model)[0] == 1


def test_a_decision_is_about_one_version(registry, model):
    with_champions(registry, model, 1)
    [version(registry, model) for _ in range(2)]
    assert promote(registry, model, 2, 1, decision="d")[0] == 200
    assert promote(registry, model, 3, 2, decision="d")[0] in (400, 409)


def test_the_same_decision_rolls_back_once(registry, model):
    with_champions(registry, model, 1, 2)
    for _ in range(2):
        v1(registry, "POST", f"models/{model}/rollback", {"decision": "d", "reason": "it fails"})
    assert standing(registry, model)[0] == 1


def test_rolling_back_leads_to_a_pinned_version(registry, model):
    with_champions(registry, model, 1)
    version(registry, model, source="s3://bucket/model")
    assert promote(registry, model, 2, 1)[0] == 403
    set_alias(registry, model, "previous", 2)
    v1(registry, "POST", f"models/{model}/rollback", {"expect": 1})
    assert standing(registry, model)[0] == 1


def test_rolling_back_never_leads_to_the_champion_itself(registry, model):
    with_champions(registry, model, 1)
    delete_alias(registry, model, "champion")
    assert set_alias(registry, model, "champion", 1) == 200
    assert standing(registry, model)[2] != 1
    assert v1(registry, "POST", f"models/{model}/rollback", {})[0] == 400


def test_an_override_takes_the_candidate_along(registry, model):
    with_champions(registry, model, 1)
    version(registry, model)
    assert v1(registry, "POST", f"models/{model}/candidate", {"version": 2, "expect": None})[0] == 200
    assert set_alias(registry, model, "champion", 2) == 200
    assert standing(registry, model) == [2, None, 1]


# Every move is kept


def test_it_knows_who_was_champion_when(registry, model):
    times = []

    def mark(champion):
        time.sleep(0.01)
        now = time.time_ns() // 1_000_000
        times.append((f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now // 1000))}.{now % 1000:03}Z", champion))
        time.sleep(0.01)

    mark(None)
    with_champions(registry, model, 1)
    mark(1)
    [version(registry, model) for _ in range(3)]
    set_alias(registry, model, "champion", 3)
    mark(3)
    promote(registry, model, 2, 3)
    mark(2)
    v1(registry, "POST", f"models/{model}/rollback", {})
    mark(3)
    delete_alias(registry, model, "champion")
    mark(None)
    promote(registry, model, 4, None)
    mark(4)
    registry.post("registered-models/rename", {"name": model, "new_name": model + "2"})
    for at, champion in times:
        assert v1(registry, "GET", f"models/{model}2/aliases/champion?at={at}")[1].get("version") == champion, at
    moves = v1(registry, "GET", f"models/{model}2/history?alias=champion")[1]["moves"]
    assert [(m.get("previous"), m.get("version"), m["override"]) for m in reversed(moves)] == [
        (None, 1, False), (1, 3, True), (3, 2, False), (2, 3, False), (3, None, True), (None, 4, False),
    ]  # fmt: skip
    epochs = [m["epoch"] for m in moves]
    assert epochs == sorted(set(epochs), reverse=True)


def test_the_history_of_a_deleted_model_can_be_read(registry, model):
    with_champions(registry, model, 1)
    delete_alias(registry, model, "champion")
    assert delete_model(registry, model) == 200
    status, answer = v1(registry, "GET", f"models/{model}/history")
    assert status == 200 and {1, None} <= {m.get("version") for m in answer["moves"]}


def test_a_model_that_takes_the_name_of_a_deleted_one_has_its_own_champion(registry, model):
    """Moves of the deleted model are newer than those of the one renamed: they are not its own."""
    other = with_champions(registry, model, 1)
    registry.post("registered-models/create", {"name": f"{model}-gone"})
    gone = with_champions(registry, f"{model}-gone", 1)
    delete_alias(registry, gone, "champion")
    assert delete_model(registry, gone) == 200
    registry.post("registered-models/rename", {"name": other, "new_name": gone})
    assert standing(registry, gone)[0] == 1
    assert v1(registry, "GET", f"models/{gone}/aliases/champion")[1].get("version") == 1


# What serves stays


def test_what_serves_or_served_lately_stays(registry, model):
    with_champions(registry, model, *range(1, 8))
    version(registry, model)
    set_alias(registry, model, "shadow", 8)

    def delete(number):
        body = {"name": model, "version": str(number)}
        return registry.call("DELETE", "model-versions/delete", body)[0]

    assert [delete(number) for number in range(8, 2, -1)] == [400] * 6
    assert [delete(2), delete(1)] == [200, 200]
    assert delete_model(registry, model) == 400


def test_a_version_that_never_served_can_be_deleted(registry, model):
    """Its namesake served, in a model that is gone."""
    with_champions(registry, model, 1)
    delete_alias(registry, model, "champion")
    assert delete_model(registry, model) == 200
    registry.post("registered-models/create", {"name": model})
    number = version(registry, model)
    answer = registry.call("DELETE", "model-versions/delete", {"name": model, "version": str(number)})
    assert answer[0] == 200, answer


@pytest.fixture
def protected(registry, model):
    with_champions(registry, model, 1, 2)
    version(registry, model)
    assert v1(registry, "PUT", f"models/{model}/protection", {"protected": True})[0] == 200
    return model


def test_a_protected_champion_is_not_moved_by_hand(registry, protected):
    status, answer = registry.call("POST", "registered-models/alias", {"name": protected, "alias": "champion", "version": "3"})  # fmt: skip
    assert status == 400 and f"leeway models promote {protected} 3 --expect 2" in answer["message"]
    assert registry.call("DELETE", "registered-models/alias", {"name": protected, "alias": "champion"})[0] == 400
    assert delete_model(registry, protected) == 400
    assert standing(registry, protected) == [2, None, 1]


def test_what_a_protected_model_rolls_back_to_is_not_set_by_hand(registry, protected):
    set_alias(registry, protected, "previous", 3)
    v1(registry, "POST", f"models/{protected}/rollback", {"expect": 2})
    assert standing(registry, protected)[0] == 1, "3 never served"


def test_a_protected_model_keeps_its_name(registry, protected):
    """Else whoever may not move its champion renames it, and puts a model of their own in its place."""
    registry.call("POST", "registered-models/rename", {"name": protected, "new_name": protected + "-old"})
    registry.call("POST", "registered-models/create", {"name": protected})
    number = version(registry, protected, {"MLmodel": b"evil"})
    set_alias(registry, protected, "champion", number)
    assert standing(registry, protected)[0] == 2


# Every write is in the audit log


def test_every_write_is_in_the_audit_log_once(new_registry, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"bob fedcba9876543210\nalice {TOKEN}\n")
    tokens.chmod(0o600)
    registry = new_registry(arguments=("--token-file", tokens)).start()
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "audited/1"}
    last = 0

    def write(method, path, body=None, content=None):
        nonlocal last
        if content is None:
            status, answer = registry.call(method, path, body, headers=headers)
        else:
            status, answer = registry.request(method, path, content, headers).status, None
        assert status == 200, (method, path, answer)
        entries = registry.call("GET", "/api/v1/audit?limit=5", headers=headers)[1]["entries"]
        new = [(e["actor"], e["client"]) for e in entries if e["sequence"] > last]
        assert new == [("alice", "audited/1")], (method, path, entries)
        last = entries[0]["sequence"]
        return answer

    def post(path, **body):
        return write("POST", path, body)

    e = post("experiments/create", name="e")["experiment_id"]
    post("experiments/update", experiment_id=e, new_name="f")
    post("experiments/set-experiment-tag", experiment_id=e, key="k", value="v")
    post("experiments/delete-experiment-tag", experiment_id=e, key="k")
    post("experiments/delete", experiment_id=e)
    post("experiments/restore", experiment_id=e)
    id = post("runs/create", experiment_id=e)["run"]["info"]["run_id"]
    post("runs/update", run_id=id, status="FINISHED")
    post("runs/delete", run_id=id)
    post("runs/restore", run_id=id)
    post("runs/log-batch", run_id=id, metrics=[{"key": "m", "value": 1, "timestamp": 1}])
    post("runs/log-metric", run_id=id, key="m", value=1, timestamp=1)
    post("runs/log-parameter", run_id=id, key="p", value="1")
    post("runs/set-tag", run_id=id, key="t", value="1")
    post("runs/delete-tag", run_id=id, key="t")
    dataset = {"name": "d", "digest": "1", "source_type": "s", "source": "{}"}
    post("runs/log-inputs", run_id=id, datasets=[{"dataset": dataset}])
    post("runs/log-model", run_id=id, model_json=json.dumps({"artifact_path": "m", "flavors": {}, "utc_time_created": "1", "run_id": id}))  # fmt: skip
    logged = post("logged-models", experiment_id=e, name="m", source_run_id=id)["model"]["info"]["model_id"]
    post("runs/outputs", run_id=id, models=[{"model_id": logged, "step": 0}])
    post(f"logged-models/{logged}/params", params=[{"key": "k", "value": "v"}])
    write("PATCH", f"logged-models/{logged}", {"model_id": logged, "status": "LOGGED_MODEL_READY"})
    write("PATCH", f"logged-models/{logged}/tags", {"tags": [{"key": "k", "value": "v"}]})
    write("DELETE", f"logged-models/{logged}/tags/k")
    for name in ("model/MLmodel", "junk"):
        write("PUT", f"{ARTIFACTS}/{e}/{id}/artifacts/{name}", content=b"x")
    write("DELETE", f"{ARTIFACTS}/{e}/{id}/artifacts/junk", content=b"")
    post("registered-models/create", name="m")
    write("PATCH", "registered-models/update", {"name": "m", "description": "d"})
    post("registered-models/set-tag", name="m", key="k", value="v")
    write("DELETE", "registered-models/delete-tag", {"name": "m", "key": "k"})
    for _ in range(3):
        post("model-versions/create", name="m", source=f"runs:/{id}/model")
    one = {"name": "m", "version": "1"}
    write("PATCH", "model-versions/update", {**one, "description": "d"})
    post("model-versions/set-tag", **one, key="k", value="v")
    write("DELETE", "model-versions/delete-tag", {**one, "key": "k"})
    post("model-versions/transition-stage", **one, stage="Production", archive_existing_versions=True)
    write("DELETE", "model-versions/delete", {"name": "m", "version": "3"})
    post("registered-models/alias", **one, alias="champion")
    post("registered-models/alias", **one, alias="a")
    write("DELETE", "registered-models/alias", {"name": "m", "alias": "a"})
    post("/api/v1/models/m/candidate", version=2, expect=None)
    post("/api/v1/models/m/promote", version=2, expect=1)
    post("/api/v1/models/m/rollback")
    write("PUT", "/api/v1/models/m/protection", {"protected": True})
    write("PUT", "/api/v1/models/m/protection", {"protected": False})
    post("registered-models/rename", name="m", new_name="n")
    write("DELETE", "registered-models/alias", {"name": "n", "alias": "champion"})
    write("DELETE", "registered-models/delete", {"name": "n"})
    write("DELETE", f"logged-models/{logged}", {"model_id": logged})


# Retries


def create_over(connection, body):
    connection.request("POST", "/api/2.0/mlflow/runs/create", json.dumps(body), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())["run"]["info"]


def test_who_read_the_answer_and_asks_again_wants_a_second_run(registry):
    """`MlflowClient().create_run("0", start_time=…)` twice: over one connection no answer was lost."""
    connection = http.client.HTTPConnection("127.0.0.1", registry.http, timeout=10)
    body = {"experiment_id": "0", "start_time": 1, "user_id": "importer"}
    assert create_over(connection, body)["run_id"] != create_over(connection, body)["run_id"]


def test_two_threads_that_begin_alike_have_two_runs(registry):
    connections = [http.client.HTTPConnection("127.0.0.1", registry.http, timeout=10) for _ in range(2)]
    body = {"experiment_id": "0", "start_time": 1, "user_id": "threads"}
    assert len({create_over(c, body)["run_id"] for c in connections}) == 2


def test_a_run_that_was_deleted_is_not_handed_out_again(registry):
    body = {"experiment_id": "0", "start_time": 1, "user_id": "again"}
    registry.post("runs/delete", {"run_id": registry.post("runs/create", body)["run"]["info"]["run_id"]})
    assert registry.post("runs/create", body)["run"]["info"]["lifecycle_stage"] == "active"


# Names that look alike


def test_a_name_that_only_looks_alike_is_another(registry):
    """Two spellings of one letter are two names to the database, and must be to the rules before it."""
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    for name in (composed, decomposed):
        registry.post("registered-models/create", {"name": name})
    status, answer = registry.call("POST", "registered-models/rename", {"name": composed, "new_name": decomposed})
    assert status == 400 and answer["error_code"] == "RESOURCE_ALREADY_EXISTS"


def test_a_param_does_not_change_into_one_that_looks_alike(registry):
    id = run(registry)
    registry.post("runs/log-parameter", {"run_id": id, "key": "p", "value": "caf\u00e9"})
    changed = registry.call("POST", "runs/log-parameter", {"run_id": id, "key": "p", "value": "cafe\u0301"})
    assert changed[0] == 400
    params = registry.call("GET", "runs/get", run_id=id)[1]["run"]["data"]["params"]
    assert params == [{"key": "p", "value": "caf\u00e9"}]


# Crashes, full disks, and clients that take all they can


def test_what_was_answered_is_whole_after_a_crash(new_registry):
    registry = new_registry().start()
    registry.post("registered-models/create", {"name": "m"})
    batches, digests = [], {}

    def work():
        with contextlib.suppress(OSError, ValueError, KeyError, AssertionError):
            while True:
                content = random.randbytes(100_000)
                number = version(registry, "m", {"w": content})
                manifest = f"{hashlib.sha256(content).hexdigest()}  w\n"
                digests[number] = hashlib.sha256(manifest.encode()).hexdigest()
                id = run(registry)
                metrics = [{"key": "m", "value": i, "timestamp": i, "step": i} for i in range(500)]
                registry.post("runs/log-batch", {"run_id": id, "metrics": metrics})
                batches.append(id)

    writers = [threading.Thread(target=work) for _ in range(4)]
    [w.start() for w in writers]
    time.sleep(1.5)
    registry.kill()
    [w.join(30) for w in writers]
    assert batches and digests
    with contextlib.closing(sqlite3.connect(registry.state / "registry.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        sizes = {count for (count,) in database.execute("SELECT count(*) FROM metric GROUP BY run")}
        assert sizes == {500}, "no half of a batch"
        for (digest,) in database.execute("SELECT digest FROM artifact UNION SELECT digest FROM model_version_file"):
            content = (registry.state / "artifacts" / digest[:2] / digest[2:]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == digest
    registry.start()
    for number, digest in digests.items():
        assert v1(registry, "GET", f"models/m/versions/{number}")[1]["digest"] == digest


def test_a_full_disk_is_told_to_who_writes_a_row(new_registry):
    registry = new_registry()
    registry.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", registry.state], capture_output=True)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        registry.start()
        id = run(registry)
        for i in range(200):
            tags = [{"key": f"{i}.{j}", "value": "x" * 5000} for j in range(20)]
            status, answer = registry.call("POST", "runs/log-batch", {"run_id": id, "tags": tags})
            if status != 200:
                break
        assert registry.call("GET", "runs/get", run_id=id)[0] == 200, "what is there can be read"
        assert (status, answer["error_code"]) == (507, "RESOURCE_EXHAUSTED"), "as for an artifact"
    finally:
        registry.kill()
        subprocess.run(["umount", "-l", registry.state], check=False)


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/runs/log-batch", "/api/v1/models/m/promote"])
def test_a_body_of_any_size_is_the_callers_mistake(registry, path):
    """A 500 would make MLflow's client send it again for four minutes."""
    pieces = (b"x" * (1 << 20) for _ in range(80))
    headers = {"Content-Type": "application/json", "Content-Length": str(80 << 20)}
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may hang up on who goes on
        assert registry.request("POST", path, pieces, headers, 30).status in (400, 413)
    assert registry.get("/health").status == 200


def test_a_large_body_leaves_no_mark(new_registry):
    registry = new_registry().start()
    memory = lambda: int(pathlib.Path(f"/proc/{registry.process.pid}/statm").read_text().split()[1]) * 4096  # noqa: E731
    before = memory()
    body = b'{"run_id":"r","metrics":[' + b",".join([b'{"key":"k","value":1,"timestamp":1}'] * 300_000) + b"]}"
    headers = {"Content-Type": "application/json"}
    assert registry.request("POST", "/api/2.0/mlflow/runs/log-batch", body, headers, 60).status in (400, 413)
    assert memory() - before < 64 << 20, "a body of 10 MB"


def test_slow_clients_hold_up_nobody(registry):
    head = b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\n"
    upload = f"PUT {ARTIFACTS}/0/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nx".encode()
    with contextlib.ExitStack() as stack:
        for request in [head + b"X-Slow: "] * 150 + [upload] * 150:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", registry.http), timeout=5))
            client.sendall(request)
        began = time.monotonic()
        assert registry.get("/health").status == 200
        log_files(registry, {"w": b"x"})
        assert time.monotonic() - began < 2
    incoming = registry.state / "artifacts" / "incoming"
    harness.wait_until(lambda: not list(incoming.iterdir()), lambda: "uploads that broke off are gone")


def test_searches_that_take_long_hold_up_nobody(new_registry):
    """A pattern that almost matches takes a step for each pair of characters, in each run."""
    registry = new_registry().start()
    id = run(registry)
    for _ in range(600):
        run(registry, tags=[{"key": "q", "value": "a" * 8000}])

    def search(length):
        filter = f"tags.q LIKE '%{'a' * (length - 3)}b%'"
        return registry.call("POST", "runs/search", {"experiment_ids": ["0"], "max_results": 10, "filter": filter}, 60)

    assert search(257)[0] == 400

    def give_up():
        with contextlib.suppress(OSError, http.client.HTTPException):
            search(256)

    searches = [threading.Thread(target=give_up, daemon=True) for _ in range(6)]
    [s.start() for s in searches]
    time.sleep(0.3)
    began = time.monotonic()
    while time.monotonic() - began < 5:
        assert registry.call("GET", "runs/get", timeout=3, run_id=id)[0] == 200
    assert all(s.is_alive() for s in searches[3:]), "they take long"


@pytest.mark.parametrize("host", ["localhost.", "127.0.0.1.evil.example", "evil@127.0.0.1", "127.0.0.1:80:80", "[::1]evil", "127.1", "0.0.0.0", "2130706433"])  # fmt: skip
def test_a_host_that_only_looks_local_is_kept_away(registry, host):
    assert registry.request("GET", "/api/v1/status", headers={"Host": host}).status == 403


# The commands


def test_what_others_wrote_does_not_command_the_terminal(registry, model):
    version(registry, model)
    reason = "fine\n    9  2026-01-01 00:00  champion     1   2  root  forged \x1b[2J\x1b]0;title\x07"
    assert promote(registry, model, 1, None, reason=reason)[0] == 200
    id = run(registry, run_name=f"\x1b[31mred {model}")
    for command in (("models", "history", model), ("runs",), ("runs", "show", id)):
        shown = harness.succeed(*command, "--registry", registry.uri).stdout
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown), command
    lines = harness.succeed("models", "history", model, "--registry", registry.uri).stdout.splitlines()
    assert len(lines) == 2, "a move is a line"


def test_output_that_cannot_be_written_is_a_failure(registry):
    with open("/dev/full", "w") as full:
        done = subprocess.run([harness.BINARY, "models", "--registry", registry.uri], stdout=full, stderr=subprocess.PIPE, timeout=20)  # fmt: skip
    assert done.returncode != 0


# At the end, for it takes its time


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_client_that_never_finishes_its_request_is_let_go(unfinished, part):
    """Else a few thousand of them keep everybody out for as long as they like."""
    clients, began = unfinished
    clients[part].settimeout(max(0.1, 35 - (time.monotonic() - began)))
    with contextlib.suppress(ConnectionResetError):
        clients[part].recv(1)  # an answer or the end; not a timeout
