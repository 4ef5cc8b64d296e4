"""From an alert to a retrain request: at the registry, at another trainer, and through whatever goes down on the way."""

import base64
import http.server
import json
import threading
import time
import urllib.parse

import harness
import pytest
from conftest import T0, Table
from test_restart import wait_for_connection
from test_webhook import SECRET, Receiver

REQUESTS = "/api/v1/retrain-requests"
HOUR = 3600
HOURS = {"length": "1h", "lateness": "0s", "min_samples": 50}


def requests(registry, **query):
    status, answer = registry.call("GET", REQUESTS, **query)
    assert status == 200, answer
    return answer["retrain_requests"]


def wait_requests(registry, count, **query):
    harness.wait_until(lambda: len(requests(registry, **query)) >= count, lambda: f"{count} of {requests(registry)}")
    return requests(registry, **query)


@pytest.fixture
def proposing(new_agent, plain):
    """Agents that watch `m` by the hour and propose; each has a publisher it is connected to."""
    publishers = []

    def make(name="agent", agent=None, registry=None, sinks=None, retrain=None, env=None, start=True, **keys):
        endpoint, made = harness.tcp_endpoint(), new_agent(name)
        settings = {"name": name, **({"registry": registry} if registry else {}), **(agent or {})}
        stream = harness.stream(keys.pop("reference", plain), endpoint, window=HOURS, retrain=retrain or {}, **keys)
        files = [{"type": "file", "path": "events.jsonl"}]
        made.configure(stream, agent=settings, sinks=files + list(sinks or []))
        publishers.append(harness.Publisher(endpoint))
        if start:
            made.start(env=env)
            publishers[-1].wait_for_subscriber()
        return made, publishers[-1]

    yield make
    for publisher in publishers:
        publisher.close()


def hours(publisher, *shifts, first=0, nulls=()):
    """An hour of rows for each shift, and the beginning of the next hour, which closes the last."""
    for hour, shift in enumerate(shifts, first):
        rows = Table(120, seed=3 + hour, shift=shift).rows(at=T0 + hour * HOUR, step=30)
        for row in rows if hour in nulls else ():
            row["features"]["y"] = None
        publisher.rows(rows)
    publisher.rows(Table(1, seed=99).rows(at=T0 + (first + len(shifts)) * HOUR))


def time_of(hour):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(T0 + hour * HOUR))


def total(agent, outcome):
    return agent.metric("leeway_retrain_requests_total", model=harness.MODEL, outcome=outcome)


def sink_of(agent, name):
    return next(s for s in agent.json("/api/v1/status")["sinks"] if s["sink"].startswith(name))


# The registry


def test_drift_is_proposed_and_accepted(new_registry, proposing):
    registry = new_registry().start()
    agent, publisher = proposing(registry=registry.uri)
    hours(publisher, 0, 3)
    (request,) = wait_requests(registry, 1)
    assert (request["state"], request["trigger"], request["model"]) == ("accepted", "drift", "m")
    sent = request["request"]
    assert sent["window"] == {"start": time_of(1), "end": time_of(2)}
    assert sent["reference"] == agent.status()["reference"]
    (piece,) = sent["evidence"]
    assert (piece["source"], piece["kind"], piece["firing"], piece["feature"]) == ("/agents/agent", "data", True, "x")
    assert piece["event"] == agent.wait_events(1)[0]["id"]
    harness.wait_until(lambda: total(agent, "accepted") == 1, agent.logs)
    assert agent.status()["retraining"] == {k: request[v] for k, v in [("request", "id"), ("state", "state"), ("reason", "reason")]}
    assert sink_of(agent, "registry") == {"sink": "registry", "pending": 0}
    assert agent.metric("leeway_retrain_proposals_total", model="m") == 1


def test_two_agents_propose_one_training(new_registry, proposing):
    registry = new_registry().start()
    pairs = [proposing(name, registry=registry.uri) for name in ("a", "b")]
    for _, publisher in pairs:
        hours(publisher, 0, 3)
    harness.wait_until(lambda: [r["proposals"] for r in requests(registry)] == [2], lambda: requests(registry))
    (request,) = requests(registry)
    assert {piece["source"] for piece in request["request"]["evidence"]} == {"/agents/a", "/agents/b"}


def test_without_the_table_nothing_is_proposed(new_registry, proposing, new_agent, plain):
    registry = new_registry().start()
    endpoint, agent = harness.tcp_endpoint(), new_agent("quiet")
    agent.configure(harness.stream(plain, endpoint, window=HOURS), agent={"registry": registry.uri})
    with harness.publishing(endpoint) as publisher:
        agent.start()
        publisher.wait_for_subscriber()
        hours(publisher, 0, 3)
        agent.wait_events(1)
        time.sleep(1)
    assert requests(registry) == [] and agent.metric("leeway_retrain_proposals_total", model="m") == 0


@pytest.mark.parametrize(
    "policy, shifts, window",
    [
        ({"features": ["y"]}, (0, 3), None),
        ({"features": ["x"]}, (0, 3), (1, 2)),
        ({"share": 0.5}, (0, 3), None),
        ({"share": 0.25}, (0, 3), (1, 2)),
        ({"severity": "critical"}, (0, 0.8), None),
        ({"on": ["prediction"]}, (0, 3), None),
        ({"for": 3}, (0, 3, 3), None),
        ({"for": 3}, (0, 3, 3, 3), (1, 4)),
    ],
)
def test_a_policy_says_what_proposes(new_registry, proposing, policy, shifts, window):
    registry = new_registry().start()
    agent, publisher = proposing(registry=registry.uri, retrain=policy)
    hours(publisher, *shifts)
    agent.wait_windows(len(shifts))
    agent.wait_events(1)
    if window:
        (request,) = wait_requests(registry, 1)
        assert request["request"]["window"] == {"start": time_of(window[0]), "end": time_of(window[1])}
    else:
        time.sleep(1)
        assert requests(registry) == []


def test_a_registry_that_is_down_hears_of_it_once_it_is_up(new_registry, proposing):
    registry = new_registry()
    agent, publisher = proposing(registry=registry.uri)
    hours(publisher, 0, 3)
    harness.wait_until(lambda: agent.metric("leeway_events_failed_total", sink="registry") >= 1, lambda: agent.logs)
    waiting = sink_of(agent, "registry")
    assert waiting["pending"] == 1 and "cannot be reached" in waiting["problem"] and waiting["oldest"]
    registry.start()
    (request,) = wait_requests(registry, 1)
    assert request["state"] == "accepted" and request["proposals"] == 1
    harness.wait_until(lambda: "problem" not in sink_of(agent, "registry"), lambda: sink_of(agent, "registry"))


def test_an_agent_killed_between_alert_and_delivery_loses_nothing(new_registry, proposing):
    registry = new_registry()
    agent, publisher = proposing(registry=registry.uri)
    hours(publisher, 0, 3)
    agent.wait_events(1)
    harness.wait_until(lambda: sink_of(agent, "registry")["pending"] == 1, lambda: agent.logs)
    agent.kill()
    registry.start()
    agent.start()
    (request,) = wait_requests(registry, 1)
    assert request["request"]["window"] == {"start": time_of(1), "end": time_of(2)}


def test_broken_data_vetoes_until_it_is_well(new_registry, proposing):
    registry = new_registry().start()
    alerts = {"threshold": "fixed", "measures": ["ks", "missing_rate"], "cooldown": "0s", "ks": {"warning": 0.25, "critical": 0.5}}
    agent, publisher = proposing(registry=registry.uri, alerts=alerts)
    hours(publisher, 0, 3, nulls=[1])
    (request,) = wait_requests(registry, 1)
    assert request["state"] == "waiting" and "quality" in request["reason"], request
    assert agent.wait_events(2)
    harness.wait_until(lambda: agent.status()["retraining"]["state"] == "waiting", lambda: agent.status())
    hours(publisher, 3, 3, first=2)
    (request,) = wait_requests(registry, 1, state="accepted")
    assert {(e["kind"], e["firing"]) for e in request["request"]["evidence"]} >= {("quality", True), ("quality", False)}


def test_a_token_is_shown_and_may_come_later(new_registry, proposing, tmp_path):
    tokens, mine = tmp_path / "tokens", tmp_path / "token"
    for path, text in [(tokens, "sidecar " + "s" * 32), (mine, "sidecar " + "x" * 32)]:
        path.write_text(text + "\n")
        path.chmod(0o600)
    registry = new_registry(arguments=("--token-file", tokens)).start()
    agent, publisher = proposing(registry=registry.uri, agent={"token_file": str(mine)})
    hours(publisher, 0, 3)
    harness.wait_until(lambda: "401" in sink_of(agent, "registry").get("problem", ""), lambda: sink_of(agent, "registry"))
    mine.write_text("sidecar " + "s" * 32 + "\n")
    harness.wait_until(lambda: total(agent, "accepted") == 1, lambda: agent.logs)
    headers = {"Authorization": "Bearer " + "s" * 32}
    _, answer = registry.call("GET", REQUESTS, headers=headers)
    assert [r["proposed_by"] for r in answer["retrain_requests"]] == ["sidecar"]


def test_what_the_registry_will_not_take_is_given_up_and_said(new_registry, new_agent, plain):
    """A model's name with a colon is one that no registry takes."""
    registry, agent, endpoint = new_registry().start(), new_agent(), harness.tcp_endpoint()
    stream = harness.stream(plain, endpoint, model="a:b", window=HOURS, retrain={})
    agent.configure(stream, agent={"registry": registry.uri})
    with harness.publishing(endpoint, model="a:b") as publisher:
        agent.start()
        publisher.wait_for_subscriber()
        hours(publisher, 0, 3)
        given_up = lambda: agent.metric("leeway_retrain_requests_total", model="a:b", outcome="given_up")
        harness.wait_until(lambda: given_up() == 1, lambda: agent.logs)
    status = agent.status("a:b")["retraining"]
    assert status["state"] == "given_up" and "a:b" in status["reason"]
    assert "given up" in sink_of(agent, "registry")["problem"] and sink_of(agent, "registry")["pending"] == 0
    assert agent.metric("leeway_events_refused_total", sink="registry") == 1
    assert requests(registry) == []


# Other trainers


class Airflow:
    """What Airflow's API reference says of starting runs: 2.x under /api/v1 with basic authentication, 3.x under /api/v2
    with a JWT that /auth/token gives. 3.x refuses fields that it does not know, and wants `logical_date`."""

    USER, PASSWORD = "leeway", "a:secret"

    def __init__(self, version, answers=()):
        self.version, self.answers = version, list(answers)
        self.runs, self.posts, self.tokens = {}, 0, []
        airflow = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body=None):
                data = json.dumps(body or {"detail": "-"}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/json"
                self.answer(*airflow.post(self.path, self.headers, body))

            def do_GET(self):
                run = self.path.rpartition("/")[2]
                known = self.path == f"{airflow.path}/{run}" and run in airflow.runs
                self.answer(200 if known and airflow.may(self.headers) else 404, airflow.runs.get(run))

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.path = f"/api/v{version - 1}/dags/retrain.m/dagRuns"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def may(self, headers):
        shown = headers.get("Authorization", "")
        if self.version == 2:
            return shown == "Basic " + base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
        return bool(self.tokens) and shown == "Bearer " + self.tokens[-1]

    def post(self, path, headers, body):
        if path == "/auth/token" and self.version == 3:
            if body != {"username": self.USER, "password": self.PASSWORD}:
                return 401, None
            self.tokens.append(f"jwt-{len(self.tokens)}")
            return 201, {"access_token": self.tokens[-1]}
        if path != self.path:
            return 404, None
        if not self.may(headers):
            return 401, None
        self.posts += 1
        if self.answers and (status := self.answers.pop(0)):
            return status, None
        known = {"dag_run_id", "logical_date", "conf", "note"} | ({"data_interval_start", "data_interval_end", "run_after"} if self.version == 3 else set())
        if set(body) - known or not isinstance(body["conf"], dict):
            return 422 if self.version == 3 else 400, None
        if self.version == 3 and "logical_date" not in body:
            return 422, None
        if body["dag_run_id"] in self.runs:
            return 409, None
        self.runs[body["dag_run_id"]] = body
        return 200, {**body, "state": "queued"}


@pytest.fixture
def airflow():
    opened = []

    def make(*arguments, **options):
        opened.append(Airflow(*arguments, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.server.shutdown()
        each.server.server_close()


def dag(airflow, **keys):
    user = {"user": Airflow.USER, "password": "${AIRFLOW_PASSWORD}"}
    return {"type": "airflow", "url": airflow.url, "dag": "retrain.m", "api": f"v{airflow.version - 1}", **user, **keys}


def in_flight(agent, name):
    return agent.metric("leeway_events_pending", sink=sink_of(agent, name)["sink"])


@pytest.mark.parametrize("version", [2, 3])
def test_airflow_runs_a_dag_once_for_a_request(proposing, airflow, version):
    server = airflow(version)
    agent, publisher = proposing(sinks=[dag(server)], env={"AIRFLOW_PASSWORD": Airflow.PASSWORD})
    hours(publisher, 0, 3)
    harness.wait_until(lambda: server.runs, lambda: agent.logs)
    ((id, run),) = server.runs.items()
    assert run["conf"]["id"] == id and run["conf"]["model"] == "m"
    assert run["conf"]["window"] == {"start": time_of(1), "end": time_of(2)}
    assert run.get("logical_date") is None
    harness.wait_until(lambda: in_flight(agent, "airflow:") == 0, lambda: agent.logs)
    assert agent.wait_events(1) and server.posts == 1


@pytest.mark.parametrize("version", [2, 3])
def test_a_run_that_airflow_has_is_taken(proposing, airflow, version):
    """Two agents propose the same."""
    server = airflow(version)
    pairs = [proposing(n, sinks=[dag(server)], env={"AIRFLOW_PASSWORD": Airflow.PASSWORD}) for n in ("a", "b")]
    for agent, publisher in pairs:
        hours(publisher, 0, 3)
        agent.wait_events(1)
    harness.wait_until(lambda: server.posts == 2, lambda: pairs[0][0].logs)
    for agent, _ in pairs:
        harness.wait_until(lambda: in_flight(agent, "airflow:") == 0, lambda: agent.logs)
        assert "problem" not in sink_of(agent, "airflow:")
    assert len(server.runs) == 1


@pytest.mark.parametrize("answer", [409, 500, 404, 429])
def test_airflow_is_asked_again(proposing, airflow, answer):
    """A conflict too, where the run is not there: it was about something else."""
    server = airflow(3, answers=[answer])
    agent, publisher = proposing(sinks=[dag(server)], env={"AIRFLOW_PASSWORD": Airflow.PASSWORD})
    hours(publisher, 0, 3)
    harness.wait_until(lambda: server.runs, lambda: agent.logs)
    assert server.posts == 2


def test_a_token_that_airflow_no_longer_takes_is_asked_for_again(proposing, airflow):
    server = airflow(3)
    agent, publisher = proposing(sinks=[dag(server)], env={"AIRFLOW_PASSWORD": Airflow.PASSWORD})
    hours(publisher, 0, 3)
    harness.wait_until(lambda: len(server.runs) == 1, lambda: agent.logs)
    server.tokens.append("another")
    hours(publisher, 0, 3, first=2)
    harness.wait_until(lambda: len(server.runs) == 2, lambda: agent.logs)
    assert len(server.tokens) == 3


def test_a_bearer_token_of_ones_own(proposing, airflow):
    server = airflow(3)
    server.tokens.append("mine")
    agent, publisher = proposing(sinks=[{"type": "airflow", "url": server.url, "dag": "retrain.m", "token": "mine"}])
    hours(publisher, 0, 3)
    harness.wait_until(lambda: server.runs, lambda: agent.logs)


def test_a_wrong_password_is_told_and_not_shown(proposing, airflow):
    server = airflow(3)
    agent, publisher = proposing(sinks=[dag(server)], env={"AIRFLOW_PASSWORD": "wrong-password"})
    hours(publisher, 0, 3)
    harness.wait_until(lambda: "401" in sink_of(agent, "airflow:").get("problem", ""), lambda: agent.logs)
    assert not server.runs and "wrong-password" not in agent.logs + json.dumps(agent.json("/api/v1/status"))


SCRIPT = """#!/bin/sh
cat > "$1/$LEEWAY_EVENT_ID.json.part" && mv "$1/$LEEWAY_EVENT_ID.json.part" "$1/$LEEWAY_EVENT_ID.json"
echo "$LEEWAY_EVENT_TYPE $LEEWAY_EVENT_SUBJECT" >> "$1/types"
[ -e "$1/fail" ] && { rm "$1/fail"; exit 3; }
exit 0
"""


def command(folder, text=SCRIPT, **keys):
    folder.mkdir()
    script = folder / "take.sh"
    script.write_text(text)
    script.chmod(0o755)
    return {"type": "command", "command": [str(script), str(folder)], **keys}


def taken(folder):
    return [json.loads(path.read_text()) for path in folder.glob("*.json")]


def test_a_command_takes_requests(proposing, tmp_path):
    folder = tmp_path / "taken"
    sink = command(folder)
    (folder / "fail").touch()
    agent, publisher = proposing(sinks=[sink])
    hours(publisher, 0, 3)
    harness.wait_until(lambda: len((folder / "types").read_text().splitlines()) == 2 if (folder / "types").exists() else False, lambda: agent.logs)
    (event,) = taken(folder)
    assert event["type"] == "dev.leeway.retrain.requested" and event["data"]["model"] == "m"
    assert (folder / "types").read_text() == "dev.leeway.retrain.requested m\n" * 2
    harness.wait_until(lambda: sink_of(agent, "command:")["pending"] == 0, lambda: agent.logs)
    assert agent.metric("leeway_events_failed_total", sink=sink_of(agent, "command:")["sink"]) == 1


def test_a_command_that_does_not_end_is_ended_with_all_it_started(proposing, tmp_path):
    folder = tmp_path / "slow"
    sink = command(folder, '#!/bin/sh\n[ -e "$1/pid" ] && exit 0\nsleep 300 & echo $! > "$1/pid"\nwait\n', timeout="1s")
    agent, publisher = proposing(sinks=[sink])
    hours(publisher, 0, 3)
    harness.wait_until(lambda: (folder / "pid").exists() and (folder / "pid").read_text(), lambda: agent.logs)
    child = int((folder / "pid").read_text())
    harness.wait_until(lambda: not alive(child), "the child has ended")
    harness.wait_until(lambda: sink_of(agent, "command:")["pending"] == 0, lambda: agent.logs)


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_command_need_not_read(proposing):
    agent, publisher = proposing(sinks=[{"type": "command", "command": ["true"], "events": ["drift", "retrain"]}])
    hours(publisher, 0, 3)
    harness.wait_until(lambda: agent.metric("leeway_events_sent_total", sink=sink_of(agent, "command:")["sink"]) == 2, lambda: agent.logs)


def test_a_webhook_takes_what_it_asks_for(proposing):
    receivers = [Receiver() for _ in range(3)]
    choices = [{}, {"events": ["retrain"]}, {"events": ["drift", "retrain"]}]
    sinks = [{"type": "webhook", "url": r.url, "secret": SECRET, **c} for r, c in zip(receivers, choices)]
    agent, publisher = proposing(sinks=sinks)
    hours(publisher, 0, 3)
    harness.wait_until(lambda: [len(r.events) for r in receivers] == [1, 1, 2], lambda: agent.logs)
    types = [{event["type"].rpartition(".")[2] for event in r.events} for r in receivers]
    assert types == [{"firing"}, {"requested"}, {"firing", "requested"}]
    for receiver in receivers:
        receiver.close()


# The champion's reference


def register(registry, folder, reference, model="m"):
    """A version of the model with these files, and its number."""
    experiment = registry.post("experiments/create", {"name": f"e{time.monotonic_ns()}"})["experiment_id"]
    run = registry.post("runs/create", {"experiment_id": experiment})["run"]["info"]
    base = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    files = {"MLmodel": b"flavors: {}\n", **({"reference.json": reference.read_bytes()} if reference else {})}
    for name, content in files.items():
        path = urllib.parse.quote(f"{base}/model/{name}")
        answer = registry.request("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{path}", content)
        assert answer.status == 200, answer
    registry.call("POST", "registered-models/create", {"name": model})
    source = {"name": model, "source": f"{run['artifact_uri']}/model", "run_id": run["run_id"]}
    return int(registry.post("model-versions/create", source)["model_version"]["version"])


def promote(registry, version, expect):
    registry.post("/api/v1/models/m/promote", {"version": version, "expect": expect})


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A reference of rows that have moved by three."""
    folder = tmp_path_factory.mktemp("moved")
    Table(2000, seed=5, shift=3).csv(folder / "rows.csv")
    harness.succeed("reference", "build", "--input", folder / "rows.csv", "--output", folder / "moved.json")
    return folder / "moved.json"


def id_of(reference):
    return json.loads(reference.read_text())["id"]


def test_the_reference_follows_the_champion_at_the_next_window(new_registry, proposing, plain, moved, tmp_path):
    registry = new_registry().start()
    agent, publisher = proposing(registry=registry.uri, agent={"registry_interval": "1s"}, reference="registry")
    agent.wait_state("awaiting_reference")
    agent.wait_problem("champion", "m")
    first = register(registry, tmp_path, plain)
    promote(registry, first, None)
    agent.wait_state("monitoring")
    assert agent.status()["reference"] == id_of(plain) and agent.status()["problems"] == []

    hours(publisher, 0, 3)  # the window of hour 2 is open when the champion moves
    agent.wait_windows(2)
    (request,) = wait_requests(registry, 1)
    assert request["request"]["champion_version"] == first and request["request"]["reference"] == id_of(plain)
    promote(registry, register(registry, tmp_path, moved), first)
    time.sleep(2.5)
    hours(publisher, 3, 3, first=2)
    windows = agent.wait_windows(4)
    assert [w["reference"] for w in windows] == [id_of(plain)] * 3 + [id_of(moved)]
    assert [w["verdict"] for w in windows] == ["ok", "drifted", "drifted", "ok"]
    assert agent.status()["reference"] == id_of(moved)
    assert [e["type"].rpartition(".")[2] for e in agent.wait_events(2)] == ["firing", "resolved"]


def test_an_agent_starts_with_the_champion_it_knew(new_registry, proposing, plain, tmp_path):
    registry = new_registry().start()
    promote(registry, register(registry, tmp_path, plain), None)
    agent, publisher = proposing(registry=registry.uri, agent={"registry_interval": "1s"}, reference="registry")
    agent.wait_state("monitoring")
    hours(publisher, 0)
    agent.wait_windows(1)
    agent.kill()
    registry.kill()
    agent.start()
    assert agent.status()["reference"] == id_of(plain)
    agent.wait_problem("cannot be reached")
    wait_for_connection(agent, publisher)
    hours(publisher, 3, first=2)
    assert agent.wait_events(1)[0]["data"]["reference"] == id_of(plain)


def test_a_champion_without_a_reference_changes_nothing(new_registry, proposing, plain, tmp_path):
    registry = new_registry().start()
    first = register(registry, tmp_path, plain)
    promote(registry, first, None)
    agent, publisher = proposing(registry=registry.uri, agent={"registry_interval": "1s"}, reference="registry")
    agent.wait_state("monitoring")
    promote(registry, register(registry, tmp_path, None), first)
    agent.wait_problem("version 2", "reference.json")
    hours(publisher, 0)
    assert agent.wait_windows(1)[0]["reference"] == id_of(plain)


# Schedules


class ScheduledRegistry(harness.Registry):
    @property
    def command(self):
        path = self.folder / "agent.conf"
        path.write_text(
            f'[registry]\nhttp = "127.0.0.1:{self.http}"\nstate = "state"\n'
            '[[registry.schedule]]\nmodel = "m"\nevery = "1d"\n[[registry.schedule]]\nmodel = "nobody"\nevery = "7d"\n'
        )
        return [harness.BINARY, "registry", "--config", path]


def test_a_schedule_proposes_a_period_once(tmp_path):
    registry = ScheduledRegistry(tmp_path / "registry").start()
    try:
        registry.post("registered-models/create", {"name": "m"})
        (request,) = wait_requests(registry, 1)
        assert (request["model"], request["trigger"], request["state"]) == ("m", "schedule", "accepted")
        window = request["request"]["window"]
        assert all(moment.endswith("T00:00:00Z") for moment in window.values()) and window["start"] < window["end"]
        registry.kill()
        registry.start()
        time.sleep(1.5)
        assert [(r["id"], r["proposals"]) for r in requests(registry)] == [(request["id"], 1)]
    finally:
        registry.kill()


# The configuration


@pytest.mark.parametrize(
    "keys, words",
    [
        ({"retrain": {}}, ["stream.retrain", "registry under [agent]"]),
        ({"retrain": {"on": []}}, ["stream.retrain.on", '"data"']),
        ({"retrain": {"on": ["skew"]}}, ["stream.retrain.on", '"concept"']),
        ({"retrain": {"on": ["concept"]}}, ["stream.retrain.on", "[stream.capture]"]),
        ({"retrain": {"on": ["prediction"], "share": 0.5}}, ["stream.retrain.share", "data"]),
        ({"retrain": {"features": ["x"], "share": 0.5}}, ["stream.retrain.share", "instead of"]),
        ({"retrain": {"share": 2}}, ["stream.retrain.share", "at most 1"]),
        ({"retrain": {"for": 0}}, ["stream.retrain.for", "at least 1"]),
        ({"sink": {"type": "airflow", "url": "http://127.0.0.1:1"}}, ["sink.dag", "required"]),
        ({"sink": {"type": "airflow", "url": "http://127.0.0.1:1", "dag": "d", "events": ["drift"]}}, ["sink.events", "retrain"]),
        ({"sink": {"type": "airflow", "url": "http://127.0.0.1:1", "dag": "d", "user": "u"}}, ["sink.password"]),
        ({"sink": {"type": "command", "command": []}}, ["sink.command", "program"]),
        ({"sink": {"type": "command", "command": ["./a.sh"]}}, ["sink.command", "full path"]),
        ({"sink": {"type": "stdout", "events": []}}, ["sink.events", '"drift"']),
    ],
)
def test_mistakes_are_told(new_agent, plain, keys, words):
    agent = new_agent()
    stream = harness.stream(plain, harness.tcp_endpoint(), **{k: v for k, v in keys.items() if k == "retrain"})
    agent.configure(stream, sinks=[keys["sink"]] if "sink" in keys else [])
    done = harness.run("check", "--config", agent.config)
    assert done.returncode == 78, done
    for word in words:
        assert word in done.stdout + done.stderr, done
