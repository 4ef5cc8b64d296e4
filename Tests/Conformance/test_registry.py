"""`leeway registry` when things go wrong: crashes, races, retries, hostile requests, a full disk."""

import contextlib
import json
import os
import pathlib
import random
import socket
import subprocess
import threading
import time

import harness
import pytest

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def registry(new_registry):
    return new_registry().start()


def experiment(registry, name="e"):
    return registry.post("experiments/create", {"name": name})["experiment_id"]


def run(registry, experiment="0", **keys):
    body = {"experiment_id": experiment, "start_time": time.time_ns() // 1000, **keys}
    return registry.post("runs/create", body)["run"]["info"]["run_id"]


def metric(key, step, value):
    return {"key": key, "value": value, "timestamp": step, "step": step}


def all_at_once(count, work):
    """Calls `work(0)` … `work(count - 1)` in threads that start together; what they returned."""
    barrier, results = threading.Barrier(count), [None] * count

    def call(i):
        barrier.wait()
        results[i] = work(i)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(count)]
    [t.start() for t in threads], [t.join(60) for t in threads]
    return results


# Crashes


class Writer(threading.Thread):
    """Writes until the registry is gone, and remembers what it was answered 200 to."""

    def __init__(self, registry, name):
        super().__init__()
        self.registry, self.writer = registry, name
        self.runs, self.metrics, self.tags, self.files, self.versions = [], [], {}, {}, []

    def run(self):
        with contextlib.suppress(OSError, ValueError):
            while True:
                self.write(f"{self.writer}-{len(self.runs)}")

    def write(self, name):
        id = run(self.registry, run_name=name)
        self.runs.append((id, name))
        for step in range(3):
            batch = [metric("m", step * 50 + i, i / 7) for i in range(50)]
            self.registry.post("runs/log-batch", {"run_id": id, "metrics": batch})
            self.metrics.append((id, batch))
        self.registry.post("runs/set-tag", {"run_id": id, "key": "t", "value": name})
        self.tags[id] = name
        content = name.encode() * 1000
        path = f"{ARTIFACTS}/0/{id}/artifacts/model/w.bin"
        assert self.registry.request("PUT", path, content).status == 200
        self.files[path] = content
        body = {"name": "crashed", "source": f"mlflow-artifacts:/0/{id}/artifacts/model", "run_id": id}
        self.versions.append(self.registry.post("model-versions/create", body)["model_version"])

    def check(self, registry):
        for id, name in self.runs:
            assert registry.call("GET", "runs/get", run_id=id)[1]["run"]["info"]["run_name"] == name
        for id, batch in self.metrics:
            history = registry.call("GET", "metrics/get-history", run_id=id, metric_key="m")[1]["metrics"]
            assert {m["step"]: m["value"] for m in batch}.items() <= {m["step"]: m["value"] for m in history}.items()
        for id, name in self.tags.items():
            tags = registry.call("GET", "runs/get", run_id=id)[1]["run"]["data"]["tags"]
            assert {"key": "t", "value": name} in tags
        for path, content in self.files.items():
            assert registry.get(path).body == content
        for version in self.versions:
            found = registry.call("GET", "model-versions/get", name="crashed", version=version["version"])[1]
            assert found["model_version"]["run_id"] == version["run_id"]
            uri = registry.call("GET", "model-versions/get-download-uri", name="crashed", version=version["version"])
            path = uri[1]["artifact_uri"].removeprefix("mlflow-artifacts:/")
            assert registry.get(f"{ARTIFACTS}/{path}/w.bin").status == 200


def test_a_crash_loses_nothing_that_was_answered(new_registry):
    registry = new_registry().start()
    registry.post("registered-models/create", {"name": "crashed"})
    writers = []
    for round in range(3):
        burst = [Writer(registry, f"{round}.{i}") for i in range(4)]
        [w.start() for w in burst]
        time.sleep(random.Random(round).uniform(0.5, 1.5))
        registry.kill()
        [w.join(30) for w in burst]
        assert sum(len(w.tags) for w in burst) > 0, "something was written"
        registry.start()
        writers += burst
        for writer in writers:
            writer.check(registry)
    numbers = sorted(int(v["version"]) for w in writers for v in w.versions)
    assert len(numbers) == len(set(numbers)), "no version was given twice"
    registry.terminate()


def test_an_upload_that_breaks_off_leaves_nothing(registry):
    id = run(registry)
    path = f"{ARTIFACTS}/0/{id}/artifacts/half.bin"
    with socket.create_connection(("127.0.0.1", registry.http), timeout=5) as client:
        client.sendall(f"PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".encode() + b"x" * 100_000)
        time.sleep(0.3)
    time.sleep(0.3)
    assert registry.get(path).status == 404
    assert json.loads(registry.get(f"{ARTIFACTS}?path=0/{id}/artifacts").body) == {}


def test_two_registries_do_not_share_a_state_folder(new_registry):
    first = new_registry().start()
    second = new_registry("second")
    second.folder.joinpath("state").symlink_to(first.state)
    second.start(ready=False)
    assert second.wait(10) != 0
    assert first.get("/health").status == 200


def test_it_ends_in_order(registry):
    run(registry)
    registry.terminate()
    registry.start()
    assert len(registry.post("runs/search", {"experiment_ids": ["0"], "max_results": 10})["runs"]) == 1


# Races


def test_one_of_sixteen_makes_it(registry):
    made = all_at_once(16, lambda i: registry.call("POST", "experiments/create", {"name": "raced"}, headers={"User-Agent": f"client {i}"}))  # fmt: skip
    assert sorted(status for status, _ in made) == [200] + [400] * 15
    assert {a["error_code"] for s, a in made if s == 400} == {"RESOURCE_ALREADY_EXISTS"}
    made = all_at_once(16, lambda i: registry.call("POST", "registered-models/create", {"name": "raced"}, headers={"User-Agent": f"client {i}"}))  # fmt: skip
    assert sorted(status for status, _ in made) == [200] + [400] * 15


def test_sixteen_versions_have_sixteen_numbers(registry):
    registry.post("registered-models/create", {"name": "m"})
    ids = [run(registry, run_name=str(i)) for i in range(16)]

    def make(i):
        body = {"name": "m", "source": f"mlflow-artifacts:/0/{ids[i]}/artifacts/model", "run_id": ids[i]}
        return int(registry.post("model-versions/create", body)["model_version"]["version"])

    assert sorted(all_at_once(16, make)) == list(range(1, 17))
    set_alias = lambda i: registry.call("POST", "registered-models/alias", {"name": "m", "alias": "champion", "version": str(i + 1)})  # noqa: E731, fmt: skip
    assert {status for status, _ in all_at_once(16, set_alias)} == {200}
    winner = registry.call("GET", "registered-models/alias", name="m", alias="champion")[1]["model_version"]["version"]
    model = registry.call("GET", "registered-models/get", name="m")[1]["registered_model"]
    assert {"alias": "champion", "version": winner} in model["aliases"]


def test_one_value_of_a_param_is_kept(registry):
    id = run(registry)
    answers = all_at_once(16, lambda i: registry.call("POST", "runs/log-parameter", {"run_id": id, "key": "p", "value": str(i)}))  # fmt: skip
    (winner,) = [i for i, (status, _) in enumerate(answers) if status == 200]
    params = registry.call("GET", "runs/get", run_id=id)[1]["run"]["data"]["params"]
    assert params == [{"key": "p", "value": str(winner)}]


def test_sixteen_clients_write_one_file(registry):
    id = run(registry)
    contents = [bytes([65 + i]) * 100_000 for i in range(16)]
    path = f"{ARTIFACTS}/0/{id}/artifacts/one.bin"
    assert {a.status for a in all_at_once(16, lambda i: registry.request("PUT", path, contents[i]))} == {200}
    assert registry.get(path).body in contents, "one of them, whole"


# Retries


def test_a_run_created_again_is_the_same_run(registry):
    """Clients up to 3.17 send a create again when its answer was lost."""
    body = {"experiment_id": "0", "start_time": 1, "user_id": "u"}

    def made(body, client="mlflow-python-client/3.17.2"):
        return registry.post("runs/create", body, headers={"User-Agent": client})["run"]["info"]["run_id"]

    first = made(body)
    assert made(body) == first
    assert made({**body, "tags": [{"key": "other", "value": "body"}]}) != first


# Hostile requests


def raw(registry, request, timeout=10):
    with socket.create_connection(("127.0.0.1", registry.http), timeout=timeout) as client:
        client.sendall(request)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(OSError):
            while chunk := client.recv(65536):
                answer += chunk
        return answer


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0


@pytest.mark.parametrize(
    "path",
    [b"../../../../etc/passwd", b"..%2f..%2f..%2fetc%2fpasswd", b"%2e%2e/%2e%2e/x", b"/etc/passwd", b"%2Fetc%2Fpasswd", b"a/../../../x", b"a%00b",
     b"\xff\xfe", b"%ff%fe", b"a" * 5000, b"/".join([b"d"] * 500), b"..", b".", b"a//b", b"a/./b", b"a\\..\\b", b"%", b"%zz", b"CON", b"a\tb"],
)  # fmt: skip
@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE"])
def test_paths(registry_of_module, method, path):
    registry = registry_of_module
    request = method + b" " + ARTIFACTS.encode() + b"/" + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
    status = status_of(raw(registry, request))
    assert status < 500, path
    assert b"root:" not in raw(registry, request)
    assert registry.get("/health").status == 200
    outside = [p for p in registry.folder.iterdir() if p.name not in ("state", "registry.log", "stdout.log")]
    assert outside == []


@pytest.fixture(scope="module")
def registry_of_module(tmp_path_factory):
    registry = harness.Registry(tmp_path_factory.mktemp("hostile")).start()
    yield registry
    registry.kill()


BODIES = {
    "deep": b'{"run_id":' + b"[" * 200_000,
    "10 MB of text": b'{"run_id":"' + b"x" * 10_000_000 + b'"}',
    "10 MB of metrics": b'{"run_id":"r","metrics":[' + b",".join([b'{"key":"k","value":1,"timestamp":1}'] * 250_000) + b"]}",
    "no UTF-8": b'{"run_id":"\xff\xfe"}',
    "half": b'{"run_id":"r","metrics":[{"key":"k"',
    "a long number": b'{"run_id":"r","metrics":[{"key":"k","value":1' + b"0" * 100_000 + b',"timestamp":1}]}',
    "many members": b"{" + b",".join(b'"k%d":1' % i for i in range(100_000)) + b"}",
}


@pytest.mark.parametrize("path", ["runs/log-batch", "runs/create", "model-versions/create", "runs/search"])
@pytest.mark.parametrize("body", BODIES)
def test_bodies(registry_of_module, path, body):
    answer = registry_of_module.request("POST", f"/api/2.0/mlflow/{path}", BODIES[body], {"Content-Type": "application/json"}, 30)  # fmt: skip
    if path == "runs/search" and answer.status == 200:  # in no experiment nothing is found
        assert json.loads(answer.body) == {}
    else:
        assert 400 <= answer.status < 500
        assert json.loads(answer.body)["error_code"]
    assert registry_of_module.get("/health").status == 200


@pytest.mark.parametrize("type", [";", ";;", " ", "; charset=utf-8", "application/json;", "APPLICATION/JSON ; charset=utf-8"])
def test_content_types(registry_of_module, type):
    answer = registry_of_module.request("POST", "/api/2.0/mlflow/runs/search", b"{}", {"Content-Type": type})
    assert answer.status == (200 if "json" in type.lower() else 400)
    assert registry_of_module.get("/health").status == 200


def test_chunks(registry):
    """An empty file comes in chunks from Python's client, of which there are none."""
    id = run(registry)
    head = f"PUT {ARTIFACTS}/0/{id}/artifacts/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status_of(raw(registry, (head % "empty").encode() + b"0\r\n\r\n")) == 200
    assert registry.get(f"{ARTIFACTS}/0/{id}/artifacts/empty").body == b""
    assert status_of(raw(registry, (head % "two").encode() + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) == 200
    assert registry.get(f"{ARTIFACTS}/0/{id}/artifacts/two").body == b"abcde"
    raw(registry, (head % "broken").encode() + b"zz\r\nabc")
    assert registry.get(f"{ARTIFACTS}/0/{id}/artifacts/broken").status == 404
    assert registry.get("/health").status == 200


def test_a_large_artifact_is_streamed(registry):
    """The registry's memory does not grow with what goes through it."""
    id = run(registry)
    path = f"{ARTIFACTS}/0/{id}/artifacts/large.bin"
    block = random.Random(5).randbytes(1 << 20)
    memory = lambda: int(pathlib.Path(f"/proc/{registry.process.pid}/statm").read_text().split()[1]) * 4096  # noqa: E731
    before = memory()
    with open(registry.folder / "large.bin", "wb") as file:
        for _ in range(256):
            file.write(block)
    with open(registry.folder / "large.bin", "rb") as file:
        size = os.path.getsize(registry.folder / "large.bin")
        assert registry.request("PUT", path, file, {"Content-Length": str(size)}, timeout=120).status == 200
    done = subprocess.run(
        ["curl", "-sf", "-o", registry.folder / "down.bin", f"{registry.uri}{path}"], timeout=120, check=False
    )
    assert done.returncode == 0
    assert subprocess.run(["cmp", registry.folder / "large.bin", registry.folder / "down.bin"]).returncode == 0
    assert memory() - before < 64 << 20, "256 MiB went through"


def test_equal_files_are_kept_once(registry):
    content = random.Random(6).randbytes(4 << 20)
    for _ in range(5):
        id = run(registry)
        assert registry.request("PUT", f"{ARTIFACTS}/0/{id}/artifacts/a.bin", content).status == 200
    kept = sum(p.stat().st_size for p in registry.state.rglob("*") if p.is_file())
    assert kept < 2 * len(content)


def test_a_full_disk(new_registry):
    registry = new_registry()
    registry.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", registry.state], capture_output=True)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        registry.start()
        id = run(registry)
        path = f"{ARTIFACTS}/0/{id}/artifacts"
        assert registry.request("PUT", f"{path}/fits.bin", b"x" * 1_000_000).status == 200
        answer = registry.request("PUT", f"{path}/large.bin", b"y" * 40_000_000, timeout=60)
        assert answer.status >= 500 and json.loads(answer.body)["error_code"]
        assert registry.get(f"{path}/large.bin").status == 404
        assert registry.get(f"{path}/fits.bin").body == b"x" * 1_000_000
        registry.post("runs/set-tag", {"run_id": id, "key": "still", "value": "here"})
        registry.terminate()
    finally:
        registry.kill()
        subprocess.run(["umount", "-l", registry.state], check=False)
