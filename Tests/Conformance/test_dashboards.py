"""Dashboards and rules: every query can be parsed and asks for a metric that is there, and Prometheus's own tools agree."""

import json
import pathlib
import re
import subprocess

import pytest

import harness
from rollouts import RolloutRegistry

ROOT = pathlib.Path(__file__).resolve().parents[2]
DASHBOARDS = ROOT / "dashboards"
GRAFANA = sorted((DASHBOARDS / "grafana").glob("*.json"))
RULES = sorted((DASHBOARDS / "prometheus").glob("*.rules.yml"))
METRIC = re.compile(r"\b((?:leeway|process)_[a-z0-9_]+)\b(?!\s*:)")
RECORDED = re.compile(r"record: (\S+)")


def tool(*arguments, cwd=DASHBOARDS / "prometheus"):
    done = subprocess.run([*map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board):
    """Each query, with a value in the place of each variable."""
    asked = [target["expr"] for panel in panels(board) for target in panel["targets"]]
    return [re.sub(r"\$(\w+)", "x", query) for query in asked]


def rule_queries():
    """The expressions of all rules, over one line or several."""
    text = "\n".join(path.read_text() for path in RULES)
    return [" ".join(found.split()) for found in re.findall(r"expr: (?:\|\n)?(.+?)(?=\n +(?:for|labels|- |record|alert))", text + "\n  - ", re.S)]


@pytest.fixture(scope="module")
def scraped(tmp_path_factory, world):
    """What both processes answer under load: every name, with the labels of its samples."""
    agent = harness.Agent(tmp_path_factory.mktemp("agent"))
    registry = RolloutRegistry(tmp_path_factory.mktemp("registry")).start()
    endpoint = harness.tcp_endpoint()
    agent.configure(harness.stream(world / "scored.json", endpoint, capture={}))
    try:
        with harness.publishing(endpoint) as publisher:
            agent.start()
            publisher.wait_for_subscriber()
            row = {"x": 0.5, "y": 3, "color": "red", "flag": True}
            publisher.rows([harness.row(row, id=str(i), prediction=0.5) for i in range(100)])
            publisher.rows("no json")
            agent.wait_windows(1)
            agent.wait_rejected("bad_json")
            champion, candidate = registry.versions("m")
            registry.begin("m", candidate)
            text = agent.get("/metrics").body.decode() + registry.get("/metrics").body.decode()
    finally:
        agent.kill()
        registry.kill()
    labels = {}
    for name, pairs, _ in harness.parse_metrics(text):
        labels.setdefault(name, set()).update(pairs)
    return labels


@pytest.fixture(scope="module")
def declared():
    """Names that the programs can write, whether there is something to say now or not."""
    sources = [ROOT / "Sources/Agent/AgentMetrics.swift", *(ROOT / "Sources/Console").rglob("*.swift")]
    return {name for path in sources for name in re.findall(r'"((?:leeway|process)_[a-z0-9_]+)"', path.read_text())}


def test_what_is_scraped_is_what_is_declared(scraped, declared):
    assert set(scraped) <= declared
    assert {"leeway_drift_statistic", "leeway_messages_rejected_total", "leeway_registry_rollout"} <= set(scraped)


@pytest.mark.parametrize("path", GRAFANA, ids=lambda path: path.stem)
def test_every_query_of_a_dashboard_names_a_metric_that_there_is(path, declared):
    board = json.loads(path.read_text())
    for query in [*queries(board), *(variable.get("definition", "") for variable in board["templating"]["list"])]:
        unknown = set(METRIC.findall(query)) - declared
        assert not unknown, query


def test_every_rule_names_a_metric_that_there_is(declared):
    names = [name for query in rule_queries() for name in METRIC.findall(re.sub(r"\w+:leeway_\w+:\w+", "", query))]
    assert len(names) > 20
    assert not set(names) - declared


def test_labels_that_queries_choose_by_are_those_of_the_metric(scraped):
    asked = rule_queries() + [query for path in GRAFANA for query in queries(json.loads(path.read_text()))]
    chosen = [match for query in asked for match in re.findall(r"\b((?:leeway|process)_\w+)\{([^}]*)\}", query)]
    assert len(chosen) > 30
    for name, matchers in chosen:
        labels = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers)) - {"instance", "job"}
        assert name not in scraped or labels <= scraped[name], (name, matchers, scraped[name])


def test_prometheus_can_parse_every_query_of_the_dashboards(tmp_path):
    asked = [query for path in GRAFANA for query in queries(json.loads(path.read_text()))]
    rules = [f"      - record: query:{place}\n        expr: {json.dumps(query)}" for place, query in enumerate(asked)]
    (tmp_path / "queries.rules.yml").write_text("groups:\n  - name: queries\n    rules:\n" + "\n".join(rules) + "\n")
    assert f"{len(asked)} rules found" in tool("promtool", "check", "rules", "queries.rules.yml", cwd=tmp_path)


def test_dashboards_have_what_others_rely_on():
    boards = [json.loads(path.read_text()) for path in GRAFANA]
    assert [board["uid"] for board in boards] == ["leeway-fleet", "leeway-health", "leeway-model", "leeway-rollout"]
    for board in boards:
        source = board["templating"]["list"][0]
        assert (source["type"], source["name"]) == ("datasource", "datasource")
        for panel in panels(board):
            assert panel["description"] and panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_no_panel_lies_over_another():
    for board in (json.loads(path.read_text()) for path in GRAFANA):
        taken = set()
        for place in (panel["gridPos"] for panel in board["panels"]):
            cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
            assert not cells & taken and max(x for x, _ in cells) < 24
            taken |= cells


def test_rules_are_what_promtool_takes_and_do_what_their_tests_say():
    tool("promtool", "check", "rules", *(path.name for path in RULES))
    tests = sorted(path.name for path in (DASHBOARDS / "prometheus").glob("*.test.yml"))
    assert tool("promtool", "test", "rules", *tests).count("SUCCESS") == len(RULES)


def test_every_alert_has_a_unit_test():
    alerts = {alert for path in RULES for alert in re.findall(r"alert: (\w+)", path.read_text())}
    tested = {alert for path in (DASHBOARDS / "prometheus").glob("*.test.yml") for alert in re.findall(r"alertname: (\w+)", path.read_text())}
    assert alerts == tested
