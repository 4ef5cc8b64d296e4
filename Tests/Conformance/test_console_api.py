"""What the console's pages read: heat map, cells, alerts and their stories, live events, the pages themselves."""

import gzip
import http.client
import json
import sqlite3
import threading
import urllib.parse

import numpy as np
import pytest

import harness
from conftest import T0, Table
from harness import MODEL, run, succeed, wait_until
from test_restart import wait_for_connection
from test_retrain import accepted, proposal

HOSTILE = ["<script>alert(1)</script>", 'say "hi" \\', "emoji 🛒", "two\nlines", "a/b?c#d", "%2F", "-", "…"]


class Listener(threading.Thread):
    """A browser's EventSource: keeps the events of `GET /api/v1/stream`, and the id of the last."""

    def __init__(self, server, last_id=None):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=30)
        headers = {} if last_id is None else {"Last-Event-ID": last_id}
        self.connection.request("GET", "/api/v1/stream", headers=headers)
        self.response = self.connection.getresponse()
        self.events, self.last_id, self.ended = [], last_id, False
        self.start()

    def run(self):
        event = {}
        try:
            for line in self.response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = value
                elif event:
                    self.last_id = event.get("id", self.last_id)
                    self.events.append((event["event"], json.loads(event["data"])))
                    event = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended = True

    def wait_for(self, name, condition=lambda data: True):
        found = lambda: [d for n, d in list(self.events) if n == name and condition(d)]
        return wait_until(found, lambda: f"an event {name}; there are {[n for n, _ in self.events]}")[-1]

    def close(self):
        self.connection.close()


@pytest.fixture
def listening():
    listeners = []

    def listen(server, **options):
        listeners.append(Listener(server, **options))
        return listeners[-1]

    yield listen
    for listener in listeners:
        listener.close()


def drifting(publisher, agent, start=0, quiet=1, loud=3):
    """Windows of 100 rows that are as the reference, then some that are not."""
    for number in range(start, start + quiet + loud):
        shift = 0 if number < start + quiet else 3
        publisher.rows(Table(100, seed=number + 10, shift=shift).rows(model_version="1", prediction=0.5))
    agent.wait_windows(start + quiet + loud)


# Heat map and cells


def test_timeline(live):
    agent, publisher = live()
    drifting(publisher, agent)
    page = agent.api("timeline")
    assert page["model"] == MODEL and page["measure"] == "primary" and "ks" in page["measures"]
    windows = page["windows"]
    assert windows["rows"] == [100] * 4 and windows["verdict"] == "oddd"
    assert windows["end"] == [w["window"]["end"] for w in agent.windows()]
    rows = {feature["name"]: feature for feature in page["features"]}
    assert list(rows) == ["x", "y", "color", "flag"]
    assert rows["x"]["levels"] == "naaa" and set(rows["y"]["levels"]) <= set("nwc")
    assert rows["color"]["measure"] == "tv", "χ² grows with the rows"
    for feature in page["features"]:
        for value, report in zip(feature["values"], agent.windows()):
            exact = next(f for f in report["features"] if f["name"] == feature["name"])
            exact = exact["measures"][feature["measure"]]["value"]
            assert value * 10 ** feature["exponent"] == pytest.approx(exact, abs=0.51 * 10 ** feature["exponent"])
    newest = agent.api("timeline", windows=1, measure="psi")
    assert newest["windows"]["end"] == windows["end"][-1:] and newest["features"][0]["measure"] == "psi"


def test_timeline_after_a_restart(live):
    agent, publisher = live()
    drifting(publisher, agent)
    before = agent.api("timeline")
    agent.terminate()
    agent.start()
    wait_until(lambda: len(agent.api("timeline")["windows"]["end"]) == 4, "the timeline is recalled")
    after = agent.api("timeline")
    assert [after[key] for key in ("windows", "features")] == [before[key] for key in ("windows", "features")]


def test_cell(live):
    agent, publisher = live()
    drifting(publisher, agent)
    end = agent.windows()[-1]["window"]["end"]
    cell = agent.api(f"windows/{end}/features/x")
    assert cell["level"] == "alarmed" and cell["verdict"] == "drifted" and cell["window"]["end"] == end
    feature, detail = cell["feature"], cell["feature"]["detail"]
    reference, current = draws("x", 1, 2000), draws("x", 13, 100, 3)
    place, below = detail["furthest_apart"], detail["furthest_apart_below"]
    share = lambda values: np.mean(values < place if below else values <= place)
    assert abs(share(reference) - share(current)) == pytest.approx(feature["measures"]["ks"]["value"])
    assert (detail["values"], detail["reference_values"]) == (100, 2000)
    assert (detail["minimum"], detail["maximum"]) == (current.min(), current.max())
    bins = detail["stability"]
    assert sum(bins["current"]) == 100 and sum(bins["terms"]) == pytest.approx(feature["measures"]["psi"]["value"])
    edges = [-np.inf, *bins["edges"], np.inf]
    assert bins["current"] == [int(np.sum((current > a) & (current <= b))) for a, b in zip(edges, edges[1:])]
    category = agent.api(f"windows/{end}/features/color")["feature"]["detail"]["stability"]
    assert set(category["categories"]) == {"red", "green", "blue"} and sum(category["current"]) == 100


def draws(name, seed, count, shift=0):
    return Table(count, seed=seed, shift=shift).columns[name]


def test_unknown_cells(live):
    agent, publisher = live()
    drifting(publisher, agent, loud=0)
    end = agent.windows()[-1]["window"]["end"]
    for path, code in [(f"windows/{end}/features/none", "unknown_feature"), ("windows/now/features/x", "unknown_window"),
                       ("windows/2001-01-01T00:00:00Z/features/x", "unknown_window")]:  # fmt: skip
        answer = agent.get(f"/api/v1/models/{MODEL}/{path}")
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, code)


def test_hostile_names(new_agent, tmp_path):
    """Features may be called anything: in the heat map, a cell, an alert, its story, the stream, and on the terminal."""
    random = np.random.default_rng(5)
    table = tmp_path / "hostile.csv"
    lines = [",".join('"' + name.replace('"', '""') + '"' for name in HOSTILE)]
    table.write_text("\n".join(lines + [",".join(map(str, random.normal(size=len(HOSTILE)))) for _ in range(500)]) + "\n")
    succeed("reference", "build", "--input", table, "--output", tmp_path / "hostile.json")
    endpoint, model = harness.tcp_endpoint(), 'm <b>"x"</b> 🛒'
    agent = new_agent()
    agent.configure(harness.stream(tmp_path / "hostile.json", endpoint, model=model)).start()
    with harness.publishing(endpoint, model=model) as publisher:
        publisher.wait_for_subscriber()
        publisher.rows([harness.row({n: float(v) for n, v in zip(HOSTILE, random.normal(5, 1, len(HOSTILE)))}) for _ in range(100)])
        agent.wait_windows(1, model=model)
    assert [f["name"] for f in agent.api("timeline", model)["features"]] == HOSTILE
    end = agent.windows(model)[0]["window"]["end"]
    for name in HOSTILE:
        quoted = urllib.parse.quote(name, safe="")
        cell = agent.api(f"windows/{end}/features/{quoted}", model)
        assert (cell["model"], cell["feature"]["name"]) == (model, name)
    alerts = agent.json("/api/v1/alerts?" + urllib.parse.urlencode({"model": model}))["alerts"]
    assert {alert["feature"] for alert in alerts} == set(HOSTILE)
    story = agent.json(f"/api/v1/alerts/{alerts[0]['id']}")["story"]
    assert story[0]["step"] == "fired" and story[0]["contributors"][0]["feature"] in HOSTILE
    for command in (("top",), ("alerts",), ("alerts", alerts[0]["id"])):
        text = succeed(*command, "--agent", f"127.0.0.1:{agent.http}").stdout
        assert "two\nlines" not in text and "\x1b" not in text


# Size


def test_a_wide_timeline_is_small(new_agent, tmp_path):
    """500 features in as many windows as are kept."""
    names = [f"feature {number:03d}" for number in range(500)]
    random = np.random.default_rng(3)
    (tmp_path / "wide.csv").write_text(
        "\n".join([",".join(names), *(",".join(f"{v:.3f}" for v in random.normal(size=500)) for _ in range(100))]) + "\n")
    succeed("reference", "build", "--input", tmp_path / "wide.csv", "--output", tmp_path / "wide.json")
    agent = new_agent()
    agent.configure(harness.stream(tmp_path / "wide.json", harness.tcp_endpoint(), rows=1000)).start()
    agent.terminate()
    fill_reports(agent.folder / "state" / "agent.sqlite", names, random)
    agent.start()
    wait_until(lambda: len(agent.api("timeline", windows=1)["windows"]["end"]), "the timeline is recalled", 60)
    answer = agent.request("GET", f"/api/v1/models/{MODEL}/timeline", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and len(answer.body) <= 300_000
    page = json.loads(gzip.decompress(answer.body))
    assert len(page["features"]) == 500 and {len(f["levels"]) for f in page["features"]} == {200}
    plain = agent.get(f"/api/v1/models/{MODEL}/timeline")
    assert "Content-Encoding" not in plain.headers and json.loads(plain.body)["features"] == page["features"]


def fill_reports(path, names, random):
    """Two hundred windows that have been judged, as an agent stores them."""
    with sqlite3.connect(path) as database:
        for number in range(200):
            end = T0 + number * 3600
            time = lambda t: np.datetime_as_string(np.datetime64(int(t), "s")) + "Z"
            report = {
                "model": MODEL, "reference": "r", "versions": [], "verdict": "ok",
                "window": {"start": time(end - 3600), "end": time(end), "rows": 1000, "predictions": 0, "labels": 0, "missed": 0, "partial": False},
                "features": [
                    {"name": name, "kind": "numeric", "family": "data", "rows": 1000, "missing": 0, "primary": "ks", "drifted": False,
                     "measures": {"ks": {"value": float(value)}, "psi": {"value": float(value) ** 2}}}
                    for name, value in zip(names, np.abs(random.normal(0.05, 0.05, len(names))))
                ],
            }  # fmt: skip
            database.execute(
                "INSERT INTO report (model, pane, window_end, body) VALUES (?, ?, ?, ?)",
                (MODEL, number, end * 10**9, json.dumps(report).encode()))  # fmt: skip


# Alerts


def test_an_alert_and_its_story(live):
    agent, publisher = live()
    drifting(publisher, agent)
    page = agent.json("/api/v1/alerts")
    alert = page["alerts"][0]
    assert (alert["model"], alert["state"], alert["feature"], alert["measure"]) == (MODEL, "firing", "x", "ks")
    assert sum(page["firing"].values()) == len(page["alerts"]) == 1 and "next" not in page
    assert agent.status()["alerts"][0]["id"] == alert["id"]
    drifting(publisher, agent, start=4, quiet=3, loud=0)
    story = wait_until(lambda: [s for s in [agent.json(f"/api/v1/alerts/{alert['id']}")] if s["state"] == "resolved"], "it resolves")[0]
    steps = [step["step"] for step in story["story"]]
    assert steps[0] == "fired" and steps[-1] == "resolved" and "window" in steps
    assert all(step["window"]["rows"] == 100 for step in story["story"])
    assert {step["event"] for step in story["story"] if "event" in step} == {e["id"] for e in agent.wait_events(2)}
    assert agent.json(f"/api/v1/alerts/{alert['fingerprint']}")["id"] == alert["id"]
    for query, count in [("state=firing", 0), ("state=resolved", 1), (f"model={MODEL}", 1), ("model=other", 0), ("severity=" + story["severity"], 1)]:
        assert len(agent.json(f"/api/v1/alerts?{query}")["alerts"]) == count, query


def test_alerts_survive_a_crash(live):
    agent, publisher = live()
    drifting(publisher, agent)
    before = agent.json("/api/v1/alerts")
    stories = [agent.json(f"/api/v1/alerts/{alert['id']}") for alert in before["alerts"]]
    agent.kill()
    agent.start()
    assert agent.json("/api/v1/alerts") == before
    assert [agent.json(f"/api/v1/alerts/{alert['id']}") for alert in before["alerts"]] == stories


def test_a_hundred_thousand_alerts(live):
    agent, publisher = live()
    drifting(publisher, agent)
    template = agent.json("/api/v1/alerts")["alerts"][0]
    agent.terminate()
    with sqlite3.connect(agent.folder / "state" / "agent.sqlite") as database:
        for number in range(100_000):
            fingerprint = f"{number:016x}"
            alert = {**template, "id": fingerprint + template["id"][16:], "fingerprint": fingerprint, "state": "resolved",
                     "model": f"model {number % 100}", "severity": ("warning", "critical")[number % 2]}  # fmt: skip
            database.execute(
                "INSERT INTO alert (id, fingerprint, model, kind, state, severity, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (alert["id"], fingerprint, alert["model"], alert["kind"], alert["state"], alert["severity"], json.dumps(alert).encode()))  # fmt: skip
    agent.start()
    seen, query = [], {"model": "model 42", "limit": 300}
    while True:
        page = agent.json("/api/v1/alerts?" + urllib.parse.urlencode(query))
        seen += [int(alert["fingerprint"], 16) for alert in page["alerts"]]
        if "next" not in page:
            break
        query["before"] = page["next"]
    assert seen == list(range(99_942, 0, -100))
    assert agent.json("/api/v1/alerts?state=firing")["alerts"][0]["id"] == template["id"]
    wait_for_connection(agent, publisher)
    # It resolves; the next alert pushes the oldest two out.
    drifting(publisher, agent, start=4, quiet=3, loud=0)
    drifting(publisher, agent, start=7, quiet=0, loud=3)
    oldest = [template["id"], f"{0:016x}", f"{1:016x}"]
    assert [agent.get(f"/api/v1/alerts/{id}").status for id in oldest] == [404, 404, 200]


# Live events


def test_events_arrive(live, listening):
    agent, publisher = live()
    listener = listening(agent)
    assert listener.response.headers["Content-Type"] == "text/event-stream"
    drifting(publisher, agent)
    window = listener.wait_for("window", lambda w: w["verdict"] == "drifted")
    assert window["model"] == MODEL and window["worst"][0]["feature"] == "x" and window["worst"][0]["level"] == "alarmed"
    alert = listener.wait_for("alert", lambda a: a["step"]["step"] == "fired")
    assert alert["id"] == agent.json("/api/v1/alerts")["alerts"][0]["id"]
    status = listener.wait_for("status", lambda s: s["models"][0].get("rows_per_second", 0) > 0)
    assert status["process"] == "agent" and status["models"][0]["model"] == MODEL


def test_who_comes_back_is_told_what_was_missed(live, listening):
    agent, publisher = live()
    first = listening(agent)
    drifting(publisher, agent, quiet=1, loud=0)
    first.wait_for("window")
    first.close()
    drifting(publisher, agent, start=1, quiet=2, loud=0)
    again = listening(agent, last_id=first.last_id)
    wait_until(lambda: len([n for n, _ in again.events if n == "window"]) == 2, "the two that were missed")


def test_a_stale_tab_after_a_restart_reads_everything_again(live, listening):
    agent, publisher = live()
    listener = listening(agent)
    drifting(publisher, agent, quiet=1, loud=0)
    listener.wait_for("window")
    agent.terminate()
    wait_until(lambda: listener.ended, "the stream ends with the agent")
    agent.start()
    again = listening(agent, last_id=listener.last_id)
    assert again.wait_for("reset") == {}
    assert listening(agent, last_id=again.last_id).response.status == 200


def test_a_registry_tells_what_changes(new_registry, listening):
    registry = new_registry().start()
    listener = listening(registry)
    run_id = registry.post("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
    assert listener.wait_for("run") == {"run": run_id}
    registry.post("/api/2.0/mlflow/registered-models/create", {"name": '"m" <i>'})
    assert listener.wait_for("model") == {"model": '"m" <i>'}
    request = accepted(registry, proposal('"m" <i>'))
    assert listener.wait_for("request") == {"request": request["id"]}


# Pages


@pytest.mark.parametrize("path", ["/", "/models/m", "/alerts", "/alerts/0123", "/rollouts/r", "/runs/x", "/assets/index.html"])
def test_pages(live, path):
    agent, _ = live()
    answer = agent.get(path)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert agent.request("GET", path, headers={"If-None-Match": answer.headers["ETag"]}).status == 304
    squeezed = agent.request("GET", path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(squeezed.body) == answer.body and squeezed.headers["ETag"] != answer.headers["ETag"]
    assert agent.get("/assets/nothing.js").status == agent.get("/nothing").status == 404


def test_a_registry_s_pages(new_registry):
    registry = new_registry().start()
    assert registry.get("/").body == registry.get("/models/x").body
    assert registry.json("/api/v1/status")["process"] == "registry"
    assert registry.get("/health").body == b"OK" and registry.get("/version").status == 200


# Terminal


def test_top(live):
    agent, publisher = live()
    drifting(publisher, agent)
    address = f"127.0.0.1:{agent.http}"
    text = succeed("top", "--agent", address).stdout
    lines = text.splitlines()
    assert "1 model" in lines[0] and "1 alert" in lines[0]
    assert lines[2].split() == ["MODEL", "STATE", "ROWS/S", "LOST", "FEATURE", "MEASURE", "VALUE"]
    assert lines[3].split()[:2] == [MODEL, "drifted"] and lines[3].split()[4:6] == ["x", "ks"]
    assert "\x1b" not in text and max(map(len, lines)) <= 80
    assert json.loads(succeed("top", "--agent", address, "--json").stdout)["name"] == "qa"
    assert succeed("top", env={"LEEWAY_AGENT": address}).stdout.splitlines()[2] == lines[2]


def test_alerts_on_the_terminal(live):
    agent, publisher = live()
    address = f"127.0.0.1:{agent.http}"
    assert succeed("alerts", "--agent", address).stdout == "no alerts\n"
    drifting(publisher, agent)
    listed = succeed("alerts", "--agent", address, "--state", "firing").stdout.splitlines()
    fingerprint = listed[1].split()[-1]
    assert len(listed) == 2 and "firing" in listed[1]
    story = succeed("alerts", fingerprint, "--agent", address).stdout
    assert f"alert {fingerprint}" in story and "fired, " in story and "ks of x is" in story
    assert succeed("alerts", "--agent", address, "--model", "other").stdout == "no alerts\n"


@pytest.mark.parametrize("arguments, code", [
    (("top", "--interval", "0"), 2), (("alerts", "--state", "open"), 2), (("alerts", "--limit", "0"), 2),
    (("top", "--agent", "no where"), 2), (("top",), 1), (("alerts",), 1), (("alerts", "0123"), 1),
])  # fmt: skip
def test_terminal_mistakes(arguments, code):
    done = run(*arguments, env={"LEEWAY_AGENT": f"127.0.0.1:{harness.free_port()}"})
    assert done.returncode == code and done.stderr and not done.stdout
    if code == 1:
        assert "leeway agent" in done.stderr
