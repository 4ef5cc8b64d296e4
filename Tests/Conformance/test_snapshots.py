"""From a request to the rows that it is trained on: an agent brings what it captured to the registry, through whatever goes
down on the way."""

import contextlib
import http.server
import json
import sqlite3
import threading
import time

import numpy as np
import pytest

import harness
from conftest import T0
from harness import succeed, wait_until
from test_performance import SCHEMA, serve, tell
from test_proposals import promote, register

HOUR = 3600
HOURS = {"length": "1h", "lateness": "0s", "min_samples": 10}
REQUESTS = "/api/v1/retrain-requests"
PROBLEM = "the captured rows do not get to the registry"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Of a model that takes `x`, and is told the truth later."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    random = np.random.default_rng(1)
    columns = {"x": np.round(random.normal(0, 1, 2000), 4), "score": np.round(random.random(2000), 4)}
    harness.write_csv(folder / "rows.csv", columns)
    succeed(
        "reference", "build", "--input", folder / "rows.csv", "--output", folder / "reference.json",
        "--schema", folder / "schema.json", "--prediction-column", "score",
    )  # fmt: skip
    return folder / "reference.json"


@pytest.fixture
def capturing(new_agent, reference):
    """Agents that capture `m` and may propose to train it again, which its inputs are no reason for unless a test says so;
    each has a publisher it is connected to. A table that is `None` is left out."""
    publishers = []

    def make(registry, name="agent", **keys):
        endpoint, agent = harness.tcp_endpoint(), new_agent(name)
        keys = {"capture": {"label_horizon": "1d"}, "retrain": {"on": ["prediction"]}, **keys}
        keys = {name: table for name, table in keys.items() if table is not None}
        stream = harness.stream(keys.pop("reference", reference), endpoint, window=HOURS, **keys)
        agent.configure(stream, agent={"name": name, "registry": registry.uri, "registry_interval": "1s"})
        publishers.append(harness.Publisher(endpoint))
        agent.start()
        publishers[-1].wait_for_subscriber()
        return agent, publishers[-1]

    yield make
    for publisher in publishers:
        publisher.close()


def capture(agent, publisher, count=100, labels=60, seed=1):
    """Answers of an hour, and the truth about some of them, until they are stored."""
    random = np.random.default_rng(seed)
    serve(publisher, 0, np.round(random.random(count), 4).tolist())
    tell(publisher, 0, (random.random(labels) < 0.5).astype(int))
    agent.wait_captured(rows=count, **({"matched": labels} if labels else {}))


def ask(registry, note="the winter is over"):
    succeed("retrain", "--model", "m", "--reason", "manual", "--note", note, "--registry", registry.uri)
    return newest(registry)["id"]


def newest(registry):
    status, answer = registry.call("GET", REQUESTS, model="m")
    assert status == 200, answer
    return answer["retrain_requests"][0] if answer["retrain_requests"] else None


def dataset_of(registry, request):
    try:
        status, answer = registry.call("GET", f"{REQUESTS}/{request}")
    except OSError:
        return None
    assert status == 200, answer
    return answer["request"].get("dataset")


def wait_dataset(registry, request, agent, timeout=30):
    """The training set that the request is given, once it has been read."""
    given = wait_until(lambda: dataset_of(registry, request), lambda: agent.logs[-3000:], timeout)
    id = given["uri"].removeprefix("datasets:/")
    assert given == {"uri": f"datasets:/{id}", "sha256": id}
    read = lambda: registry.call("GET", f"/api/v1/models/m/training-sets/{id}")[1]
    wait_until(lambda: read()["state"] != "inspecting", read, 60)
    assert read()["state"] == "ready", read()
    return read()


def sets(registry):
    return registry.call("GET", "/api/v1/training-sets", model="m")[1]["training_sets"]


def rows(registry, set, tmp_path):
    """The training set's rows: id, score and label."""
    path = tmp_path / "dataset.sqlite"
    path.write_bytes(registry.get(f"/api/v1/models/m/training-sets/{set['id']}/content").body)
    with sqlite3.connect(path) as database:
        return database.execute("SELECT id, score, label FROM rows ORDER BY id").fetchall()


def labelled_rows(agent, tmp_path):
    """What the agent has captured and knows the truth of."""
    path = tmp_path / "export.sqlite"
    succeed(
        "capture", "export", "--config", agent.config, "--model", "m", "--labelled", "--format", "sqlite", "--output", path,
    )  # fmt: skip
    with sqlite3.connect(path) as database:
        return database.execute("SELECT id, score, label FROM rows ORDER BY id").fetchall()


def test_drift_is_trained_on_the_rows_that_were_captured(new_registry, capturing, tmp_path):
    registry = new_registry().start()
    agent, publisher = capturing(registry, retrain={})
    capture(agent, publisher)
    # All of the hour's `x` are 0.1, which is not how the reference's lie.
    publisher.rows([harness.row({"x": 0.1}, T0 + 2 * HOUR, id="last")])
    request = wait_until(lambda: newest(registry), lambda: agent.logs)
    assert (request["state"], request["trigger"]) == ("accepted", "drift")
    set = wait_dataset(registry, request["id"], agent)
    assert (set["rows"], set["labelled"], set["label_cutoff"]) == (60, 60, "2023-11-15T01:00:00Z")
    assert set["source"]["agent"] == "agent" and set["source"]["request"] == request["id"]
    assert rows(registry, set, tmp_path) == labelled_rows(agent, tmp_path)
    assert not list((agent.folder / "state" / "snapshots").iterdir())
    assert not [p for p in agent.status()["problems"] if PROBLEM in p]


def test_what_a_person_asks_for_gets_rows_too(new_registry, capturing, tmp_path):
    registry = new_registry().start()
    agent, publisher = capturing(registry)
    capture(agent, publisher)
    set = wait_dataset(registry, ask(registry), agent)
    assert rows(registry, set, tmp_path) == labelled_rows(agent, tmp_path)


def test_a_stream_that_follows_the_champion_brings_its_rows(new_registry, capturing, reference, tmp_path):
    registry = new_registry().start()
    promote(registry, register(registry, tmp_path, reference), None)
    agent, publisher = capturing(registry, retrain=None, reference="registry")
    agent.wait_state("monitoring")
    capture(agent, publisher)
    assert wait_dataset(registry, ask(registry), agent)["rows"] == 60


def test_a_stream_that_has_nothing_to_do_with_the_registry_keeps_its_rows(new_registry, capturing):
    registry = new_registry().start()
    agent, publisher = capturing(registry, retrain=None)
    capture(agent, publisher)
    request = ask(registry)
    time.sleep(4)
    assert dataset_of(registry, request) is None and sets(registry) == []


def test_of_two_agents_the_first_wins(new_registry, capturing):
    registry = new_registry().start()
    pairs = [capturing(registry, name) for name in ("a", "b")]
    for seed, (agent, publisher) in enumerate(pairs):
        capture(agent, publisher, seed=seed)
    request = ask(registry)
    first = wait_dataset(registry, request, pairs[0][0])
    assert first["source"]["agent"] in ("a", "b")
    # Both go on: what is asked next gets rows as well.
    registry.call("POST", f"{REQUESTS}/{request}/cancel", {})
    second = ask(registry, "once more")
    wait_dataset(registry, second, pairs[0][0])
    assert dataset_of(registry, request)["uri"] == f"datasets:/{first['id']}"
    for agent, _ in pairs:
        agent.check_alive()
        wait_until(lambda: not agent.status()["problems"], lambda: agent.status())
        assert PROBLEM not in agent.logs


class Gate:
    """Stands before a registry, and lets no call of a method through until it is opened."""

    def __init__(self, registry, method="PUT"):
        self.waiting, self.opened = threading.Event(), threading.Event()
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.command == method:
                    gate.waiting.set()
                    gate.opened.wait(harness.DEADLINE)
                try:
                    answer = registry.request(self.command, self.path, body, dict(self.headers))
                except OSError:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = forward

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def test_an_agent_that_is_late_says_so_and_goes_on(new_registry, capturing):
    """Its rows are at the registry, where somebody else's have been given meanwhile."""
    registry = new_registry().start()
    with contextlib.closing(Gate(registry)) as gate:
        (late, publisher), (first, other) = capturing(gate, "late"), capturing(registry, "first")
        capture(late, publisher)
        request = ask(registry)
        assert gate.waiting.wait(harness.DEADLINE)
        capture(first, other, seed=2)
        assert wait_dataset(registry, request, first)["source"]["agent"] == "first"
        gate.opened.set()
        wait_until(lambda: "not wanted any more" in late.logs, lambda: late.logs)
        assert len(sets(registry)) == 2
        registry.call("POST", f"{REQUESTS}/{request}/cancel", {})
        first.terminate()
        assert wait_dataset(registry, ask(registry), late)["source"]["agent"] == "late"
        assert PROBLEM not in late.logs


def test_a_request_takes_the_first_dataset_it_is_given(new_registry, capturing):
    registry = new_registry().start()
    agent, publisher = capturing(registry)
    capture(agent, publisher)
    request = ask(registry)
    id = wait_dataset(registry, request, agent)["id"]
    path = f"{REQUESTS}/{request}/dataset"
    assert registry.call("PUT", path, {"uri": f"datasets:/{id}"})[0] == 200
    other = f"datasets:/{'0' * 64}"
    status, answer = registry.call("PUT", path, {"uri": other})
    assert status == 409 and id in answer["error"]["message"]
    for uri in ("", "/tmp/rows.csv", "datasets:/12"):
        assert registry.call("PUT", path, {"uri": uri})[0] == 400
    registry.call("POST", f"{REQUESTS}/{request}/cancel", {})
    assert registry.call("PUT", path, {"uri": other})[0] == 409
    assert registry.call("PUT", f"{REQUESTS}/0123/dataset", {"uri": other})[0] == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("who", ["registry", "agent"])
def test_whoever_is_killed_the_rows_arrive_once(new_registry, capturing, tmp_path, who, method):
    """Before the last byte has come, and before the request knows of the dataset."""
    registry = new_registry().start()
    with contextlib.closing(Gate(registry, method)) as gate:
        agent, publisher = capturing(gate)
        capture(agent, publisher)
        request = ask(registry)
        assert gate.waiting.wait(harness.DEADLINE)
        assert dataset_of(registry, request) is None
        killed = registry if who == "registry" else agent
        killed.kill()
        gate.opened.set()
        time.sleep(1)
        killed.start()
        set = wait_dataset(registry, request, agent, timeout=60)
        assert rows(registry, set, tmp_path) == labelled_rows(agent, tmp_path)
        time.sleep(2)
        assert len(sets(registry)) == 1
        assert not list((agent.folder / "state" / "snapshots").iterdir())
        wait_until(lambda: not agent.status()["problems"], lambda: agent.status())


def test_without_labels_nothing_is_brought_until_there_are_some(new_registry, capturing):
    registry = new_registry().start()
    agent, publisher = capturing(registry)
    capture(agent, publisher, labels=0)
    request = ask(registry)
    agent.wait_problem(PROBLEM, "none of them has a label yet")
    time.sleep(3)
    assert agent.logs.count(PROBLEM) == 1
    assert dataset_of(registry, request) is None and sets(registry) == []
    tell(publisher, 0, np.array([0, 1] * 10))
    assert wait_dataset(registry, request, agent)["rows"] == 20
    wait_until(lambda: not agent.status()["problems"], lambda: agent.status())


def test_a_registry_that_is_down_holds_up_neither_the_stream_nor_the_end(new_registry, capturing):
    registry = new_registry()
    agent, publisher = capturing(registry)
    agent.wait_problem(PROBLEM, "cannot be reached")
    capture(agent, publisher)
    began = time.monotonic()
    agent.terminate()
    assert time.monotonic() - began < 10
