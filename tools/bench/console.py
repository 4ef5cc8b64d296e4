"""Times an agent's heat map and pages of alerts, and Prometheus's answer with as many values. Argument: a folder to work in."""

import contextlib
import http.client
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

import harness  # noqa: E402
from conftest import T0  # noqa: E402
from test_console_api import fill_reports  # noqa: E402

FEATURES, WINDOWS, ALERTS, TURNS = 500, 200, 100_000, 31
TIMELINE = f"/api/v1/models/{harness.MODEL}/timeline"


def filled_agent(folder):
    """An agent that has judged the windows and told of the alerts."""
    names = [f"feature {number:03d}" for number in range(FEATURES)]
    random = np.random.default_rng(1)
    rows = [",".join(names), *(",".join(f"{v:.3f}" for v in random.normal(size=FEATURES)) for _ in range(100))]
    (folder / "wide.csv").write_text("\n".join(rows) + "\n")
    harness.succeed("reference", "build", "--input", folder / "wide.csv", "--output", folder / "wide.json")
    agent = harness.Agent(folder / "agent")
    agent.configure(harness.stream(folder / "wide.json", harness.tcp_endpoint(), rows=1000)).start()
    agent.terminate()
    path = agent.folder / "state" / "agent.sqlite"
    fill_reports(path, names, random)
    fill_alerts(path)
    agent.start()
    harness.wait_until(lambda: agent.api("timeline", windows=1)["windows"]["end"], "the timeline is recalled", 120)
    return agent


def fill_alerts(path):
    with sqlite3.connect(path) as database:
        for number in range(ALERTS):
            fingerprint = f"{number:016x}"
            alert = {
                "id": fingerprint * 2, "fingerprint": fingerprint, "model": f"model {number % 100}", "kind": "data",
                "state": "resolved", "severity": "warning", "feature": "x", "measure": "psi", "value": 0.2, "threshold": 0.1,
                "features": ["x"], "since": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z", "reference": "r",
            }  # fmt: skip
            database.execute(
                "INSERT INTO alert (id, fingerprint, model, kind, state, severity, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (alert["id"], fingerprint, alert["model"], "data", "resolved", "warning", json.dumps(alert).encode()))  # fmt: skip


@contextlib.contextmanager
def filled_prometheus(folder):
    """Prometheus with as many series, a value an hour each."""
    random = np.random.default_rng(1)
    lines = ["# TYPE drift gauge"]
    for feature in range(FEATURES):
        for window, value in enumerate(np.abs(random.normal(0.05, 0.05, WINDOWS))):
            lines.append(f'drift{{model="m",feature="feature {feature:03d}"}} {value:.6f} {T0 + window * 3600}')
    (folder / "drift.om").write_text("\n".join(lines + ["# EOF", ""]))
    data = folder / "prometheus"
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "drift.om", data], check=True, capture_output=True)
    (folder / "prometheus.yml").write_text("")
    port = harness.free_port()
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={data}",
         f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y"], stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        harness.wait_until(lambda: answers(port), "prometheus is ready", 60)
        yield port
    finally:
        process.terminate()
        process.wait()


def answers(port):
    try:
        return get(port, "/-/ready")[0] == 200
    except OSError:
        return False


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def measured(port, path):
    """The median milliseconds of an answer, and its bytes."""
    took = []
    for _ in range(TURNS):
        start = time.perf_counter()
        status, body = get(port, path)
        took.append(time.perf_counter() - start)
        assert status == 200, body[:500]
    return statistics.median(took) * 1000, len(body)


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    agent = filled_agent(folder)
    try:
        with filled_prometheus(folder) as prometheus:
            query = f"/api/v1/query_range?query=drift&start={T0}&end={T0 + (WINDOWS - 1) * 3600}&step=3600"
            peer = measured(prometheus, query)
            ours = measured(agent.http, TIMELINE)
        first = measured(agent.http, "/api/v1/alerts?model=model%2042")
        last = measured(agent.http, f"/api/v1/alerts?before={ALERTS // 10}")
        page = measured(agent.http, "/")
    finally:
        agent.terminate()
    print("| answer | ms | KB |\n|---|---|---|")
    for name, (ms, size) in [
        (f"heat map, {FEATURES} features × {WINDOWS} windows", ours),
        ("Prometheus's `query_range` with as many values", peer),
        (f"a page of one model's alerts among {ALERTS:,}", first), ("a page of old alerts", last), ("the page itself", page),
    ]:  # fmt: skip
        print(f"| {name} | {ms:.1f} | {size / 1000:.1f} |")
    print(f"\nThe heat map takes {ours[0] / peer[0]:.2f} of Prometheus's time and {ours[1] / peer[1]:.2f} of its bytes.")


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    main()
