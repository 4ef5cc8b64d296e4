"""What an agent tells the registry of a rollout: who was served by which arm, what happened to them, and their losses, held
against the same figures computed here."""

import collections
import contextlib
import datetime
import hashlib
import http.server
import json
import math
import pathlib
import sys
import threading
import time

import numpy as np
import pytest
import zmq

import harness
from conftest import T0
from harness import wait_until
from test_snapshots import reference  # noqa: F401

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import assign  # noqa: E402

HOUR = 3600
CLUSTER = 6 * HOUR
ROLLOUT, SEED, LANES = "01ROLLOUT", "seed-7", [0.5, 0.5]
STAGES = [(T0, [0.2, 0.2]), (T0 + 12 * HOUR, [0.5, 0.5])]
EVENTS = ["exception", "timeout", "invalid", "slow"]
METRICS = EVENTS + ["log_loss", "brier", "wrong", "bias", "positive", "score", "latency"]
SLOW = 100
ROUTE = {
    "model": "m", "epoch": 3, "champion": 3,
    "rollout": {
        "id": ROLLOUT, "seed": SEED, "control": 3, "candidates": [4],
        "lanes": {"control": LANES[0], "candidates": LANES[1:]},
        "stages": [
            {"since": datetime.datetime.fromtimestamp(since, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
             "shares": {"control": shares[0], "candidates": shares[1:]}, "champion": 3}
            for since, shares in STAGES
        ],
        "cluster_seconds": CLUSTER, "metrics": METRICS, "latency_limit_ms": SLOW,
    },
}  # fmt: skip


class FakeRegistry:
    """Says what is compared, and keeps evidence as a registry should: a pane's sum replaces its last, units are united.
    It may go down and come back at the same address."""

    def __init__(self):
        self.port = harness.free_port()
        self.route = ROUTE
        self.units, self.panes, self.reports, self.faults = {}, {}, 0, []
        self.server = None
        self.open()

    @property
    def uri(self):
        return f"http://127.0.0.1:{self.port}"

    def open(self):
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/api/v1/models/m/route" and registry.route:
                    return self.answer(200, registry.route)
                self.answer(404, {"error": {"message": "there is none"}})

            def do_POST(self):
                report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != f"/api/v1/rollouts/{ROLLOUT}/evidence":
                    return self.answer(404, {"error": {"message": "there is none"}})
                registry.take(report)
                self.answer(200, {})

            def answer(self, status, body):
                body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        class Reusing(http.server.ThreadingHTTPServer):
            allow_reuse_address = True

        self.server = Reusing(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def take(self, report):
        self.reports += 1
        if report["agent"] != "qa":
            self.faults.append(report["agent"])
        for s in report["sums"]:
            key = (s["stage"], s["arm"], s["metric"], moment(s["cluster"]))
            self.panes[report["agent"], s["pane"], key] = (s["count"], s["sum"])
        for u in report["units"]:
            known = self.units.setdefault((u["unit"], u["arm"]), {"first": math.inf, "events": {}, "labelled": False})
            known["first"] = min(known["first"], moment(u["first"]))
            for event, at in u["events"].items():
                known["events"][event] = min(known["events"].get(event, math.inf), moment(at))
            known["labelled"] |= u["labelled"]

    @property
    def sums(self):
        total = collections.defaultdict(lambda: (0, 0.0))
        for (_, _, key), (count, value) in self.panes.items():
            total[key] = (total[key][0] + count, total[key][1] + value)
        return dict(total)


def moment(text):
    return datetime.datetime.fromisoformat(text).timestamp()


class Traffic:
    """Requests of two days, as services would assign, serve and publish them, some of them wrongly."""

    def __init__(self, count=1500, seed=11):
        random = np.random.default_rng(seed)
        self.rows = [self.row(i, random) for i in range(count)]

    def row(self, i, random):
        unit = f"user-{random.integers(0, 700)}"
        # Not in the minute after a stage's begin, in which services may yet go by the last one.
        at = T0 + int(random.integers(-2 * HOUR, 48 * HOUR)) // 120 * 120 + 61
        stage = max((s for s, (since, _) in enumerate(STAGES) if since <= at), default=None)
        arm = None if stage is None else assign.arm(SEED, unit, LANES, STAGES[stage][1])
        served = arm or 0
        if random.random() < 0.03:
            served = 1 - served
        failed = random.choice([None, "timeout", "invalid", "out of memory"], p=[0.9, 0.04, 0.03, 0.03])
        return {
            "id": f"q{i}", "unit": unit, "at": at, "stage": stage, "arm": arm, "served": served,
            "version": None if random.random() < 0.02 else str(3 + served), "error": failed,
            "score": None if failed in ("timeout", "out of memory") else round(float(random.random()), 4),
            "latency": round(float(random.exponential(40)), 3),
            "label": int(random.random() < 0.4) if random.random() < 0.6 else None,
            "split": failed is None and random.random() < 0.3,
        }  # fmt: skip

    def publish(self, publisher, rows):
        for start in range(0, len(rows), 50):
            batch = rows[start : start + 50]
            publisher.rows([self.request(row) for row in batch if row["split"]])
            publisher.rows([self.answer(row) for row in batch])

    def request(self, row):
        return {"id": row["id"], "time": row["at"], "unit": row["unit"], "features": {"x": 0.1}}

    def answer(self, row):
        """Of a split row without its unit and its time, which the request has."""
        message = {"id": row["id"], "latency_ms": row["latency"]}
        if not row["split"]:
            message |= self.request(row)
        for key, name in (("version", "model_version"), ("score", "prediction"), ("error", "error")):
            if row[key] is not None:
                message[name] = row[key]
        return message

    def tell(self, publisher):
        labelled = [row for row in self.rows if row["label"] is not None]
        for start in range(0, len(labelled), 50):
            publisher.rows([{"id": row["id"], "label": row["label"]} for row in labelled[start : start + 50]])

    # What is expected

    @property
    def compared(self):
        return [row for row in self.rows if row["version"] and row["arm"] is not None and row["arm"] == row["served"]]

    @property
    def misassigned(self):
        """Those that the champion should have served without being compared among them."""
        known = [row for row in self.rows if row["version"] and row["stage"] is not None]
        return [row for row in known if (row["arm"] or 0) != row["served"]]

    @property
    def units(self):
        units = {}

        def sight(row):
            digits = hashlib.sha256(f"{ROLLOUT}/{row['unit']}".encode()).hexdigest()[:16]
            known = units.setdefault((digits, row["served"]), {"first": math.inf, "events": {}, "labelled": False})
            known["first"] = min(known["first"], row["at"])
            return known

        for row in self.misassigned:
            sight(row)
        for row in self.compared:
            known = sight(row)
            for event in self.events(row):
                known["events"][event] = min(known["events"].get(event, math.inf), row["at"])
            known["labelled"] |= row["label"] is not None and row["score"] is not None
        return units

    def events(self, row):
        named = {"timeout": "timeout", "invalid": "invalid"}
        failed = [] if row["error"] is None else [named.get(row["error"], "exception")]
        return failed + (["slow"] if row["latency"] > SLOW else [])

    @property
    def sums(self):
        values = collections.defaultdict(list)
        for row in self.compared:
            cluster = T0 + (row["at"] - T0) // CLUSTER * CLUSTER
            for metric, value in self.values(row):
                values[row["stage"], row["arm"], metric, cluster].append(value)
        return {key: (len(of), pytest.approx(math.fsum(of), rel=1e-9, abs=1e-9)) for key, of in values.items()}

    def values(self, row):
        yield "latency", row["latency"]
        if (score := row["score"]) is None:
            return
        yield "score", score
        if (label := row["label"]) is None:
            return
        yield "log_loss", -math.log(min(1 - 2**-52, max(2**-52, score if label else 1 - score)))
        yield "brier", (score - label) ** 2
        yield "wrong", float((score >= 0.5) != bool(label))
        yield "bias", score - label
        yield "positive", float(label)


@pytest.fixture
def registry():
    with contextlib.closing(FakeRegistry()) as registry:
        yield registry


@pytest.fixture
def comparing(new_agent, reference, registry):  # noqa: F811
    """An agent that knows of the rollout, and a publisher it is connected to."""
    publishers = []

    def make(**agent_keys):
        endpoint, agent = harness.tcp_endpoint(), new_agent()
        stream = harness.stream(
            reference, endpoint, window={"length": "1h", "lateness": "0s", "min_samples": 10},
            capture={"label_horizon": "1d"},
        )  # fmt: skip
        agent.configure(stream, agent={"registry": registry.uri, "route_interval": "200ms", **agent_keys})
        publishers.append(harness.Publisher(endpoint))
        # Of an agent that comes back, too, before it was noticed that it was gone.
        publishers[-1].socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        start(agent, publishers[-1])
        return agent, publishers[-1]

    yield make
    for publisher in publishers:
        publisher.close()


def start(agent, publisher):
    agent.start()
    publisher.wait_for_subscriber()
    wait_until(lambda: rollout(agent).get("rollout") == ROLLOUT, lambda: agent.logs)


def rollout(agent):
    return agent.status().get("rollout") or {}


def wait_counted(agent, compared):
    wait_until(lambda: sum(rollout(agent)["rows"].values()) >= compared, lambda: f"{compared}: {rollout(agent)}")


def wait_told(agent, registry, expected):
    """Until the registry has been told exactly this, and nothing waits."""

    def difference():
        units, sums = registry.units, registry.sums
        wrong = {key for key in units.keys() | expected.units.keys() if units.get(key) != expected.units.get(key)}
        wrong |= {key for key in sums.keys() | expected.sums.keys() if expected.sums.get(key) != sums.get(key)}
        return wrong

    def what():
        wrong = sorted(difference(), key=str)
        shown = [(k, registry.units.get(k) or registry.sums.get(k), expected.units.get(k) or expected.sums.get(k)) for k in wrong[:10]]
        return f"{len(wrong)} differ: {shown}\n{rollout(agent)}\n{agent.logs[-2000:]}"

    wait_until(lambda: registry.units and rollout(agent).get("pending") == 0 and not difference(), what, timeout=40)
    assert not registry.faults


def test_evidence_is_exact(comparing, registry):
    traffic = Traffic()
    agent, publisher = comparing()
    traffic.publish(publisher, traffic.rows)
    wait_counted(agent, len(traffic.compared))
    traffic.tell(publisher)
    wait_told(agent, registry, traffic)
    rows = {str(arm): sum(row["arm"] == arm for row in traffic.compared) for arm in (0, 1)}
    assert rollout(agent)["rows"] == rows and min(rows.values()) > 300
    assert rollout(agent)["problems"] == []
    assert agent.metric("leeway_rollout_rows_total", model="m", arm="1") == rows["1"]
    assert agent.metric("leeway_rollout_misassigned_total", model="m") == len(traffic.misassigned) > 20
    unknown = sum(row["version"] is None and row["stage"] is not None for row in traffic.rows)
    assert agent.metric("leeway_rollout_unknown_version_total", model="m") == unknown > 10
    assert agent.metric("leeway_rollout_evidence_dropped_total", model="m") == 0
    reports = registry.reports
    time.sleep(1)
    assert registry.reports == reports, "what is acknowledged is not told again"


def test_requests_that_failed_are_evidence_and_nothing_else(comparing, registry):
    """They have neither features nor an answer."""
    agent, publisher = comparing()
    units = [unit for unit in map("user-{}".format, range(200)) if assign.arm(SEED, unit, LANES, STAGES[0][1]) == 1]
    rows = [{"id": unit, "time": T0 + 90, "model_version": "4", "error": "timeout"} for unit in units]
    publisher.rows(rows)
    wait_until(lambda: len(registry.units) == len(units) > 20, lambda: f"{len(registry.units)}\n{rollout(agent)}")
    assert {(arm, *sorted(unit["events"].items())) for (_, arm), unit in registry.units.items()} == {(1, ("timeout", T0 + 90))}
    counters = agent.assert_books_balance()
    assert (counters["rows"], counters["predictions"], counters["labels"]) == (0, 0, 0)
    assert agent.performance()["capture"]["rows"] == 0 and not agent.windows()


def test_a_registry_that_is_down_and_a_killed_agent_lose_and_double_nothing(comparing, registry):
    traffic = Traffic(seed=12)
    agent, publisher = comparing()
    half = len(traffic.rows) // 2
    traffic.publish(publisher, traffic.rows[:half])
    wait_until(lambda: registry.units, "the registry was told of units")

    registry.close()
    traffic.publish(publisher, traffic.rows[half:])
    wait_counted(agent, len(traffic.compared))
    agent.wait_captured(rows=len(traffic.rows))
    wait_until(lambda: "cannot be reached" in " ".join(rollout(agent)["problems"]), lambda: rollout(agent))
    assert rollout(agent)["pending"] > 100
    agent.kill()

    start(agent, publisher)
    traffic.tell(publisher)
    agent.wait_captured(matched=sum(row["label"] is not None and row["score"] is not None for row in traffic.rows))
    registry.open()
    wait_told(agent, registry, traffic)
    assert rollout(agent)["problems"] == []

    agent.terminate()
    start(agent, publisher)
    time.sleep(2)
    wait_told(agent, registry, traffic)


def test_a_rollout_ends_and_its_evidence_with_it(comparing, registry):
    traffic = Traffic(count=100)
    agent, publisher = comparing()
    registry.route = None
    wait_until(lambda: not rollout(agent), lambda: rollout(agent))
    traffic.publish(publisher, traffic.rows)
    agent.wait_captured(rows=len(traffic.rows))
    assert not rollout(agent) and not registry.units
    assert "registry" not in " ".join(agent.status()["problems"])
