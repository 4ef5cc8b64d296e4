"""Candidates are scored beside the champion on rows that agents captured after the versions' training, before they serve
anyone; everything is real but the models, which are a line of Python each."""

import datetime
import json
import sqlite3
import sys
import textwrap
import time

import numpy as np
import pytest

import harness
from conftest import T0
from rollouts import ARTIFACTS, POLICY, RolloutRegistry, rfc3339
from test_performance import SCHEMA

PATIENCE = 120
PROBLEM = "the captured rows do not get to the registry"
CLUSTER = 2
# Days of two seconds, so that a shadow needs no weeks.
SHADOWED = {
    **POLICY, "cluster": CLUSTER, "clusters": {"favourable": 12, "harm": 6, "tightest": 20},
    "shadow": {"on": True, "minimum_rows": 100, "interval": 1},
}  # fmt: skip


def record(now):
    """What a training leaves in its version, by which labels were known until a moment; its holdout ends a second before."""
    return {
        "version": 1, "dataset": "0" * 64, "time_column": "time", "now": rfc3339(now), "schema": "0" * 64, "request": "0" * 64,
        "cause": {"trigger": "manual", "reason": "asked for by hand"},
        "environment": {"leeway": "0", "machine": "m", "system": "s", "processor": "p", "processors": 1},
        "recipe": {
            "model": "m", "trainer": {"command": {"words": ["true"]}}, "seed": 1, "threads": 1, "schema": "s",
            "dataset": {"captured": {}}, "window": {"full": {}}, "label_delay": "1s", "holdout": "1s", "gap": "1s",
            "cluster": {"day": {}}, "slice_by": [], "blocks": {"rows": {"count": 100}},
            "gate": {"floors": {"auc": 0.1}, "success": {"metric": "log_loss"}},
        },
    }  # fmt: skip


# Answers as the version's file says, by the score that was served. Says who asked, and waits while it is told to.
SCORER = """
    import csv, json, os, pathlib, sys, time
    model = json.loads(pathlib.Path(os.environ["LEEWAY_MODEL"], "MLmodel").read_text())
    here = pathlib.Path(__file__).parent
    with open(here / "asked", "a") as file:
        file.write(json.dumps(model) + "\\n")
    while (here / "wait").exists():
        time.sleep(0.1)
    if model["bias"] is None:
        sys.exit("lost my tongue")
    with open(os.environ["LEEWAY_ROWS"]) as rows, open(os.environ["LEEWAY_OUTPUT"], "w") as out:
        reader = csv.DictReader(rows)
        assert "label" not in reader.fieldnames and "label_time" not in reader.fieldnames, reader.fieldnames
        out.write("id,score\\n")
        for row in reader:
            score = min(max(float(row["x"]) + model["bias"], 0.001), 0.999)
            out.write(f"{row['id']},{'nan' if model['bias'] > 5 else score}\\n")
"""


class ShadowRegistry(RolloutRegistry):
    """A registry that scores versions by a program of a few lines, and may be told to be slow about it."""

    def __init__(self, folder):
        super().__init__(folder)
        self.scorer = folder / "scorer.py"
        self.scorer.write_text(textwrap.dedent(SCORER))
        (folder / "schema.json").write_text(json.dumps(SCHEMA))
        recipe = {
            "model": "m", "command": ["true"], "scorer": [sys.executable, str(self.scorer)],
            "schema": str(folder / "schema.json"), "label_delay": "1s", "holdout": "1s",
        }  # fmt: skip
        lines = ["[[registry.model]]"] + [f"{key} = {harness.toml(value)}" for key, value in recipe.items()]
        lines += ["[registry.model.gate]", "floors = { auc = 0.1 }", 'success = { metric = "log_loss" }', "minimum_clusters = 2"]
        self.config.write_text(self.config.read_text() + "\n".join(lines) + "\n")

    @property
    def wait(self):
        return self.scorer.parent / "wait"

    def asked(self):
        path = self.scorer.parent / "asked"
        return [json.loads(line)["bias"] for line in path.read_text().splitlines()] if path.exists() else []

    def make(self, bias, record=None):
        """A version whose scores are the truth's probability and a bias."""
        run = self.post("runs/create", {"experiment_id": "0", "start_time": time.time_ns(), "run_name": "r"})["run"]["info"]["run_id"]
        files = {"MLmodel": {"bias": bias, "salt": time.time()}, **({"training.json": record} if record else {})}
        for name, content in files.items():
            path = f"{ARTIFACTS}/0/{run}/artifacts/model/{name}"
            assert self.request("PUT", path, json.dumps(content).encode()).status == 200
        body = {"name": "m", "source": f"mlflow-artifacts:/0/{run}/artifacts/model", "run_id": run}
        return int(self.post("model-versions/create", body)["model_version"]["version"])

    def prepare(self, *biases, trained=T0 + 1):
        """A champion, and versions that are not, trained when labels were known until then."""
        self.post("registered-models/create", {"name": "m"})
        made = [self.make(bias, record(trained)) for bias in biases]
        self.post("registered-models/alias", {"name": "m", "alias": "champion", "version": str(made[0])})
        return made

    def missing(self, id):
        return "; ".join((self.rollout(id).get("progress") or {}).get("missing", []))

    def wait_missing(self, id, words):
        harness.wait_until(lambda: words in self.missing(id), lambda: f"{words}: {self.rollout(id)}\n{self.logs}", PATIENCE)


@pytest.fixture
def registry(tmp_path):
    registry = ShadowRegistry(tmp_path).start()
    yield registry
    registry.kill()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    (folder / "schema.json").write_text(json.dumps(SCHEMA))
    random = np.random.default_rng(1)
    harness.write_csv(folder / "rows.csv", {"x": random.random(2000).round(4), "score": random.random(2000).round(4)})
    harness.succeed(
        "reference", "build", "--input", folder / "rows.csv", "--output", folder / "reference.json",
        "--schema", folder / "schema.json", "--prediction-column", "score",
    )  # fmt: skip
    return folder / "reference.json"


class Service:
    """Answers whose truth is as likely as `x` says, told at once; an agent that captures them."""

    def __init__(self, agent, endpoint, seed):
        self.agent, self.publisher, self.seed, self.count = agent, harness.Publisher(endpoint), seed, 0
        self.random = np.random.default_rng(seed)
        agent.start()
        self.publisher.wait_for_subscriber()

    def serve(self, start, seconds, rate=20, labelled=True):
        """Rows of a span of event time, until they are captured; how many."""
        moments = start + np.arange(int(seconds * rate)) / rate
        ids = [f"{self.seed}-{self.count + n}" for n in range(len(moments))]
        self.count += len(moments)
        xs = np.round(self.random.uniform(0.1, 0.9, len(moments)), 4)
        truths = (self.random.random(len(moments)) < xs).astype(int).tolist()
        rows = [{"id": i, "time": t, "features": {"x": x}, "prediction": x} for i, t, x in zip(ids, moments.tolist(), xs.tolist())]
        for first in range(0, len(rows), 50):
            self.publisher.rows(rows[first : first + 50])
        self.agent.wait_captured(rows=self.count)
        if labelled:
            self.tell(ids, truths, moments.tolist())
        return len(ids)

    def tell(self, ids, truths, moments):
        known = self.agent.performance("m").get("capture")["counters"].get("matched", 0)
        labels = [{"id": i, "time": t, "label": y} for i, y, t in zip(ids, truths, moments)]
        for first in range(0, len(labels), 50):
            self.publisher.rows(labels[first : first + 50])
        self.agent.wait_captured(matched=known + len(ids))


@pytest.fixture
def service(new_agent, registry, reference):
    services = []

    def make(name="agent"):
        endpoint, agent = harness.tcp_endpoint(), new_agent(name)
        stream = harness.stream(
            reference, endpoint, clock="event", window={"length": "1h", "lateness": "0s", "min_samples": 10},
            capture={"label_horizon": "1d", "max_age": "4000d"}, retrain={"on": ["prediction"]},
        )  # fmt: skip
        agent.configure(stream, agent={"name": name, "registry": registry.uri, "registry_interval": "1s"})
        services.append(Service(agent, endpoint, seed=len(services) + 1))
        return services[-1]

    yield make
    for one in services:
        one.publisher.close()


def begin(registry, *versions, **policy):
    return registry.begin("m", *versions, policy={**SHADOWED, **policy})


def shadow(registry, id):
    return harness.wait_until(lambda: registry.rollout(id).get("shadow"), f"the shadow of {id}", PATIENCE)


def report(registry, id, candidate=0):
    """What a candidate's scoring has come to, once it has."""
    def find():
        result = (registry.rollout(id).get("shadow") or {}).get("result") or {}
        return (result.get("reports") or [None])[candidate]

    return harness.wait_until(find, lambda: f"{registry.rollout(id)}\n{registry.logs}", PATIENCE)


def check_log(registry, id):
    assert "each as the rules make it again" in harness.succeed("rollout", "replay", id, "--registry", registry.uri).stdout


def test_a_worse_candidate_is_stopped_without_having_served_one_unit(registry, service):
    champion, candidate = registry.prepare(0.0, 0.35)
    one = service()
    one.serve(T0 + 10, 24)
    id = begin(registry, candidate)
    ended = registry.wait_phase(id, "rejected", timeout=PATIENCE)
    assert ended["conclusion"]["rule"] == "shadow" and ended["conclusion"]["verdicts"] == ["worse"]
    assert ended.get("comparison") is None and registry.route("m").get("rollout") is None
    assert not any(entry["after"]["stages"] for entry in registry.decisions(id))
    assert registry.standing("m")[0] == champion
    found = report(registry, id)
    assert found["rows"] == 480 and len(found["differences"]) == 12
    assert found["candidate"]["loss"] > found["champion"]["loss"] and found["candidate"]["bias"] > 0.2
    assert found["candidate"]["calibration_error"] > found["champion"]["calibration_error"]
    assert found["agreement"] < 1 and found["by_row"]["mcnemar"]["only_champion_right"] > 0
    assert found["by_row"]["difference"]["lower"] > 0
    last = registry.decisions(id)[-1]
    assert last["observation"]["evidence"]["shadow"][0]["differences"] == found["differences"]
    assert last["figures"]["shadow"][0]["lower"] > 0
    told = harness.succeed("rollout", "show", id, "--registry", registry.uri).stdout
    for words in ("candidate 1 in the shadow: 480 rows", "in 12 clusters", "by row, as if rows were independent", "McNemar", "agent, "):
        assert words in told, told
    check_log(registry, id)


def test_an_equal_one_goes_on_to_serve(registry, service):
    _, candidate = registry.prepare(0.0, 0.0)
    service().serve(T0 + 10, 24)
    id = begin(registry, candidate)
    going = registry.wait_phase(id, "stage 1", timeout=PATIENCE)
    assert report(registry, id)["agreement"] == 1
    assert going["comparison"]["stages"] and registry.route("m")["rollout"]["id"] == id
    check_log(registry, id)


def test_rows_before_the_cut_off_are_not_used(registry, service):
    """Neither of agents that bring them nor of a dataset that somebody gives by hand."""
    _, candidate = registry.prepare(0.0, 0.0, trained=T0 + 101)
    one = service()
    one.serve(T0, 100)
    id = begin(registry, candidate, shadow={"on": True, "minimum_rows": 400, "interval": 1})
    registry.wait_missing(id, "no agent has brought labelled rows yet")
    assert shadow(registry, id)["since"] == rfc3339(T0 + 100)
    time.sleep(3)
    assert shadow(registry, id)["rows"] == [] and PROBLEM not in one.agent.logs
    new = one.serve(T0 + 100, 10)
    assert report(registry, id)["rows"] == new
    export = one.agent.folder / "all.sqlite"
    done = ("capture", "export", "--config", one.agent.config, "--model", "m", "--format", "sqlite", "--output", export)
    harness.succeed(*done)
    added = harness.succeed("dataset", "add", "--model", "m", "--schema", registry.folder / "schema.json", export,
                            "--registry", registry.uri, "--json")  # fmt: skip
    uri = f"datasets:/{json.loads(added.stdout)['id']}"
    scored = shadow(registry, id)["scored"]
    assert registry.call("PUT", f"/api/v1/rollouts/{id}/rows", {"agent": "by hand", "uri": uri})[0] == 200
    harness.wait_until(lambda: shadow(registry, id)["result"]["repeated"] == new, lambda: f"{shadow(registry, id)}{registry.logs}", PATIENCE)
    found = report(registry, id)
    assert found["rows"] == new and found["first"] >= rfc3339(T0 + 100) and shadow(registry, id)["scored"] >= scored
    assert registry.rollout(id)["phase"] == "shadow"


def test_rows_of_several_agents_are_united(registry, service):
    _, candidate = registry.prepare(0.0, 0.0)
    counts = [service(name).serve(T0 + 10, seconds) for name, seconds in (("a", 6), ("b", 10))]
    id = begin(registry, candidate, shadow={"on": True, "minimum_rows": 5000, "interval": 1})
    harness.wait_until(lambda: report(registry, id)["rows"] == sum(counts), lambda: f"{shadow(registry, id)}{registry.logs}", PATIENCE)
    assert [gift["agent"] for gift in shadow(registry, id)["rows"]] == ["a", "b"]
    registry.wait_missing(id, f"needs 5000 rows in the shadow, has {sum(counts)}")
    sets = registry.call("GET", "/api/v1/training-sets", model="m")[1]["training_sets"]
    assert {s["id"] for s in sets} == {gift["dataset"] for gift in shadow(registry, id)["rows"]}
    assert all(s["source"]["rollout"] == id for s in sets)
    status, answer = registry.call("DELETE", f"/api/v1/models/m/training-sets/{sets[0]['id']}")
    assert status == 409 and id in json.dumps(answer)


def test_a_version_of_unknown_training_is_judged_by_what_came_after_it_was_registered(registry, service):
    registry.prepare(0.0, trained=T0)
    before = time.time()
    candidate = registry.make(0.0)
    one = service()
    one.serve(T0 + 10, 24)
    id = begin(registry, candidate)
    registry.wait_missing(id, "no agent has brought labelled rows yet")
    since = datetime.datetime.fromisoformat(shadow(registry, id)["since"]).timestamp()
    assert before - 1 < since < time.time()
    # Some of their clusters are yet to end.
    one.serve(since, 30)
    registry.wait_missing(id, "clusters in the shadow, has")
    registry.wait_phase(id, "stage 1", timeout=PATIENCE)
    check_log(registry, id)


def test_a_registry_that_is_killed_while_it_scores_goes_on(registry, service):
    champion, candidate = registry.prepare(0.0, 0.35)
    service().serve(T0 + 10, 24)
    registry.wait.write_text("")
    id = begin(registry, candidate)
    harness.wait_until(lambda: registry.asked(), lambda: registry.logs, PATIENCE)
    registry.kill()
    registry.wait.unlink()
    registry.start()
    assert registry.wait_phase(id, "rejected", timeout=PATIENCE)["conclusion"]["rule"] == "shadow"
    assert registry.asked().count(0.0) >= 2 and report(registry, id)["rows"] == 480
    assert not (registry.state / "jobs/training").exists() or not list((registry.state / "jobs/training").iterdir())
    check_log(registry, id)


def test_who_cannot_be_scored_does_not_serve_and_a_champion_that_cannot_is_waited_for(registry, service):
    champion, mute, odd, fine = registry.prepare(0.0, None, 9.0, 0.0)
    service().serve(T0 + 10, 24)
    id = begin(registry, mute, odd, fine, stages=[{"share": 0.2, "minimum_duration": 1}])
    going = registry.wait_phase(id, "stage 1", timeout=PATIENCE)
    assert going["comparison"]["stages"][0]["shares"]["candidates"] == [0, 0, 0.2]
    told = harness.succeed("rollout", "show", id, "--registry", registry.uri).stdout
    assert "lost my tongue" in told and "no finite number" in told, told
    registry.tell(id, "abort")
    registry.wait_phase(id, "rolled back")
    registry.post("registered-models/alias", {"name": "m", "alias": "champion", "version": str(mute)})
    id = begin(registry, fine)
    registry.wait_missing(id, f"version {mute}, the champion, cannot be scored")
    assert registry.rollout(id)["phase"] == "shadow"
    registry.check_alive()


def test_lines_cut_off_in_the_database_are_found(registry, service):
    _, candidate = registry.prepare(0.0, 0.35)
    service().serve(T0 + 10, 24)
    id = begin(registry, candidate)
    registry.wait_phase(id, "rejected", timeout=PATIENCE)
    check_log(registry, id)
    with sqlite3.connect(registry.state / "registry.sqlite") as database:
        database.execute("DELETE FROM rollout_decision WHERE sequence = (SELECT max(sequence) FROM rollout_decision)")
    failed = harness.run("rollout", "replay", id, "--registry", registry.uri)
    assert failed.returncode == 3 and "lines are missing at its end" in failed.stderr, failed
