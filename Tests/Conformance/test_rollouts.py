"""Champion against candidates: who serves whom, what the evidence comes to, and who may say what."""

import hashlib
import json
import re
import subprocess
import time

import pytest
import zmq

import harness
from rollouts import POLICY, SURE, RolloutRegistry, Traffic, rfc3339

PATIENCE = 240


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    registry = RolloutRegistry(tmp_path_factory.mktemp("rollouts")).start()
    yield registry
    registry.kill()


@pytest.fixture
def model(registry, request):
    return request.node.name.replace("_", "-").replace("[", "-").replace("]", "")


# MARK: What the evidence comes to


@pytest.fixture(scope="module")
def ended(registry):
    """Five rollouts at once: of a better, a worse, a failing and an equal candidate, and one of two that are both bad."""
    cases = {
        "better": ({}, (0.6, 0.4), (0, 0)),
        "worse": ({}, (0.4, 0.6), (0, 0)),
        "failing": ({}, (0.4, 0.4), (0.01, 0.2)),
        "equal": ({**SURE, "maximum_duration": 30, "on_inconclusive": "revert"}, (0.5, 0.5), (0, 0)),
        "both-bad": ({**SURE, "floor": 0.3, "maximum_duration": 200, "on_inconclusive": "revert"}, (0.9, 0.9), (0, 0)),
    }
    traffic, versions = {}, {}
    for name, (policy, losses, errors) in cases.items():
        versions[name] = registry.versions(name)
        registry.post("registered-models/alias", {"name": name, "alias": "candidate", "version": str(versions[name][1])})
        id = registry.begin(name, versions[name][1], policy=policy)
        traffic[name] = Traffic(registry, name, id, losses, errors)
    for name in cases:
        registry.wait_phase(traffic[name].id, "stage 1", "rolled back")
    deadline, going = time.monotonic() + PATIENCE, set(cases)
    while going and time.monotonic() < deadline:
        for name in sorted(going):
            if not traffic[name].send():
                going.discard(name)
        time.sleep(0.3)
    return {name: (registry.rollout(one.id), registry.decisions(one.id), versions[name]) for name, one in traffic.items()}


def phases(decisions):
    return [next(iter(entry["after"]["phase"])) for entry in decisions]


def test_a_better_candidate_is_promoted(registry, ended):
    rollout, decisions, (old, new) = ended["better"]
    assert rollout["phase"] == "closed" and rollout["conclusion"]["verdicts"] == ["better"]
    assert registry.standing("better") == [new, None, old]
    assert [stage["shares"]["candidates"] for stage in rollout["comparison"]["stages"]] == [[0.05], [0.25], [0.5], [0.05]]
    move = registry.call("GET", "/api/v1/models/better/history")[1]["moves"]
    assert any(m["alias"] == "champion" and m["version"] == new and rollout["id"] in m["decision"] for m in move)


def test_a_worse_candidate_is_rolled_back_in_the_first_stage(registry, ended):
    rollout, decisions, (old, new) = ended["worse"]
    assert rollout["phase"] == "rolled back" and rollout["conclusion"]["verdicts"] == ["worse"]
    assert len(rollout["comparison"]["stages"]) == 1
    assert registry.standing("worse") == [old, None, None]


def test_one_that_fails_is_rolled_back_by_its_errors(registry, ended):
    rollout, decisions, (old, _) = ended["failing"]
    assert rollout["phase"] == "rolled back" and rollout["conclusion"]["rule"] == "hard_guardrail"
    assert {"kind": "harm", "candidate": 0, "metric": "exception"} in rollout["conclusion"]["findings"]
    assert registry.standing("failing")[0] == old


def test_an_equal_one_is_not_promoted_on_superiority(registry, ended):
    rollout, _, (old, _) = ended["equal"]
    assert rollout["phase"] == "expired" and registry.standing("equal") == [old, None, None]


def test_two_that_are_both_bad_are_told_so(registry, ended):
    rollout, _, (old, _) = ended["both-bad"]
    assert rollout["phase"] == "both bad" and rollout["conclusion"]["verdicts"] == ["both_bad"]
    assert registry.standing("both-bad")[0] == old


@pytest.mark.parametrize("name", ["better", "worse", "failing", "equal", "both-bad"])
def test_every_decision_can_be_made_again(registry, ended, name, tmp_path):
    id = ended[name][0]["id"]
    done = harness.succeed("rollout", "replay", id[:10], "--registry", registry.uri)
    assert f"{len(ended[name][1])} decisions" in done.stdout
    log = registry.get(f"/api/v1/rollouts/{id}/decisions").body.decode().splitlines()
    for forged in (log[:-1] + [log[-1].replace('"count":', '"count":1', 1)], log[1:], log[:-1], [*log[:1], *log[2:]]):
        path = tmp_path / "log"
        path.write_text("\n".join(forged) + "\n")
        failed = harness.run("rollout", "replay", id, "--log", path, "--registry", registry.uri)
        assert failed.returncode == 3 and ("line" in failed.stderr or "ends after" in failed.stderr), forged


@pytest.mark.parametrize("part, true, forged", [
    ("before", r'"peak":[0-9.e+-]+', '"peak":-1'), ("before", r'"squares":[0-9.e+-]+', '"squares":-1e308'),
    ("before", r'"late":[0-9]+', '"late":9223372036854775807'), ("before", r'"fewest":[0-9]+', '"fewest":0'),
    ("before", r'"harm":\[.*?\],"label_ratio"', '"harm":[],"label_ratio"'), ("before", r'"mixture":[0-9.e+-]+', '"mixture":"nan"'),
    ("before", r'"clock":"[^"]*"', '"clock":"2262-01-01T00:00:00Z"'), ("after", r'"mean":[0-9.e+-]+', '"mean":0'),
    ("observation", r'"seen":[0-9]+', '"seen":9223372036854775807'),
    ("observation", r'"count":[0-9]+', '"count":-9223372036854775808'),
])  # fmt: skip
def test_a_forged_log_whose_hashes_are_right_is_found(registry, ended, tmp_path, part, true, forged):
    """Whoever writes a line can hash it too; what the rules make of it stays what it is."""
    id = ended["better"][0]["id"]
    lines = registry.get(f"/api/v1/rollouts/{id}/decisions").body.decode().splitlines()
    head, hash = '{"entry":', ',"hash":"' + "0" * 64 + '"}'
    body = lines[-1][len(head) : -len(hash)]
    start = body.index(f'"{part}":')
    changed = body[:start] + re.sub(true, forged, body[start:], count=1)
    assert changed != body
    path = tmp_path / "log"
    sealed = f'{head}{changed},"hash":"{hashlib.sha256(changed.encode()).hexdigest()}"}}'
    path.write_text("\n".join([*lines[:-1], sealed]) + "\n")
    failed = harness.run("rollout", "replay", id, "--log", path, "--registry", registry.uri)
    assert failed.returncode == 3 and f"line {len(lines)}" in failed.stderr, failed


def test_a_log_is_read_on_from_where_one_was(registry, ended):
    path = f"/api/v1/rollouts/{ended['better'][0]['id']}/decisions"
    whole = registry.get(path).body.splitlines()
    assert len(whole) > 3 and registry.get(f"{path}?after=3").body.splitlines() == whole[3:]
    assert registry.get(f"{path}?after={len(whole)}").body == b""


def test_a_story_is_told(registry, ended):
    shown = harness.succeed("rollout", "show", ended["better"][0]["id"], "--registry", registry.uri).stdout
    assert "closed" in shown and "better" in shown and "5 %" in shown
    listed = harness.succeed("rollout", "list", "--registry", registry.uri).stdout
    assert "rolled back" in listed and "both bad" in listed
    watched = harness.succeed("rollout", "watch", ended["worse"][0]["id"], "--registry", registry.uri).stdout
    assert "rolled back: hard_guardrail" in watched


# MARK: Who serves whom


def begun(registry, model, count=2, policy=None):
    """A rollout whose first stage serves, and the versions in it."""
    versions = registry.versions(model, count)
    id = registry.begin(model, *versions[1:], policy=policy)
    registry.wait_phase(id, "stage 1")
    return id, versions


def test_a_service_assigns_by_the_route_as_the_registry_does(registry, model):
    import assign

    id, (champion, one, two) = begun(registry, model, 3, {"stages": [{"share": 0.2, "minimum_duration": 1}]})
    comparison = registry.route(model)["rollout"]
    assert comparison["id"] == id and comparison["candidates"] == [one, two]
    lanes, shares = ([part["control"], *part["candidates"]] for part in (comparison["lanes"], comparison["stages"][-1]["shares"]))
    seen = set()
    for unit in [f"kunde-{n}" for n in range(40)] + ["用户-7", "🦊", "a b/c?&="]:
        arm = assign.arm(comparison["seed"], unit, lanes, shares)
        status, answer = registry.call("GET", f"/api/v1/models/{model}/assignment", unit=unit)
        assert status == 200, answer
        assert answer["version"] == (champion if arm is None else [champion, one, two][arm]), unit
        assert answer["arm"] == ("rest" if arm is None else ["control", "candidate 1", "candidate 2"][arm])
        seen.add(answer["arm"])
    assert len(seen) == 4


def test_without_a_rollout_the_champion_serves(registry, model):
    champion, _ = registry.versions(model)
    route = registry.route(model)
    assert route["champion"] == champion and "rollout" not in route
    assert registry.call("GET", f"/api/v1/models/{model}/assignment", unit="u")[1]["version"] == champion
    assert registry.call("GET", f"/api/v1/models/{model}/assignment")[0] == 400
    assert registry.call("GET", "/api/v1/models/nobody/route")[0] == 404


def test_the_epoch_grows_and_subscribers_are_told(registry, model):
    subscriber = zmq.Context.instance().socket(zmq.SUB)
    subscriber.connect(registry.events)
    subscriber.subscribe(f"rollout/{model}/")
    id, (champion, candidate) = begun(registry, model)
    epochs = []

    def told(is_over):
        topic, body = subscriber.recv_multipart()
        route = json.loads(body)
        assert topic == f"rollout/{model}/".encode() and route["model"] == model
        epochs.append(route["epoch"])
        return ("rollout" not in route) == is_over

    subscriber.setsockopt(zmq.RCVTIMEO, 15_000)
    while not told(False):
        pass
    assert registry.tell(id, "abort", reason="enough")[0] == 200
    while not told(True):
        pass
    assert epochs == sorted(epochs)
    subscriber.close()


def test_logged_assignments_are_verified(registry, model, tmp_path):
    id, (champion, candidate) = begun(registry, model)
    time.sleep(1)
    rows = []
    for number in range(500):
        answer = registry.call("GET", f"/api/v1/models/{model}/assignment", unit=f"u{number}")[1]
        rows.append((f"u{number}", answer["version"], rfc3339(time.time())))
    path = tmp_path / "log.csv"

    def verify(run=harness.succeed):
        path.write_text("unit,model_version,time\n" + "".join(f"{u},{v},{t}\n" for u, v, t in rows))
        return run("rollout", "verify-assignment", id, path, "--grace", "0", "--registry", registry.uri)

    assert "500 rows, 0 served by another version" in verify().stdout
    wrong = next(n for n, row in enumerate(rows) if row[1] == candidate)
    rows[wrong] = (rows[wrong][0], champion, rows[wrong][2])
    failed = verify(harness.run)
    assert failed.returncode == 3 and f"row {wrong + 1}: unit {rows[wrong][0]} belongs to candidate 1" in failed.stdout


# MARK: Evidence


def a_unit(digits, arm=0, **keys):
    return {"unit": f"{digits:016x}", "arm": arm, "first": rfc3339(time.time()), "events": {}, "labelled": False, **keys}


def test_the_same_report_twice_counts_once(registry, model):
    id, _ = begun(registry, model)
    units = [a_unit(1), a_unit(2, 1, events={"exception": rfc3339(time.time())}, labelled=True)]
    sums = [{"stage": 0, "arm": 0, "metric": "log_loss", "cluster": rfc3339(int(time.time())), "pane": "p", "count": 3, "sum": 1.5}]
    for _ in range(3):
        assert registry.report(id, sums, units)[0] == 200
    assert registry.report(id, [{**sums[0], "count": 4, "sum": 2.0}], agent="another")[0] == 200
    arms = registry.rollout(id)["progress"]["arms"]
    assert [(arm["seen"], arm["labelled"], arm["events"]) for arm in arms] == [(1, 0, {}), (1, 1, {"exception": 1})]


def test_labels_of_one_outcome_keep_the_shares_until_both_come(registry, model):
    id, _ = begun(registry, model, policy={"silence": 600})
    units = [a_unit(n, n % 2, labelled=True) for n in range(60)]
    positive = {"stage": 0, "metric": "positive", "cluster": rfc3339(int(time.time())), "pane": "p", "count": 30}

    def findings():
        return [finding["kind"] for finding in registry.rollout(id)["conclusion"]["findings"]]

    assert registry.report(id, [{**positive, "arm": 0, "sum": 30}, {**positive, "arm": 1, "sum": 0}], units)[0] == 200
    harness.wait_until(lambda: findings() == ["one_label"] * 2, findings)
    assert registry.rollout(id)["conclusion"]["rule"] == "validity"
    registry.report(id, [{**positive, "arm": 0, "sum": 11}, {**positive, "arm": 1, "sum": 9}])
    harness.wait_until(lambda: findings() == [], findings)
    assert [arm["distinct_labels"] for arm in registry.rollout(id)["progress"]["arms"]] == [2, 2]


def test_a_unit_belongs_to_the_arm_that_served_it_first(registry, model):
    id, _ = begun(registry, model)
    now = time.time()
    error = {"exception": rfc3339(now)}
    registry.report(id, units=[a_unit(7, 1, first=rfc3339(now), events=error)])
    registry.report(id, units=[a_unit(7, 0, first=rfc3339(now + 1))])
    assert [arm["seen"] for arm in registry.rollout(id)["progress"]["arms"]] == [0, 1]
    registry.wait_phase(id, "stage 1")
    harness.wait_until(
        lambda: {"kind": "crossovers"} in registry.rollout(id)["conclusion"]["findings"], lambda: registry.rollout(id)
    )
    assert registry.rollout(id)["conclusion"]["rule"] == "validity"


@pytest.mark.parametrize(
    "sums, units, words",
    [
        ([{"stage": 0, "arm": 2}], [], "arm 2"),
        ([{"stage": 0, "arm": -1}], [], "arm -1"),
        ([{"stage": 5}], [], "stage 5 has not begun"),
        ([{"count": -1}], [], "no such sum"),
        ([{"count": 2**62}], [], "no such sum"),
        ([{"count": 0}], [], "no such sum"),
        ([{"sum": 1e200}], [], "no such sum"),
        ([{"sum": "NaN"}], [], "sums"),
        ([{"metric": "luck"}], [], "metric"),
        ([{"pane": "x" * 300}], [], "pane"),
        ([], [{"unit": "someone@example.com"}], "16 hexadecimal digits"),
        ([], [{"first": "2001-01-01T00:00:00Z"}], "before the rollout began"),
        ([], [{"first": "yesterday"}], "first"),
        ([], [{"events": {"log_loss": "2030-01-01T00:00:00Z"}}], "log_loss"),
    ],
)
def test_what_cannot_be_true_is_refused_as_a_whole(registry, request, sums, units, words):
    model = f"refused-{abs(hash(request.node.name))}"
    id, _ = begun(registry, model)
    standard = {"stage": 0, "arm": 0, "metric": "log_loss", "cluster": rfc3339(int(time.time())), "pane": "p", "count": 1, "sum": 1.0}
    status, answer = registry.report(
        id, [standard, *({**standard, **one} for one in sums)], [a_unit(1), *({**a_unit(2), **one} for one in units)]
    )
    assert status == 400 and words in json.dumps(answer), answer
    assert [arm["seen"] for arm in registry.rollout(id)["progress"]["arms"]] == [0, 0]


def test_a_rollout_that_has_ended_takes_no_more(registry, ended):
    assert registry.report(ended["worse"][0]["id"], units=[a_unit(1)])[0] == 409
    assert registry.report("0" * 32, units=[a_unit(1)])[0] == 404


# MARK: People


def test_one_rollout_at_a_time_and_versions_that_are_there(registry, model):
    champion, candidate = registry.versions(model)

    def refused(*candidates, policy=None):
        return registry.call("POST", "/api/v1/rollouts", {"model": model, "candidates": list(candidates), "policy": policy or POLICY})

    assert refused()[0] == 400 and "no candidate" in json.dumps(refused()[1])
    assert refused(99)[0] == 404
    assert refused(champion)[0] == 400 and refused(candidate, candidate)[0] == 400
    for policy, word in (
        ({"stages": [{"share": 0.6}]}, "stages[0].share"), ({"stages": []}, "stages"), ({"hard": {}}, "hard"),
        ({"shadow": {"on": 1}}, "shadow.on"), ({"shadow": {"minimum_rows": 0}}, "shadow.minimum_rows"), ({"shadow": {"of": 1}}, "shadow"), ({"error_budget": {"period": 2**63 - 1}}, "error_budget.period"), ({"alpha": 0}, "alpha"), ({"alhpa": 0.1}, "alhpa"), ({"success": {"metric": "exception"}}, "success.metric"),
        ({"stages": [{"share": 0.3}, {"share": 0.1}]}, "stages"), ({"cluster": 0}, "cluster"), ({"floor": "low"}, "floor"),
    ):  # fmt: skip
        status, answer = refused(candidate, policy=policy)
        assert status == 400 and word in json.dumps(answer), (policy, answer)
    id = registry.begin(model, candidate)
    status, answer = refused(candidate)
    assert status == 409 and id in json.dumps(answer)


def test_an_approval_is_waited_for(registry, model):
    _, candidate = registry.versions(model)
    id = registry.begin(model, candidate, policy={"approval": ["serving"]})
    harness.wait_until(lambda: registry.rollout(id).get("awaiting") == "serving", lambda: registry.rollout(id))
    assert "rollout" not in registry.route(model)
    assert "approve" in harness.succeed("rollout", "show", id, "--registry", registry.uri).stdout
    harness.succeed("rollout", "approve", id, "--reason", "looks fine", "--registry", registry.uri)
    registry.wait_phase(id, "stage 1")
    approval = next(entry for entry in registry.decisions(id) if entry["observation"].get("command"))
    assert approval["observation"]["command"]["reason"] == "looks fine" and approval["actor"] != "rules"


def test_it_is_held_resumed_and_aborted(registry, model):
    id, (champion, candidate) = begun(registry, model)
    for command, seen in (("hold", "paused"), ("resume", "wait"), ("abort", None)):
        assert registry.tell(id, command, reason="as I say")[0] == 200
        if seen:
            harness.wait_until(
                lambda: registry.rollout(id)["conclusion"]["rule"] in (seen, "command") and registry.decisions(id)[-1]["actor"] != "rules"
                or registry.rollout(id)["conclusion"]["rule"] == seen, lambda: registry.rollout(id)
            )  # fmt: skip
    assert registry.wait_phase(id, "rolled back")["ended"]
    assert registry.tell(id, "resume")[0] == 409
    assert registry.standing(model)[0] == champion


def test_a_champion_that_is_moved_by_hand_supersedes(registry, model):
    id, (champion, candidate) = begun(registry, model)
    registry.post("registered-models/alias", {"name": model, "alias": "champion", "version": str(candidate)})
    assert registry.wait_phase(id, "superseded")["conclusion"]["rule"] == "superseded"
    assert registry.standing(model)[0] == candidate
    assert "rollout" not in registry.route(model)


def test_what_makes_no_sense_now_is_refused(registry, model):
    id, _ = begun(registry, model)
    for command in ("approve", "resume"):
        status, answer = registry.tell(id, command)
        assert status == 409 and f"nothing to {command}" in json.dumps(answer)


def test_a_candidate_that_is_deleted_is_rolled_back(registry, model):
    id, (champion, candidate) = begun(registry, model)
    assert registry.call("DELETE", "model-versions/delete", {"name": model, "version": str(candidate)})[0] == 200
    assert registry.wait_phase(id, "rolled back")["conclusion"]["rule"] == "unscorable"


def test_of_several_candidates_one_that_is_gone_leaves_the_others(registry, model):
    id, (champion, one, two) = begun(registry, model, 3, {"stages": [{"share": 0.2, "minimum_duration": 1}]})
    assert registry.call("DELETE", "model-versions/delete", {"name": model, "version": str(one)})[0] == 200
    harness.wait_until(
        lambda: registry.route(model)["rollout"]["stages"][-1]["shares"]["candidates"] == [0, 0.2], lambda: registry.route(model)
    )
    assert registry.rollout(id)["phase"] == "stage 1"


def test_a_model_that_is_deleted_takes_its_rollout_along(registry, model):
    id, _ = begun(registry, model)
    registry.call("DELETE", "registered-models/alias", {"name": model, "alias": "champion"})
    registry.wait_phase(id, "superseded")
    again = registry.versions("short-lived")
    id = registry.begin("short-lived", again[1], policy={"approval": ["serving"]})
    registry.call("DELETE", "registered-models/alias", {"name": "short-lived", "alias": "champion"})
    registry.call("DELETE", "registered-models/delete", {"name": "short-lived"})
    assert registry.rollout(id)["ended"]
    registry.check_alive()
    # The others are told of all the same.
    begun(registry, "survivor")
    with zmq.Context.instance().socket(zmq.SUB) as subscriber:
        subscriber.connect(registry.events)
        subscriber.subscribe("rollout/survivor/")
        subscriber.setsockopt(zmq.RCVTIMEO, 15_000)
        assert json.loads(subscriber.recv_multipart()[1])["model"] == "survivor"


# MARK: The unattended loop


def test_a_candidate_that_passed_the_gate_is_compared_without_being_asked_for(tmp_path):
    switch = tmp_path / "stop"
    keys = f'automatic = true\nkill_switch = "{switch}"\nstages = [{{ share = 0.1 }}]\n'
    registry = RolloutRegistry(tmp_path, keys).start()
    try:
        champion, plain = registry.versions("m")
        passed = registry.version("m", [{"key": "leeway.gate", "value": "pass"}])
        registry.post("registered-models/alias", {"name": "m", "alias": "candidate", "version": str(plain)})
        time.sleep(1)
        assert registry.call("GET", "/api/v1/rollouts")[1]["rollouts"] == []
        registry.post("registered-models/alias", {"name": "m", "alias": "candidate", "version": str(passed)})
        harness.wait_until(lambda: registry.call("GET", "/api/v1/rollouts")[1]["rollouts"], lambda: registry.logs)
        id = registry.call("GET", "/api/v1/rollouts")[1]["rollouts"][0]["id"]
        registry.wait_phase(id, "stage 1")
        registry.kill()
        registry.start()
        assert registry.rollout(id)["phase"] == "stage 1"
        switch.write_text("")
        assert registry.wait_phase(id, "rolled back")["conclusion"]["rule"] == "kill_switch"
        time.sleep(1)
        assert len(registry.call("GET", "/api/v1/rollouts")[1]["rollouts"]) == 1
        assert registry.standing("m")[:2] == [champion, None]
    finally:
        registry.kill()


def test_a_gate_that_failed_rejects(registry, model):
    registry.versions(model)
    failed = registry.version(model, [{"key": "leeway.gate", "value": "fail"}])
    id = registry.begin(model, failed, policy={"gate": True})
    assert registry.wait_phase(id, "rejected")["conclusion"]["rule"] == "gate"


def test_an_experiment_is_planned():
    plan = json.loads(harness.succeed("rollout", "plan", "--rate", "0.1", "--effect", "-0.01", "--per-day", "5000", "--json").stdout)
    # statsmodels: NormalIndPower().solve_power(…), unpooled: 2 × (1.96 + 0.8416)² × (.1 × .9 + .09 × .91)/.01² = 26,984
    assert abs(plan["one_look"]["total"] - 26_984) < 10 and plan["one_look"]["days"] == pytest.approx(5.4, abs=0.01)
    assert plan["sequential_factor"] == pytest.approx(1.91, abs=0.01)
    for mistake in (["--rate", "0.1", "--effect", "0"], ["--effect", "0.1"], ["--rate", "2", "--effect", "0.1"],
                    ["--rate", "0.1", "--effect", "0.1", "--share", "1"]):  # fmt: skip
        failed = harness.run("rollout", "plan", *mistake)
        assert failed.returncode == 2 and "leeway" in failed.stderr.lower() or "error" in failed.stderr.lower()
