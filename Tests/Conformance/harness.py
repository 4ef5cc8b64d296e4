"""Runs the real binary, speaks to it with real clients, and waits by polling with deadlines."""

import collections
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import time
import urllib.parse

import zmq

BINARY = os.environ.get("LEEWAY") or str(
    pathlib.Path(__file__).resolve().parents[2] / ".build" / "debug" / "leeway"
)
ENVIRONMENT = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "NO_COLOR": "1"}
MODEL = "m"
DEADLINE = 20.0


# Commands


def run(*arguments, input=None, timeout=60, cwd=None, env=None):
    """Runs `leeway` to its end. `input` is text or bytes."""
    data = input.encode() if isinstance(input, str) else input
    done = subprocess.run(
        [BINARY, *map(str, arguments)],
        input=data,
        stdin=subprocess.DEVNULL if data is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
        cwd=cwd,
        env={**ENVIRONMENT, **(env or {})},
    )
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    assert done.returncode >= 0, f"leeway died of signal {-done.returncode}: {done.stderr}"
    return done


def succeed(*arguments, **options):
    done = run(*arguments, **options)
    assert done.returncode == 0, f"{arguments} → {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def write_csv(path, columns):
    """Writes a dict of equally long columns; `None` is an empty cell."""
    names = list(columns)
    lines = [",".join(names)]
    for row in zip(*columns.values()):
        lines.append(",".join("" if cell is None else str(cell) for cell in row))
    pathlib.Path(path).write_text("\n".join(lines) + "\n")
    return path


# Waiting


def wait_until(condition, what, timeout=DEADLINE):
    """Returns the first true value of `condition`, asked again and again until the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(0.03)


# Below the ports that the kernel gives to whoever asks for none; test processes that run side by side take turns.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_ports = itertools.cycle(range(12_000 + _worker, 32_000, _workers))


def free_port():
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def tcp_endpoint():
    return f"tcp://127.0.0.1:{free_port()}"


# Configurations


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"


TABLES = ("window", "alerts", "capture", "performance", "skew", "retrain")


def configuration(http, streams, agent=None, sinks=({"type": "file", "path": "events.jsonl"},)):
    """An agent.conf. Each stream is a dict; what in it is a dict by a name of `TABLES` is a table of its own."""
    settings = {"name": "qa", "state": "state", "http": f"127.0.0.1:{http}", "checkpoint_interval": "1s"}
    lines = ["[agent]"] + [f"{k} = {toml(v)}" for k, v in {**settings, **(agent or {})}.items()]
    for stream in streams:
        tables = {name: stream[name] for name in TABLES if name in stream}
        lines += ["", "[[stream]]"]
        lines += [f"{k} = {toml(v)}" for k, v in stream.items() if k not in tables]
        for name, table in tables.items():
            lines += ["", f"[stream.{name}]"] + [f"{k} = {toml(v)}" for k, v in table.items()]
    for sink in sinks:
        lines += ["", "[[sink]]"] + [f"{k} = {toml(v)}" for k, v in sink.items()]
    return "\n".join(lines) + "\n"


KS_ALONE = {"threshold": "fixed", "measures": ["ks"], "cooldown": "0s", "ks": {"warning": 0.25, "critical": 0.5}}


def stream(reference, endpoints, model=MODEL, rows=100, window=None, alerts=None, **keys):
    """A stream of windows of rows, judged by KS alone, unless told otherwise. Windows of time follow the rows'
    own clock, so that tests may choose it."""
    return {
        "model": model,
        "endpoints": [endpoints] if isinstance(endpoints, str) else endpoints,
        "reference": str(reference),
        "clock": "event" if window and "length" in window else "arrival",
        **keys,
        "window": window or {"rows": rows, "min_samples": min(rows, 50)},
        "alerts": alerts or KS_ALONE,
    }


# Servers

Answer = collections.namedtuple("Answer", "status headers body")


class Server:
    """One process that listens for HTTP, in a folder of its own. Subclasses say what it is called, how it is
    started, and which path answers 200 once it is ready."""

    def __init__(self, folder, http=None):
        self.folder = pathlib.Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.http = http or free_port()
        self.process = None

    def start(self, ready=True, env=None):
        self.log = open(self.folder / f"{self.name}.log", "ab")
        self.process = subprocess.Popen(
            [str(word) for word in self.command],
            stdin=subprocess.DEVNULL,
            stdout=open(self.folder / "stdout.log", "ab"),
            stderr=self.log,
            env={**ENVIRONMENT, **(env or {})},
        )
        if ready:
            wait_until(self.is_ready, lambda: f"the {self.name} is ready\n{self.logs}", self.patience)
        return self

    patience = DEADLINE

    def is_ready(self):
        self.check_alive()
        try:
            return self.get(self.ready_path).status == 200
        except OSError:
            return False

    def check_alive(self):
        code = self.process.poll()
        assert code is None, f"the {self.name} ended with {code}\n{self.logs}"

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=DEADLINE):
        return self.process.wait(timeout)

    def terminate(self):
        self.signal(signal.SIGTERM)
        code = self.wait(30)
        assert code == 0, f"ended with {code}\n{self.logs}"

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    @property
    def logs(self):
        return (self.folder / f"{self.name}.log").read_text(errors="replace")

    # HTTP

    def request(self, method, path, body=None, headers=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def get(self, path, method="GET", timeout=20):
        return self.request(method, path, timeout=timeout)

    def json(self, path):
        answer = self.get(path)
        assert answer.status == 200, answer
        return json.loads(answer.body)


class Agent(Server):
    """One `leeway agent`."""

    name = "agent"
    ready_path = "/readyz"

    @property
    def config(self):
        return self.folder / "agent.conf"

    @property
    def command(self):
        return [BINARY, "agent", "--config", self.config]

    def configure(self, *streams, **keys):
        self.config.write_text(configuration(self.http, streams, **keys))
        return self

    def api(self, what, model=MODEL, **query):
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        return self.json(f"/api/v1/models/{urllib.parse.quote(model, safe='')}/{what}{suffix}")

    def windows(self, model=MODEL, limit=1000):
        """Oldest first."""
        return self.api("windows", model, limit=limit)["windows"][::-1]

    def performance(self, model=MODEL, limit=1000):
        return self.api("performance", model, limit=limit)

    def quarantine(self, model=MODEL, limit=1000):
        return self.api("quarantine", model, limit=limit)["messages"]

    def status(self, model=MODEL):
        return next(s for s in self.json("/api/v1/status")["models"] if s["model"] == model)

    def counters(self, model=MODEL):
        return self.status(model)["counters"]

    def metrics(self):
        return parse_metrics(self.get("/metrics").body.decode())

    def metric(self, name, **labels):
        """The only sample with these labels; 0 where there is none."""
        found = [v for n, l, v in self.metrics() if n == name and labels.items() <= l.items()]
        assert len(found) <= 1, found
        return found[0] if found else 0

    def events(self):
        path = self.folder / "events.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    # Waiting

    def _wait(self, read, condition, what, timeout):
        seen = None

        def check():
            nonlocal seen
            self.check_alive()
            seen = read()
            return seen if condition(seen) else None

        return wait_until(check, lambda: f"{what}; last seen {seen}\n{self.logs[-3000:]}", timeout)

    def wait_counters(self, model=MODEL, timeout=DEADLINE, **least):
        """Until every counter is at least so large."""
        return self._wait(
            lambda: self.counters(model),
            lambda c: all(c[name] >= value for name, value in least.items()),
            f"counters {least}",
            timeout,
        )

    def wait_rows(self, rows, model=MODEL, timeout=DEADLINE):
        return self.wait_counters(model, timeout, rows=rows)

    def wait_windows(self, count, model=MODEL, timeout=DEADLINE):
        return self._wait(
            lambda: self.windows(model), lambda w: len(w) >= count, f"{count} windows", timeout
        )

    def wait_performance(self, count, model=MODEL, timeout=DEADLINE):
        """Until so many reports are there; oldest first."""
        return self._wait(
            lambda: self.performance(model)["windows"][::-1], lambda w: len(w) >= count, f"{count} reports", timeout
        )

    def wait_captured(self, model=MODEL, timeout=DEADLINE, **least):
        """Until what is said of the store is at least so much: rows, or one of its counters."""

        def read():
            capture = self.performance(model).get("capture") or {"rows": 0, "counters": {}}
            return {**capture, **capture["counters"]}

        return self._wait(
            read, lambda c: all(c.get(name, 0) >= value for name, value in least.items()), f"captured {least}", timeout
        )

    def wait_events(self, count, timeout=DEADLINE):
        return self._wait(self.events, lambda e: len(e) >= count, f"{count} events", timeout)

    def wait_rejected(self, reason, count=1, model=MODEL, timeout=DEADLINE):
        return self._wait(
            lambda: self.counters(model),
            lambda c: c["rejected"].get(reason, 0) >= count,
            f"{count} × rejected as {reason}",
            timeout,
        )

    def wait_state(self, state, model=MODEL, timeout=DEADLINE):
        return self._wait(
            lambda: self.status(model), lambda s: s["state"] == state, f"state {state}", timeout
        )

    def wait_problem(self, *words, model=MODEL, timeout=DEADLINE):
        return self._wait(
            lambda: self.status(model)["problems"],
            lambda p: any(all(w in problem for w in words) for problem in p),
            f"a problem with {words}",
            timeout,
        )

    def assert_books_balance(self, model=MODEL):
        counters = self.counters(model)
        assert counters["received"] == counters["decoded"] + sum(counters["rejected"].values()), counters
        return counters


class Registry(Server):
    """One `leeway registry`, with what MLflow's client would say to it, without the client."""

    name = "registry"
    ready_path = "/health"

    def __init__(self, folder, http=None, arguments=()):
        super().__init__(folder, http)
        self.arguments = arguments

    @property
    def uri(self):
        return f"http://127.0.0.1:{self.http}"

    @property
    def state(self):
        return self.folder / "state"

    @property
    def command(self):
        return [BINARY, "registry", "--http", f"127.0.0.1:{self.http}", "--state", self.state, *self.arguments]

    def call(self, method, path, body=None, timeout=20, headers=None, **query):
        """Status and decoded body of a call of MLflow's API: `path` as in `runs/get`, or absolute."""
        path = path if path.startswith("/") else f"/api/2.0/mlflow/{path}"
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        data = None if body is None else json.dumps(body)
        headers = {**({} if body is None else {"Content-Type": "application/json"}), **(headers or {})}
        answer = self.request(method, path, data, headers, timeout)
        return answer.status, json.loads(answer.body or b"{}")

    def post(self, path, body, **options):
        status, answer = self.call("POST", path, body, **options)
        assert status == 200, (path, body, answer)
        return answer


class MLflowServer(Registry):
    """MLflow's own server in the place of ours, to prove the tests right. `MLFLOW_SERVER` names its program."""

    name = "mlflow-server"
    patience = 90

    @property
    def command(self):
        return [
            os.environ["MLFLOW_SERVER"], "server", "--host", "127.0.0.1", "--port", self.http, "--workers", "1",
            "--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db",
            "--artifacts-destination", self.folder / "artifacts",
        ]  # fmt: skip

    def start(self, ready=True, env=None):
        # Its scripts look for their own `python` on PATH, and must not find the client's packages.
        path = f"{os.path.dirname(os.environ['MLFLOW_SERVER'])}:{os.environ['PATH']}"
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        return super().start(ready, {"PATH": path, "PYTHONPATH": "", **quiet, **(env or {})})

    def kill(self):
        """Its workers are children, which a SIGKILL would leave alone."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                super().kill()


def registry(folder, **options):
    """The registry under test: `leeway registry`, or the real server where `MLFLOW_SERVER` says so."""
    return (MLflowServer if "MLFLOW_SERVER" in os.environ else Registry)(folder, **options)


_SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')


def parse_metrics(text):
    samples = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = _SAMPLE.match(line)
        assert match, f"not a sample: {line!r}"
        name, labels, value = match.groups()
        pairs = {key: unescaped(value) for key, value in _LABEL.findall(labels or "")}
        samples.append((name, pairs, float(value)))
    return samples


def unescaped(label):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), label)


# Publishers


class Publisher:
    """What a service would have: a ZeroMQ socket that sends `[topic, body]`.

    The socket is XPUB rather than PUB only so that it can wait for the agent's subscriptions.
    """

    def __init__(self, endpoint, bind=True, kind=zmq.XPUB, model=MODEL):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.linger = 2000
        self.socket.sndhwm = 0
        self.model = model
        self.kind = kind
        self.endpoint = endpoint
        if bind:
            self.socket.bind(endpoint)
        else:
            self.socket.connect(endpoint)

    def wait_for_subscriber(self, kinds=5, timeout=DEADLINE):
        """Until somebody has subscribed to so many topics of the model."""
        if self.kind != zmq.XPUB:
            return self
        topics = set()

        def check():
            while self.socket.poll(0):
                frame = self.socket.recv()
                if frame[:1] == b"\x01" and frame.endswith(f"/{self.model}/".encode()):
                    topics.add(frame[1:])
            return len(topics) >= kinds

        wait_until(check, lambda: f"subscriptions; there are {topics}", timeout)
        return self

    def send(self, kind, *frames, sequence=None):
        """`frames`: the body, and tensors behind it. `sequence`: (epoch, number)."""
        head = [f"{kind}/{self.model}/".encode()]
        if sequence is not None:
            head.append(struct.pack(">QQ", *sequence))
        self.socket.send_multipart(head + [encoded(frame) for frame in frames])

    def rows(self, rows, sequence=None):
        self.send("rows", rows, sequence=sequence)

    def beacon(self, epoch, end=False, **sequences):
        self.send("beacon", {"epoch": epoch, "sequences": sequences, **({"end": True} if end else {})})

    def raw(self, *frames):
        self.socket.send_multipart(list(frames))

    def close(self):
        self.socket.close()
        self.context.term()


def encoded(body):
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


@contextlib.contextmanager
def publishing(endpoint, **options):
    publisher = Publisher(endpoint, **options)
    try:
        yield publisher
    finally:
        publisher.close()


def row(features, time=None, **members):
    return {**({} if time is None else {"time": time}), "features": features, **members}


def tensor(name, datatype, data, shape=None):
    return {"name": name, "shape": shape or [len(data)], "datatype": datatype, "data": data}
