"""The whole of it: a service that follows the route, an agent beside it, a registry that decides. Nobody touches anything."""

import json
import math
import pathlib
import random
import subprocess
import sys
import time

import pytest

import harness
from rollouts import POLICY, SURE, RolloutRegistry
from test_proposals import wait_requests

SERVICE = pathlib.Path(__file__).resolve().parents[2] / "tools/rollout_service.py"
MODELS = {
    # The champion's figures, the candidate's, and what differs from the policy.
    "better": ("quality=0.2", "quality=1", {}),
    "worse": ("quality=1", "quality=-1", {}),
    "failing": ("quality=1", "quality=1,errors=0.3", {}),
    "equal": ("quality=0.7", "quality=0.7", {**SURE, "maximum_duration": 40, "on_inconclusive": "revert"}),
    "both-bad": ("quality=-0.2", "quality=-0.2", {**SURE, "floor": 0.5}),
    "one-outcome": ("quality=0.2", "quality=1", {"maximum_duration": 40, "on_inconclusive": "revert"}),
}
# How the service of a model differs: its inputs have moved away from the reference, or its labels tell half.
SERVICES = {"both-bad": ("--mean", 1), "one-outcome": ("--outcome", 1)}
PATIENCE = 300


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Of the service's rows, with a schema that says what an answer means."""
    folder, draw = tmp_path_factory.mktemp("service"), random.Random(3)
    schema = {
        "version": 1, "task": "binary", "features": [{"name": "x", "kind": "numeric"}],
        "prediction": {"tensor": "prediction", "kind": "score"}, "label": {"tensor": "label", "kind": "class"},
    }  # fmt: skip
    (folder / "schema.json").write_text(json.dumps(schema))
    xs = [draw.gauss(0, 1) for _ in range(2000)]
    rows = {"x": xs, "prediction": [1 / (1 + math.exp(-2 * x)) for x in xs], "label": [int(draw.random() < 0.5) for _ in xs]}
    harness.write_csv(folder / "rows.csv", rows)
    harness.succeed(
        "reference", "build", "--input", folder / "rows.csv", "--schema", folder / "schema.json", "--output", folder / "reference.json",
        "--prediction-column", "prediction", "--label-column", "label",
    )  # fmt: skip
    return folder / "reference.json"


@pytest.fixture(scope="module")
def ended(reference, tmp_path_factory):
    """The rollouts of all models, once each has ended, and their versions."""
    folder = tmp_path_factory.mktemp("closed-loop")
    (folder / "registry").mkdir(), (folder / "agent").mkdir()
    registry, agent = RolloutRegistry(folder / "registry").start(), harness.Agent(folder / "agent")
    services, begun, versions = [], {}, {}
    try:
        endpoints = {name: harness.tcp_endpoint() for name in MODELS}
        keys = {"window": {"length": "5s", "lateness": "0s"}, "capture": {"label_horizon": "1h"}}
        agent.configure(
            *(harness.stream(reference, endpoints[name], name, **keys, **({"retrain": {}} if name == "both-bad" else {}))
              for name in MODELS),
            agent={"registry": registry.uri, "route_interval": "300ms"},
        )  # fmt: skip
        agent.start()
        for name, (old, new, _) in MODELS.items():
            versions[name] = registry.versions(name)
            command = [
                sys.executable, SERVICE, "--registry", registry.uri, "--model", name, "--endpoint", endpoints[name], "--rate", "400",
                "--seconds", PATIENCE, "--version", f"{versions[name][0]}:{old}", "--version", f"{versions[name][1]}:{new}",
                *SERVICES.get(name, ()),
            ]  # fmt: skip
            services.append(subprocess.Popen([str(part) for part in command]))
        for name, (_, _, policy) in MODELS.items():
            cause = {"request": wait_requests(registry, 1, model=name)[0]["id"]} if name == "both-bad" else {}
            begun[name] = registry.begin(name, versions[name][1], policy={**POLICY, "label_delay": 2, **policy}, **cause)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not all(registry.rollout(id).get("ended") for id in begun.values()):
            time.sleep(1)
        yield {name: (registry.rollout(id), registry.decisions(id)) for name, id in begun.items()}, registry, agent, versions
    finally:
        for server in (*services, agent, registry):
            server.kill()


def last_window(agent, model):
    return agent.windows(model)[-1]["window"]["start"]


def told(ended, name):
    rollouts, _, agent, _ = ended
    return json.dumps({k: v for k, v in rollouts[name][0].items() if k != "policy"}, indent=1) + str(agent.status(name).get("rollout"))


def test_a_better_candidate_is_promoted(ended):
    rollouts, registry, _, versions = ended
    rollout, _ = rollouts["better"]
    assert rollout["phase"] == "closed", told(ended, "better")
    assert registry.standing("better")[0] == versions["better"][1]


def test_a_worse_one_is_rolled_back_within_the_first_stage(ended):
    rollout, _ = ended[0]["worse"]
    assert rollout["phase"] == "rolled back" and len(rollout["comparison"]["stages"]) == 1, told(ended, "worse")


def test_one_that_fails_is_rolled_back_by_its_errors(ended):
    rollout, _ = ended[0]["failing"]
    assert rollout["phase"] == "rolled back" and rollout["conclusion"]["rule"] == "hard_guardrail", told(ended, "failing")
    assert {"kind": "harm", "candidate": 0, "metric": "exception"} in rollout["conclusion"]["findings"]


def test_an_equal_one_is_not_promoted(ended):
    rollouts, registry, _, versions = ended
    assert rollouts["equal"][0]["phase"] == "expired", told(ended, "equal")
    assert registry.standing("equal")[0] == versions["equal"][0]


def test_two_that_are_both_bad_leave_their_alert_open(ended):
    rollouts, registry, agent, versions = ended
    rollout, _ = rollouts["both-bad"]
    assert (rollout["phase"], rollout["conclusion"]["verdicts"]) == ("both bad", ["both_bad"]), told(ended, "both-bad")
    assert registry.standing("both-bad") == [versions["both-bad"][0], None, None]
    # It led to the rollout, and windows after the end say what those before said.
    harness.wait_until(lambda: last_window(agent, "both-bad") > rollout["ended"], lambda: agent.windows("both-bad")[-1])
    states = {alert["fingerprint"]: alert["state"] for alert in agent.api("drift", "both-bad")["alerts"]}
    assert states[rollout["alert"]] == "firing"
    told_of = [event["type"].split(".")[-1] for event in agent.events() if event["data"]["fingerprint"] == rollout["alert"]]
    assert "firing" in told_of and "resolved" not in told_of


def test_labels_of_one_outcome_are_no_evidence(ended):
    rollouts, registry, _, versions = ended
    rollout, decisions = rollouts["one-outcome"]
    assert rollout["phase"] == "expired" and registry.standing("one-outcome")[0] == versions["one-outcome"][0]
    assert len(rollout["comparison"]["stages"]) == 1, told(ended, "one-outcome")
    found = decisions[-1]["after"]["conclusion"]["findings"]
    assert {"kind": "one_label"} in found and {"kind": "one_label", "candidate": 0} in found, found


def test_the_decisions_can_be_made_again(ended):
    rollouts, registry, _, _ = ended
    for rollout, decisions in rollouts.values():
        done = harness.succeed("rollout", "replay", rollout["id"], "--registry", registry.uri)
        assert f"{len(decisions)} decisions" in done.stdout
