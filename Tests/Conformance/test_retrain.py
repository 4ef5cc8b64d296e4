"""Requests to train a model again: proposed by whoever likes, any number of times; decided once, by the registry."""

import concurrent.futures
import hashlib
import json
import random

import harness
import pytest

START, END = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.fixture
def registry(new_registry):
    return new_registry().start()


def identity(model, trigger, reference="", start="", end=""):
    return hashlib.sha256("\0".join([model, trigger, reference, start, end]).encode()).hexdigest()


def evidence(source="/agents/a", event="e", kind="data", firing=True, time=END):
    return {
        "event": event, "source": source, "time": time, "firing": firing, "kind": kind, "fingerprint": kind,
        "severity": "warning", "feature": "temp", "measure": "ks", "value": 0.3, "threshold": 0.2, "p_value": 0.001,
        "window": {"start": START, "end": END}, "rows": 900,
        "contributors": [{"feature": "temp", "measure": "ks", "value": 0.3}],
    }  # fmt: skip


def proposal(model="m", trigger="drift", start=START, end=END, pieces=(), **data):
    """A CloudEvent as an agent in any language would make it."""
    id = identity(model, trigger, "ref", start, end)
    return {
        "specversion": "1.0", "id": id[:32], "type": "dev.leeway.retrain.requested", "source": "/agents/a",
        "subject": model, "time": END, "datacontenttype": "application/json",
        "data": {
            "id": id, "model": model, "cause": {"trigger": trigger, "reason": "temp has moved"},
            "evidence": list(pieces), "reference": "ref", "window": {"start": start, "end": end}, **data,
        },
    }  # fmt: skip


def propose(registry, event, type="application/cloudevents+json; charset=utf-8"):
    status, answer = registry.call("POST", "/api/v1/retrain-requests", event, headers={"Content-Type": type})
    return status, answer


def accepted(registry, event):
    status, answer = propose(registry, event)
    assert status == 200, answer
    return answer


def command(registry, *arguments, succeed=True):
    run = harness.succeed if succeed else harness.run
    return run("retrain", *arguments, "--registry", registry.uri)


def requests(registry, **query):
    status, answer = registry.call("GET", "/api/v1/retrain-requests", **query)
    assert status == 200, answer
    return answer["retrain_requests"]


# Proposals


@pytest.mark.parametrize("type", ["application/json", "application/cloudevents+json"])
def test_a_proposal_is_decided_and_kept(registry, type):
    event = proposal(pieces=[evidence()], champion_version=3, dataset={"uri": "/data/rows.csv", "sha256": "0" * 64})
    status, answer = propose(registry, event, type)
    assert status == 200, answer
    assert (answer["id"], answer["state"], answer["trigger"]) == (event["data"]["id"], "accepted", "drift")
    status, shown = registry.call("GET", f"/api/v1/retrain-requests/{answer['id']}")
    assert (status, shown) == (200, answer)
    for name, value in event["data"].items():
        assert shown["request"][name] == value, name


def test_ten_sidecars_at_once_and_again_are_one_training(registry):
    events = [proposal(pieces=[evidence(f"/agents/{i}")]) for i in range(10)] * 3
    random.shuffle(events)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda event: propose(registry, event), events))
    assert {status for status, _ in answers} == {200}
    (only,) = requests(registry)
    assert (only["state"], only["proposals"]) == ("accepted", 30)
    assert {piece["source"] for piece in only["request"]["evidence"]} == {f"/agents/{i}" for i in range(10)}
    entries = registry.json(f"/api/v1/audit?subject={only['id']}")["entries"]
    assert [entry["action"] for entry in entries].count("retrain.accepted") == 1
    assert {entry["actor"] for entry in entries} == {"anonymous@loopback"}


def test_what_was_answered_outlives_a_crash(new_registry):
    registry = new_registry().start()
    answer = accepted(registry, proposal(pieces=[evidence()]))
    registry.kill()
    registry.start()
    again = accepted(registry, proposal(pieces=[evidence()]))
    assert again["request"] == answer["request"] and (again["state"], again["proposals"]) == ("accepted", 2)


def test_quality_vetoes_until_it_is_well_again(registry):
    held = accepted(registry, proposal(pieces=[evidence(), evidence(event="q", kind="quality")]))
    assert held["state"] == "waiting" and "quality" in held["reason"]
    well = evidence(event="r", kind="quality", firing=False, time="2026-01-03T00:00:00Z")
    assert accepted(registry, proposal(pieces=[well]))["state"] == "accepted"


def test_one_is_in_flight_a_model(registry):
    first = accepted(registry, proposal())
    older = accepted(registry, proposal(start="2025-12-31T00:00:00Z", end=START))
    assert (older["state"], older["covered_by"]) == ("covered", first["id"])
    newer = accepted(registry, proposal(start=END, end="2026-01-03T00:00:00Z"))
    assert newer["state"] == "waiting" and first["id"][:12] in newer["reason"]
    assert accepted(registry, proposal(model="other"))["state"] == "accepted"
    status, answer = registry.call("POST", f"/api/v1/retrain-requests/{first['id']}/cancel")
    assert (status, answer["state"]) == (200, "cancelled")
    assert [(r["id"], r["state"]) for r in requests(registry, model="m", state="accepted")] == [(newer["id"], "accepted")]


# Bad input


def altered(**data):
    event = proposal()
    event["data"].update(data)
    return event


@pytest.mark.parametrize(
    "event, words",
    [
        ({}, ["specversion", "missing"]),
        ({**proposal(), "type": "dev.leeway.drift.firing"}, ["type"]),
        ({**proposal(), "data": None}, ["data"]),
        (altered(id="0" * 64), ["id", identity("m", "drift", "ref", START, END)]),
        (altered(model="other"), ["id"]),
        (altered(model="a/b"), ["a/b"]),
        (altered(cause={"trigger": "whim", "reason": "x"}), ["data.cause.trigger"]),
        (altered(cause={"trigger": "drift", "reason": ""}), ["cause.reason"]),
        (altered(evidence="none"), ["data.evidence", "a list"]),
        (altered(evidence=[{**evidence(), "value": "high"}]), ["data.evidence.0.value", "a number"]),
        (altered(window={"start": "yesterday", "end": END}), ["data.window.start", "yesterday"]),
        (altered(dataset={"uri": "/data/rows.csv", "sha256": "abc"}), ["dataset.sha256", "64"]),
    ],
)
def test_a_bad_proposal_is_told_what_and_where(registry, event, words):
    status, answer = propose(registry, event)
    assert status == 400, answer
    for word in words:
        assert word in answer["error"]["message"], answer
    assert requests(registry) == []


def test_other_bad_requests(registry):
    assert propose(registry, proposal(), "text/plain")[0] == 400
    assert registry.call("GET", "/api/v1/retrain-requests", state="lost")[0] == 400
    assert registry.call("GET", "/api/v1/retrain-requests", limit=0)[0] == 400
    assert registry.call("GET", "/api/v1/retrain-requests/0123")[0] == 404
    assert registry.call("POST", "/api/v1/retrain-requests/0123/cancel", {})[0] == 404
    status, answer = registry.call("POST", "/api/v1/models/m/retrain-breaker/close", {"reason": "x"})
    assert (status, answer) == (200, {"model": "m", "setbacks": 0})


# The command


def test_a_build_asks_once_for_a_commit(registry):
    arguments = ("--model", "m", "--reason", "code", "--commit", "0123abcdef", "--json")
    answers = [json.loads(command(registry, *arguments).stdout) for _ in range(2)]
    assert [answer["proposals"] for answer in answers] == [1, 2]
    assert answers[0]["id"] == identity("m", "code", "0123abcdef")
    assert answers[0]["request"]["cause"] == {
        "trigger": "code", "reason": "the code has changed", "commit": "0123abcdef",
    }  # fmt: skip


def test_a_person_asks_and_looks(registry):
    shown = command(registry, "--model", "m", "--reason", "manual", "--note", "the winter is over").stdout
    (request,) = requests(registry)
    assert shown == f"request {request['id'][:12]} for m is accepted: {request['reason']}\n"
    assert "the winter is over" in request["reason"]
    again = json.loads(command(registry, "--model", "m", "--reason", "manual", "--json").stdout)
    assert again["id"] != request["id"] and again["state"] == "waiting"
    listed = command(registry, "list", "--model", "m").stdout.splitlines()
    assert [line.split()[0] for line in listed[1:]] == [again["id"][:12], request["id"][:12]]
    details = command(registry, "show", request["id"][:8]).stdout
    assert request["id"] in details and "the winter is over" in details
    assert "cancelled by anonymous@loopback: no need" in command(registry, "cancel", request["id"], "--reason", "no need").stdout
    assert requests(registry, state="accepted")[0]["id"] == again["id"]
    assert "m may be trained again" in command(registry, "close-breaker", "m").stdout


def test_evidence_is_shown(registry):
    id = accepted(registry, proposal(pieces=[evidence("/agents/checkout-7")]))["id"]
    details = command(registry, "show", id).stdout
    assert all(word in details for word in ("temp", "ks", "0.3", "/agents/checkout-7", "firing"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--model", "m", "--reason", "code"),
        ("--model", "m", "--reason", "manual", "--commit", "0123abc"),
        ("--model", "m", "--reason", "code", "--commit", "main"),
        ("--model", "m", "--reason", "manual", "--from", START),
        ("--model", "m", "--reason", "manual", "--from", END, "--to", START),
        ("--model", "m", "--reason", "manual", "--from", "then", "--to", "now"),
        ("--model", "m", "--reason", "manual", "--sha256", "0" * 64),
        ("--model", "m", "--reason", "whim"),
        ("list", "--limit", "0"),
    ],
)
def test_wrong_usage(registry, arguments):
    assert command(registry, *arguments, succeed=False).returncode == 2


def test_what_is_not_there_is_told(registry):
    done = command(registry, "show", "0123", succeed=False)
    assert done.returncode == 1 and "leeway retrain list" in done.stderr
    done = command(registry, "list", "--state", "lost", succeed=False)
    assert done.returncode == 1 and "waiting" in done.stderr
