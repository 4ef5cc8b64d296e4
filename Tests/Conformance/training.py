"""A registry that trains by recipes, and flights for it to train on."""

import csv
import gzip
import json
import pathlib
import zlib

import harness

FLIGHTS = pathlib.Path(__file__).resolve().parents[2] / "tools/flights"
MODEL = "flight-delay"
RECIPE = {
    "model": MODEL, "trainer": "xgboost", "parameters": {"max_depth": 4, "eta": 0.2}, "rounds": 20, "seed": 7,
    "schema": str(FLIGHTS / "schema.json"), "label_delay": "1d", "holdout": "14d",
}  # fmt: skip
GATE = {"floors": {"auc": 0.52}, "success": {"metric": "log_loss", "goal": "non_inferior", "margin": 0.05}, "minimum_clusters": 10}
PATIENCE = 90


def rows_of_flights(path, first, last, keep=lambda row: True):
    """A third of the sample's flights from a day on and before another."""
    with gzip.open(FLIGHTS / "flights-sample.csv.gz", "rt", newline="") as file, open(path, "w", newline="") as out:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(out, reader.fieldnames, lineterminator="\n")
        writer.writeheader()
        for row in reader:
            if first <= row["time"] < last and zlib.crc32(row["id"].encode()) % 3 == 0 and keep(row):
                writer.writerow(row)
    return path


class TrainingRegistry(harness.Registry):
    """A registry that trains by recipes."""

    @property
    def config(self):
        return self.folder / "agent.conf"

    @property
    def command(self):
        return [harness.BINARY, "registry", "--config", self.config]

    def configure(self, recipe=None, gate=None, limits=None, jobs=None, keys=None, rules=None, datasets=None):
        recipe = {name: value for name, value in {**RECIPE, **(recipe or {})}.items() if value is not None}
        tables = {
            "registry": {"http": f"127.0.0.1:{self.http}", "state": str(self.state), **(keys or {})},
            "registry.retrain": {"cooldown": "0s", "setbacks": 50, "per_day": 100, "per_month": 1000, **(rules or {})},
            "registry.jobs": jobs or {},
            "registry.datasets": {"folders": ["/tmp"], **(datasets or {})},
        }
        lines = []
        for name, table in tables.items():
            lines += [f"[{name}]"] + [f"{key} = {harness.toml(value)}" for key, value in table.items()]
        lines += ["[[registry.model]]"] + [f"{key} = {harness.toml(value)}" for key, value in recipe.items()]
        for name, table in (("gate", {**GATE, **(gate or {})}), ("limits", limits or {})):
            lines += [f"[registry.model.{name}]"] + [f"{key} = {harness.toml(value)}" for key, value in table.items()]
        self.config.write_text("\n".join(lines) + "\n")
        return self

    def leeway(self, *arguments, run=harness.succeed, **options):
        return run(*arguments, "--registry", self.uri, **options)

    def ask(self, dataset=None, *arguments):
        """Asks by hand for a training; the request's id."""
        rows = ["--dataset", str(dataset)] if dataset else []
        done = self.leeway("retrain", "--model", MODEL, "--reason", "manual", *rows, *arguments, "--json")
        return json.loads(done.stdout)["id"]

    def request_of(self, id):
        status, answer = self.call("GET", f"/api/v1/retrain-requests/{id}")
        assert status == 200, answer
        return answer

    def ended(self, id, timeout=PATIENCE):
        open_states = ("waiting", "accepted", "running")
        harness.wait_until(
            lambda: self.request_of(id)["state"] not in open_states, lambda: f"{self.request_of(id)}\n{self.logs}", timeout
        )
        return self.request_of(id)

    def train(self, dataset=None, *arguments):
        return self.ended(self.ask(dataset, *arguments))

    def job(self, kind, state="running"):
        """The job of a kind, once it is in a state."""
        def find():
            jobs = self.call("GET", "/api/v1/jobs")[1]["jobs"]
            return next((job for job in jobs if job["kind"] == kind and job["state"] == state), None)

        return harness.wait_until(find, lambda: f"a {kind} is {state}: {self.call('GET', '/api/v1/jobs')}", PATIENCE)

    def version(self, number):
        status, answer = self.call("GET", f"/api/v1/models/{MODEL}/versions/{number}")
        assert status == 200, answer
        return answer

    def run_of(self, id):
        return self.call("GET", f"/api/v1/runs/{id}")[1]

    def model(self):
        status, answer = self.call("GET", f"/api/v1/models/{MODEL}")
        return answer if status == 200 else None

    def file(self, run, path):
        return self.get(f"/get-artifact?run_id={run}&path={path}")
