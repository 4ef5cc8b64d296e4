"""The HTTP interface: health, metrics, errors, and clients that misbehave."""

import json
import shutil
import socket
import subprocess
import threading

import pytest

from conftest import Table


@pytest.fixture(scope="module")
def quiet(tmp_path_factory, world):
    """One agent with a closed window and an alert, for all who only ask."""
    import harness

    endpoint = harness.tcp_endpoint()
    agent = harness.Agent(tmp_path_factory.mktemp("quiet"))
    agent.configure(harness.stream(world / "scored.json", endpoint, rows=100))
    publisher = harness.Publisher(endpoint)
    agent.start()
    publisher.wait_for_subscriber()
    publisher.rows(Table(100, shift=3).rows(model_version="1", prediction=0.5))
    publisher.rows("bad")
    agent.wait_windows(1)
    agent.wait_rejected("bad_json")
    agent.wait_events(1)
    yield agent
    publisher.close()
    agent.kill()


def test_health(quiet):
    assert quiet.get("/healthz").body == b"ok\n"
    assert quiet.get("/readyz").body == b"ready\n"
    assert quiet.get("/healthz", method="HEAD").status == 200


@pytest.mark.parametrize("path", ["/nothing", "/api/v1", "/api/v1/models/m", "/api/v1/models/m/what", "/healthz/x", "/%00", "/api/v1/models//drift"])  # fmt: skip
def test_not_found(quiet, path):
    answer = quiet.get(path)
    assert answer.status == 404 and answer.headers["Content-Type"] == "application/json"
    error = json.loads(answer.body)["error"]
    assert error["code"] in ("not_found", "unknown_model") and error["message"]


@pytest.mark.parametrize("what", ["windows", "drift", "quarantine"])
def test_unknown_model(quiet, what):
    answer = quiet.get(f"/api/v1/models/none%22/{what}")
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"]) == (404, "unknown_model") and "monitored: m" in error["message"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/v1/status", "/api/v1/models", "/api/v1/models/m/windows"])  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_method_not_allowed(quiet, path, method):
    answer = quiet.get(path, method)
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"
    assert json.loads(answer.body)["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "", "1e3", "99999999999999999999"])
def test_bad_limit(quiet, limit):
    answer = quiet.get(f"/api/v1/models/m/windows?limit={limit}")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "bad_parameter")


def test_models_and_status_agree(quiet):
    assert quiet.json("/api/v1/models")["models"] == quiet.json("/api/v1/status")["models"]


def test_metrics_are_clean(quiet):
    answer = quiet.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    quiet.metrics()
    for name in ["leeway_rows_total", "leeway_messages_received_total", "leeway_messages_missed_total",
                 "leeway_rows_late_total", "leeway_config_last_reload_successful"]:  # fmt: skip
        assert f"# TYPE {name} " in answer.body.decode(), name
    assert quiet.metric("leeway_messages_rejected_total", model="m", reason="bad_json") == 1
    assert quiet.metric("leeway_events_sent_total") >= 1
    for name in ["leeway_drift_statistic", "leeway_drift_threshold"]:
        assert quiet.metric(name, model="m", version="unknown", feature="x", measure="ks") > 0
    keys = [(n, tuple(sorted(l.items()))) for n, l, _ in quiet.metrics()]
    assert len(keys) == len(set(keys)), "every sample once"


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not on PATH")
def test_promtool(quiet):
    done = subprocess.run(["promtool", "check", "metrics"], input=quiet.get("/metrics").body, capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()


def test_unreadable_requests(quiet):
    for request in [b"\x00\xff" * 500, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
                    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", b"POST /healthz HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n"]:  # fmt: skip
        with socket.create_connection(("127.0.0.1", quiet.http), timeout=5) as client:
            client.settimeout(5)
            try:
                client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                client.recv(1000)
            except OSError:
                pass
    assert quiet.get("/healthz").status == 200


def test_clients_that_say_nothing(quiet):
    """A hundred slow clients hold nobody up."""
    slow = [socket.create_connection(("127.0.0.1", quiet.http)) for _ in range(100)]
    for client in slow[::2]:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n")
    try:
        assert quiet.get("/metrics", timeout=5).status == 200
    finally:
        for client in slow:
            client.close()


def test_many_at_once(quiet):
    failures = []

    def ask(path):
        for _ in range(10):
            answer = quiet.get(path)
            if answer.status != 200:
                failures.append(answer)

    paths = ["/metrics", "/api/v1/status", "/api/v1/models/m/windows", "/api/v1/models/m/drift", "/healthz"]
    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    [t.start() for t in threads], [t.join() for t in threads]
    assert not failures


def test_an_ending_agent_does_not_wait_for_slow_clients(live):
    agent, _ = live()
    with socket.create_connection(("127.0.0.1", agent.http)) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\n")
        agent.signal(15)
        assert agent.wait(10) == 0
