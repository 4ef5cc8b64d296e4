"""The registry as a process: it starts, says who may ask, reloads, ends; and its commands without a registry."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

import harness
from conftest import makers
from harness import run, succeed, wait_until

TOKEN, OTHER = "0123456789abcdef", "fedcba9876543210"


class Registry(harness.Registry):
    """One that is started with arguments of the test's own."""

    ready_path = "/readyz"
    given = ()

    @property
    def command(self):
        return [harness.BINARY, "registry", *self.given] if self.given else super().command

    def start(self, *arguments, ready=True):
        self.given = arguments
        return super().start(ready)

    def configure(self, **keys):
        path = self.folder / "agent.conf"
        settings = {"http": f"127.0.0.1:{self.http}", "state": "state", **keys}
        path.write_text("[registry]\n" + "".join(f"{k} = {harness.toml(v)}\n" for k, v in settings.items()))
        return path

    def tokens(self, text, mode=0o600):
        path = self.folder / "tokens"
        path.write_text(text)
        path.chmod(mode)
        return path

    def ask(self, path, method="GET", headers=None, body=None):
        return self.request(method, path, body, headers)

    def status_for(self, authorization):
        return self.ask("/api/v1/status", headers={"Authorization": authorization}).status

    def end(self, number=signal.SIGTERM):
        self.signal(number)
        return self.wait(30)


@pytest.fixture
def new_registry(tmp_path):
    yield from makers(tmp_path, Registry)


def test_it_answers_and_ends(new_registry):
    registry = new_registry().start()
    assert f"listening on http://127.0.0.1:{registry.http}" in registry.logs
    for path, body in {"/health": b"OK", "/version": b"3.17.2", "/healthz": b"ok\n", "/readyz": b"ready\n"}.items():
        answer = registry.ask(path)
        assert (answer.status, answer.body) == (200, body)
        assert registry.ask(path, "HEAD").status == 200
    info = json.loads(registry.ask("/api/3.0/mlflow/server-info").body)
    assert info["multipart_uploads_enabled"] is False and info["workspaces_enabled"] is False
    status = json.loads(registry.ask("/api/v1/status").body)
    assert status["access"] == "loopback" and status["figures"]["experiments"] == 1
    assert registry.end() == 0


def test_it_goes_on_where_it_was(new_registry):
    registry = new_registry().start()
    assert registry.end(signal.SIGINT) == 0
    registry.start()
    assert registry.end() == 0


def test_unknown_paths_and_methods(new_registry):
    registry = new_registry().start()
    for path in ("/api/2.0/mlflow/nothing", "/api/2.0/mlflow-artifacts/nothing", "/api/3.0/mlflow/nothing"):
        answer = registry.ask(path)
        assert answer.status == 404 and json.loads(answer.body)["error_code"] == "ENDPOINT_NOT_FOUND"
    for path in ("/nothing", "/api/v1/nothing", "/api/v1/../x", "/%2e%2e/%2e%2e/etc/passwd", "/%ff", "/" + "a" * 5000):
        answer = registry.ask(path)
        assert answer.status == 404 and json.loads(answer.body)["error"]["code"] == "not_found", path
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = registry.ask("/api/v1/status", method)
        assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD"


def test_metrics_are_clean(new_registry):
    registry = new_registry().start()
    registry.ask("/api/2.0/mlflow/nothing")
    text = registry.ask("/metrics").body
    samples = {(name, labels.get("status")): value for name, labels, value in harness.parse_metrics(text.decode())}
    assert samples["leeway_registry_requests_total", "404"] == 1
    assert samples["leeway_registry_runs", None] == 0
    if promtool := shutil.which("promtool"):
        checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
        assert checked.returncode == 0 and not checked.stdout + checked.stderr, checked


# Who may ask


def test_web_pages_are_kept_away(new_registry):
    registry = new_registry().start()
    for host, status in {"localhost:1": 200, "[::1]:5050": 200, "127.3.2.1": 200, "evil.example": 403, "": 403}.items():
        answer = registry.ask("/api/v1/status", headers={"Host": host})
        assert answer.status == status, host
        assert registry.ask("/health", headers={"Host": host}).status == 200
    own = f"http://127.0.0.1:{registry.http}"
    for origin, status in {own: 405, "http://evil.example": 403, "null": 403}.items():
        answer = registry.ask("/api/v1/status", "POST", {"Origin": origin}, b"{}")
        assert answer.status == status, origin
        if status == 403:
            assert answer.headers["Content-Type"].startswith("text/plain")


def test_tokens(new_registry):
    registry = new_registry()
    tokens = registry.tokens(f"# who may ask\nci {TOKEN}\nanna {OTHER}\n")
    registry.start("--http", f"127.0.0.1:{registry.http}", "--state", registry.folder / "state", "--token-file", tokens)

    def basic(text):
        return "Basic " + base64.b64encode(text.encode()).decode()

    for good in (f"Bearer {TOKEN}", f"Bearer {OTHER}", basic(f"ci:{TOKEN}")):
        assert registry.status_for(good) == 200
    for bad in (f"Bearer {TOKEN}x", "Bearer", basic(f"anna:{TOKEN}"), basic("ci:"), "Negotiate x", "\xff"):
        assert registry.status_for(bad) == 401, bad
    for path in ("/api/v1/status", "/metrics", "/api/2.0/mlflow/nothing", "/api/2.0/mlflow-artifacts/artifacts/x", "/nothing"):
        answer = registry.ask(path)
        assert answer.status == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
        body = json.loads(answer.body)
        assert body.get("error_code") == "UNAUTHENTICATED" or body["error"]["code"] == "unauthenticated"
    assert TOKEN not in registry.logs


def test_tokens_are_read_again(new_registry):
    registry = new_registry()
    registry.tokens(f"ci {TOKEN}\n")
    registry.start("--config", registry.configure(token_file="tokens"))
    registry.tokens(f"ci {OTHER}\n")
    registry.process.send_signal(signal.SIGHUP)
    wait_until(lambda: registry.status_for(f"Bearer {OTHER}") == 200, "the new token counts")
    assert registry.status_for(f"Bearer {TOKEN}") == 401
    registry.tokens("ci short\n")
    registry.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "the tokens stay as they were" in registry.logs, "the bad file is told")
    assert "tokens:1: the token of \"ci\" must be at least 16" in registry.logs
    assert registry.status_for(f"Bearer {OTHER}") == 200
    assert registry.end() == 0


# What is wrong with it


def test_others_need_a_token_file(new_registry):
    registry = new_registry()
    done = run("registry", "--http", "0.0.0.0:5050", "--state", registry.folder)
    assert done.returncode == 78 and "nothing says who may ask; give --token-file" in done.stderr
    config = registry.configure(http="0.0.0.0:5050")
    done = run("registry", "--config", config)
    assert done.returncode == 78 and "agent.conf:2: registry.http: 0.0.0.0:5050 can be reached" in done.stderr


BAD_TOKENS = {
    "readable by others": (f"ci {TOKEN}\n", 0o644, "chmod 600"),
    "empty": ("", 0o600, "holds no token"),
    "short": ("ci secret\n", 0o600, "tokens:1: the token of \"ci\""),
    "twice": (f"ci {TOKEN}\nci {OTHER}\n", 0o600, "tokens:2: the name \"ci\" stands on line 1"),
    "one word": (f"{TOKEN}\n", 0o600, "tokens:1: a line is NAME TOKEN"),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_bad_token_files(new_registry, case):
    text, mode, words = BAD_TOKENS[case]
    registry = new_registry()
    tokens = registry.tokens(text, mode)
    done = run("registry", "--http", f"127.0.0.1:{registry.http}", "--state", registry.folder / "s", "--token-file", tokens)
    assert done.returncode == 78 and words in done.stderr and TOKEN not in done.stderr, done


def test_bad_configurations(new_registry):
    registry = new_registry()
    for keys, words in [
        ({"htpp": "x"}, "unknown key; did you mean \"http\"?"),
        ({"http": 5050}, "expected an address"),
        ({"token_file": "gone"}, "no such file"),
        ({"state": "/dev/null/state"}, "registry.state: cannot write"),
        ({"events": "tcp://*:1"}, "set insecure = true under [registry]"),
        ({"log_level": "loud"}, "must be \"trace\""),
    ]:
        done = run("registry", "--config", registry.configure(**keys))
        assert done.returncode == 78 and words in done.stderr, done
    assert run("registry", "--config", registry.folder / "gone.conf").returncode == 78
    for usage in (("--http", "banana"), ("--config", "a", "--state", "b"), ("--odd",)):
        assert run("registry", *usage).returncode == 2, usage


def test_check_reads_the_registrys_section(new_registry, world):
    registry = new_registry()
    agent = harness.configuration(harness.free_port(), [harness.stream(world / "plain.json", harness.tcp_endpoint())])
    config = registry.folder / "agent.conf"
    config.write_text(agent + "[registry]\nstate = \"r\"\n")
    assert "registry: 127.0.0.1:5050" in succeed("check", "--config", config).stdout
    config.write_text(agent + "[registry]\nhttp = \"0.0.0.0:5050\"\n")
    done = run("check", "--config", config)
    assert done.returncode == 78 and "registry.http" in done.stderr


def test_a_port_that_is_taken(new_registry):
    registry = new_registry()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("registry", "--http", f"127.0.0.1:{port}", "--state", registry.folder / "s")
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr and "http under [registry]" in done.stderr


def test_a_folder_in_use(new_registry):
    registry = new_registry().start()
    done = run("registry", "--http", f"127.0.0.1:{harness.free_port()}", "--state", registry.folder / "state")
    assert done.returncode == 1 and "is in use by another registry" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    assert run("registry", "--state", tmp_path / "s").returncode in (1, 78)


# Clients


def test_expect_100_continue_is_answered(new_registry):
    registry = new_registry().start()
    with socket.create_connection(("127.0.0.1", registry.http), timeout=10) as connection:
        head = f"PUT /nothing HTTP/1.1\r\nHost: 127.0.0.1:{registry.http}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        for _ in range(2):
            connection.sendall(head.encode())
            told = b"HTTP/1.1 100 Continue\r\n\r\n"
            assert connection.recv(len(told)) == told
            connection.sendall(b"body")
            time.sleep(0.1)
            assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")


def test_a_request_at_hand_is_answered_before_it_ends(new_registry):
    registry = new_registry().start()
    with socket.create_connection(("127.0.0.1", registry.http), timeout=10) as connection:
        connection.sendall(f"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1:{registry.http}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert registry.end() == 0, "an idle connection does not hold it up"


def test_commands_say_what_to_do_without_a_registry(tmp_path):
    address = f"http://127.0.0.1:{harness.free_port()}"
    for command in (["models"], ["runs"], ["models", "promote", "m", "1", "--expect", "none"]):
        done = run(*command, "--registry", address)
        assert done.returncode == 1 and done.stdout == ""
        assert f"{address}: nobody listens there; start the registry with `leeway registry`" in done.stderr
    for variable in ("LEEWAY_REGISTRY", "MLFLOW_TRACKING_URI"):
        assert f"{address}: nobody listens" in run("models", env={variable: address}).stderr
    done = run("models", env={"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"})
    assert done.returncode == 2 and "MLFLOW_TRACKING_URI" in done.stderr


def test_commands_show_their_token(new_registry, tmp_path):
    registry = new_registry()
    tokens = registry.tokens(f"ci {TOKEN}\n")
    registry.start("--http", f"127.0.0.1:{registry.http}", "--state", registry.folder / "state", "--token-file", tokens)
    address = f"http://127.0.0.1:{registry.http}"
    done = run("models", "--registry", address)
    assert done.returncode == 1 and "give --token-file, or set LEEWAY_TOKEN" in done.stderr
    for more in ({"LEEWAY_TOKEN": TOKEN}, {"MLFLOW_TRACKING_TOKEN": TOKEN}):
        assert "wants a token" not in run("models", "--registry", address, env=more).stderr
    assert "wants a token" not in run("models", "--registry", address, "--token-file", tokens).stderr
