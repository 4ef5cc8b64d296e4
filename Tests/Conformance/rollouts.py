"""A registry that holds candidates against champions by a policy of seconds, and evidence as agents would send it."""

import datetime
import hashlib
import json
import pathlib
import random
import sys
import time

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import assign  # noqa: E402

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
POLICY = {
    "gate": False, "cluster": 1, "label_delay": 0, "minimum_duration": 5, "maximum_duration": 600,
    "clusters": {"favourable": 12, "harm": 6, "tightest": 20}, "baking": 2, "silence": 60, "holdback": 0.05,
    "stages": [
        {"share": 0.05, "minimum_units": 100, "minimum_duration": 2},
        {"share": 0.25, "minimum_units": 100, "minimum_duration": 2},
        {"share": 0.5, "minimum_units": 100, "minimum_duration": 2},
    ],
    "hard": {"exception": 0.5}, "success": {"metric": "log_loss"},
}  # fmt: skip
# Errs once in a thousand tests, so that a test of what is equal does not fail by chance.
SURE = {"alpha": 0.001, "error_budget": {"alpha": 0.001}}


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat().replace("+00:00", "Z")


class RolloutRegistry(harness.Registry):
    """A registry with `[rollout]`."""

    def __init__(self, folder, keys=""):
        super().__init__(folder)
        self.events = harness.tcp_endpoint()
        self.config = folder / "agent.conf"
        self.config.write_text(
            f'[registry]\nhttp = "127.0.0.1:{self.http}"\nstate = "{self.state}"\nevents = "{self.events}"\n'
            f'[rollout]\ntick = "200ms"\n{keys}'
        )

    @property
    def command(self):
        return [harness.BINARY, "registry", "--config", self.config]

    def version(self, model, tags=()):
        run = self.post("runs/create", {"experiment_id": "0", "start_time": 1, "run_name": "r"})["run"]["info"]["run_id"]
        content = f"{random.random()}".encode()
        assert self.request("PUT", f"{ARTIFACTS}/0/{run}/artifacts/model/MLmodel", content).status == 200
        body = {"name": model, "source": f"mlflow-artifacts:/0/{run}/artifacts/model", "run_id": run, "tags": list(tags)}
        return int(self.post("model-versions/create", body)["model_version"]["version"])

    def versions(self, model, count=2):
        """A model with a champion and versions that are not."""
        self.post("registered-models/create", {"name": model})
        made = [self.version(model) for _ in range(count)]
        self.post("registered-models/alias", {"name": model, "alias": "champion", "version": str(made[0])})
        return made

    def begin(self, model, *candidates, policy=None, **keys):
        body = {"model": model, "candidates": list(candidates), "policy": {**POLICY, **(policy or {})}, **keys}
        status, answer = self.call("POST", "/api/v1/rollouts", body)
        assert status == 200, answer
        return answer["id"]

    def rollout(self, id):
        status, answer = self.call("GET", f"/api/v1/rollouts/{id}")
        assert status == 200, answer
        return answer

    def route(self, model):
        status, answer = self.call("GET", f"/api/v1/models/{model}/route")
        assert status == 200, answer
        return answer

    def tell(self, id, command, **keys):
        return self.call("POST", f"/api/v1/rollouts/{id}/{command}", keys)

    def report(self, id, sums=(), units=(), agent="a"):
        return self.call("POST", f"/api/v1/rollouts/{id}/evidence", {"agent": agent, "sums": list(sums), "units": list(units)})

    def decisions(self, id):
        return [json.loads(line)["entry"] for line in self.get(f"/api/v1/rollouts/{id}/decisions").body.splitlines()]

    def wait_phase(self, id, *phases, timeout=harness.DEADLINE):
        harness.wait_until(lambda: self.rollout(id)["phase"] in phases, lambda: f"{phases}: {self.rollout(id)}\n{self.logs}", timeout)
        return self.rollout(id)

    def standing(self, model):
        answer = self.call("GET", f"/api/v1/models/{model}")[1]
        return [answer.get(alias) for alias in ("champion", "candidate", "previous")]


class Traffic:
    """Units that come, second by second, assigned as the route says, and what their arms make of them."""

    def __init__(self, registry, model, id, losses, errors=(0, 0), rate=2000, spread=0.3, seed=1):
        self.registry, self.model, self.id = registry, model, id
        self.losses, self.errors, self.rate, self.spread = losses, errors, rate, spread
        self.random, self.count, self.last = random.Random(seed), 0, time.time()

    def send(self):
        """What came since the last time; whether the rollout still takes it."""
        now = time.time()
        comparison = self.registry.route(self.model).get("rollout")
        if comparison is None:
            return False
        begin, stage = max(self.last, 0), len(comparison["stages"]) - 1
        since = datetime.datetime.fromisoformat(comparison["stages"][stage]["since"]).timestamp()
        moment, self.last = max(now, since), now
        lanes, shares = ([part["control"], *part["candidates"]] for part in (comparison["lanes"], comparison["stages"][stage]["shares"]))
        units, sums = [], {}
        for _ in range(int((now - begin) * self.rate)):
            self.count += 1
            unit = f"{self.model}-{self.count}"
            arm = assign.arm(comparison["seed"], unit, lanes, shares)
            if arm is None:
                continue
            events = {"exception": rfc3339(moment)} if self.random.random() < self.errors[arm] else {}
            digest = hashlib.sha256(f"{self.id}/{unit}".encode()).hexdigest()[:16]
            units.append({"unit": digest, "arm": arm, "first": rfc3339(moment), "events": events, "labelled": not events})
            if not events:
                loss = self.losses[arm] + self.random.gauss(0, self.spread)
                count, total = sums.get(arm, (0, 0.0))
                sums[arm] = (count + 1, total + loss)
        sent = [
            {"stage": stage, "arm": arm, "metric": "log_loss", "cluster": rfc3339(int(moment)), "pane": f"{now}",
             "count": count, "sum": total} for arm, (count, total) in sums.items()
        ]  # fmt: skip
        # On a machine that is busy with other things much can have come since: a report is of at most 4 MiB.
        for start in range(0, max(1, len(units)), 10_000):
            status, answer = self.registry.report(self.id, [] if start else sent, units[start : start + 10_000])
            assert status in (200, 409), answer
        return status == 200
