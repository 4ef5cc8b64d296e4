"""Fixtures: a table, its reference, and agents that are ended whatever happens."""

import numpy as np
import pytest

import harness

collect_ignore = ["mlflow"]  # it has an environment of its own: tools/mlflow_clients

T0 = 1_700_006_400  # 2023-11-15T00:00:00Z: the table's last hour is over by then
COLORS = np.array(["red", "green", "blue"])


def draw(count, seed, shift=0.0, colors=(0.5, 0.3, 0.2)):
    """Rows of the model that every test watches: two numbers, a category, a truth value, and a score."""
    random = np.random.default_rng(seed)
    return {
        "x": np.round(random.normal(shift, 1, count), 4),
        "y": random.integers(0, 100, count),
        "color": random.choice(COLORS, count, p=colors),
        "flag": random.random(count) < 0.5,
        "score": np.round(random.random(count), 4),
    }


class Table:
    """Rows, as columns and as the objects of a `rows` message."""

    features = ("x", "y", "color", "flag")

    def __init__(self, count, seed=7, **options):
        self.columns = draw(count, seed, **options)
        self.count = count

    def rows(self, start=0, end=None, at=None, step=1, **members):
        """As objects. With `at`, each has a time: `at` plus `step` seconds a row."""
        made = []
        for i in range(start, self.count if end is None else end):
            features = {name: self.columns[name][i].item() for name in self.features}
            time = None if at is None else at + (i - start) * step
            made.append(harness.row(features, time, **members))
        return made

    def csv(self, path, **extra):
        columns = {name: self.columns[name] for name in self.features}
        columns["flag"] = ["true" if flag else "false" for flag in columns["flag"]]
        return harness.write_csv(path, {**extra, **columns})


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A folder with `reference.csv`, and references made from it: plain, with a score, with hourly blocks."""
    folder = tmp_path_factory.mktemp("world")
    table = Table(2000, seed=1)
    times = T0 - 2000 * 60 + np.arange(2000) * 60
    score = {"score": table.columns["score"]}
    table.csv(folder / "reference.csv")
    table.csv(folder / "scored.csv", time=times, **score)
    build = ("reference", "build", "--input")
    harness.succeed(*build, folder / "reference.csv", "--output", folder / "plain.json")
    harness.succeed(
        *build, folder / "scored.csv", "--output", folder / "scored.json",
        "--time-column", "time", "--prediction-column", "score", "--window", "1h",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def reference_rows():
    return Table(2000, seed=1)


@pytest.fixture
def plain(world):
    return world / "plain.json"


def makers(tmp_path, kind):
    """For a fixture: makes servers of a kind, each in a folder of its own; kills those that still run."""
    servers = []

    def make(name=kind.name, **options):
        servers.append(kind(tmp_path / name, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


@pytest.fixture
def new_agent(tmp_path):
    yield from makers(tmp_path, harness.Agent)


@pytest.fixture
def new_registry(tmp_path):
    yield from makers(tmp_path, harness.Registry)


@pytest.fixture
def live(new_agent, plain):
    """An agent that watches `m`, and a publisher it is connected to."""
    opened = []

    def make(name="agent", agent_keys=None, reference=None, endpoint=None, **stream_keys):
        endpoint = endpoint or harness.tcp_endpoint()
        agent = new_agent(name)
        agent.configure(harness.stream(reference or plain, endpoint, **stream_keys), agent=agent_keys)
        publisher = harness.Publisher(endpoint)
        opened.append(publisher)
        agent.start()
        publisher.wait_for_subscriber()
        return agent, publisher

    yield make
    for publisher in opened:
        publisher.close()
