"""A service that serves a model's champion and candidates as the registry's route says, and publishes what it answers.

Stands in for an inference service: units arrive at a rate, each is assigned by tools/assign.py, the version of its arm answers
it, and answer, latency, errors and later the label go out over ZeroMQ as docs/streams.md has it. How good a version is, how
slow and how often it fails is given for each:

    python tools/rollout_service.py --registry http://127.0.0.1:5050 --model fraud --endpoint tcp://127.0.0.1:5556 \\
        --version 1:quality=0.6 --version 2:quality=0.9,errors=0.02 --rate 500 --seconds 60

A row has a feature x, normal with deviation 1, and a label that is 1 with probability 1/(1 + e^-2x). A version of quality q answers
1/(1 + e^-2qx): 1 is as good as can be, 0 knows nothing.
"""

import argparse
import json
import math
import pathlib
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import zmq

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import assign  # noqa: E402

FIGURES = {"quality": 1.0, "errors": 0.0, "timeouts": 0.0, "latency": 5.0, "shift": 0.0}


def version_argument(text):
    name, _, figures = text.partition(":")
    given = dict(figure.split("=") for figure in figures.split(",") if figure)
    unknown = set(given) - set(FIGURES)
    if not name or unknown:
        raise argparse.ArgumentTypeError(f"{text}: a version, a colon, and of {', '.join(FIGURES)} those that are not as usual")
    return name, FIGURES | {key: float(value) for key, value in given.items()}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--registry", default="http://127.0.0.1:5050")
    parser.add_argument("--model", required=True)
    parser.add_argument("--endpoint", required=True, help="where to publish, bound here")
    parser.add_argument("--version", action="append", type=version_argument, required=True, metavar="V[:quality=Q,…]")
    parser.add_argument("--units", type=int, default=0, help="how many different units there are; 0: each row is another's")
    parser.add_argument("--rate", type=float, default=200, help="rows a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--label-delay", type=float, default=0.5, help="seconds; negative: labels never come")
    parser.add_argument("--outcome", type=int, choices=(0, 1), help="labels come of this outcome only; default: of both")
    parser.add_argument("--mean", type=float, default=0.0, help="of the feature x")
    parser.add_argument("--day-effect", type=float, default=0.0, help="standard deviation of what rows of a cluster share")
    parser.add_argument("--cluster", type=float, default=1.0, help="seconds of such a cluster")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Route:
    """The registry's route, asked for again every half second."""

    def __init__(self, registry, model):
        self.url = f"{registry}/api/v1/models/{urllib.parse.quote(model, safe='')}/route"
        self.route, self.asked = {}, -math.inf

    def version(self, unit):
        """Who serves a unit now; None where nobody does."""
        if time.monotonic() - self.asked > 0.5:
            self.asked = time.monotonic()
            try:
                with urllib.request.urlopen(self.url, timeout=2) as answer:
                    self.route = json.load(answer)
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                pass  # Who served goes on to serve.
        comparison = self.route.get("rollout")
        if comparison is None:
            return self.route.get("champion")
        stage = comparison["stages"][-1]
        lanes, shares = ([part["control"], *part["candidates"]] for part in (comparison["lanes"], stage["shares"]))
        arm = assign.arm(comparison["seed"], unit, lanes, shares)
        return stage["champion"] if arm is None else [comparison["control"], *comparison["candidates"]][arm]


def logistic(x):
    return 1 / (1 + math.exp(-x))


class Service:
    def __init__(self, options):
        self.options, self.versions = options, dict(options.version)
        self.random = random.Random(options.seed)
        self.route = Route(options.registry, options.model)
        self.socket = zmq.Context.instance().socket(zmq.PUB)
        self.socket.bind(options.endpoint)
        self.labels, self.count, self.cluster = [], 0, (None, 0.0)
        self.run = f"{time.time_ns():x}"

    def publish(self, rows):
        if rows:
            self.socket.send_multipart([f"rows/{self.options.model}/".encode(), json.dumps(rows).encode()])

    def shared(self, now):
        """What the rows of a cluster have in common."""
        place = now // self.options.cluster
        if place != self.cluster[0]:
            self.cluster = (place, self.random.gauss(0, self.options.day_effect))
        return self.cluster[1]

    def answer(self, now):
        draw, self.count = self.random, self.count + 1
        unit = f"unit-{draw.randrange(self.options.units)}" if self.options.units else f"unit-{self.run}-{self.count}"
        served = self.route.version(unit)
        if served is None:
            return None
        figures = self.versions.get(str(served), FIGURES)
        x = draw.gauss(self.options.mean, 1)
        row = {"id": f"{self.run}-{self.count}", "time": now, "unit": unit, "model_version": str(served), "features": {"x": x}}
        row["latency_ms"] = figures["latency"] * draw.expovariate(1)
        fate = draw.random()
        if fate < figures["errors"] + figures["timeouts"]:
            return row | {"error": "exception" if fate < figures["errors"] else "timeout"}
        label = int(draw.random() < logistic(2 * x + self.shared(now)))
        if self.options.label_delay >= 0 and self.options.outcome in (None, label):
            self.labels.append((now + self.options.label_delay, {"id": row["id"], "label": label}))
        return row | {"prediction": logistic(2 * figures["quality"] * x + figures["shift"])}

    def serve(self):
        begin, sent = time.time(), 0
        while (now := time.time()) < begin + self.options.seconds:
            due = int((now - begin) * self.options.rate) - sent
            self.publish([row for row in (self.answer(now) for _ in range(due)) if row])
            sent += due
            ripe = [label for moment, label in self.labels if moment <= now]
            self.labels = self.labels[len(ripe):]
            self.publish(ripe)
            time.sleep(0.02)
        return sent


if __name__ == "__main__":
    print(f"{Service(arguments()).serve():,} rows")
