"""The whole agent under load: the real `leeway agent`, fed by traffic/publish as fast as it takes messages."""

import contextlib
import random
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

FEATURES = 30
REFERENCE_ROWS = 20_000
CONFIGURATION = """
[agent]
state = "{folder}/state"
http = "127.0.0.1:{port}"
log_level = "warning"

[[stream]]
model = "bench"
endpoints = ["{endpoint}"]
socket = "pull"
reference = "{reference}"
features = [{features}]
receive_budget = "{budget}"
max_message = "1MiB"

[stream.window]
{window}

[stream.alerts]
threshold = "fixed"
"""


def build_reference(leeway, folder):
    """A reference of standard normal features, 4,095 knots each; returns its path."""
    table, reference = folder / "reference.csv", folder / "reference.json"
    draw = random.Random(1)
    with table.open("w") as file:
        print(",".join(f"f{i}" for i in range(FEATURES)), file=file)
        for _ in range(REFERENCE_ROWS):
            print(",".join(repr(draw.gauss(0, 1)) for _ in range(FEATURES)), file=file)
    command = [leeway, "reference", "build", "--input", table, "--output", reference]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return reference


def free_port():
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Agent:
    """A running agent."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def get(self, path):
        """The body of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return answer.read().decode()

    def counter(self, name):
        """A counter of the only model."""
        found = re.search(rf"^{name}{{[^}}]*}} (\S+)", self.get("/metrics"), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def megabytes(self, kind="VmRSS"):
        """Resident memory now, or (VmHWM) the most there was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{kind}:\s+(\d+)", status).group(1)) / 1024


@contextlib.contextmanager
def running_agent(leeway, reference, folder, endpoint, window='length = "1h"', budget="64MiB"):
    """Starts an agent of one model that pulls from the endpoint; stops it at the end."""
    folder.mkdir(parents=True)
    port = free_port()
    names = ", ".join(f'"f{i}"' for i in range(FEATURES))
    configuration = folder / "agent.conf"
    configuration.write_text(
        CONFIGURATION.format(
            folder=folder, port=port, endpoint=endpoint, reference=reference, features=names,
            budget=budget, window=window,
        )
    )
    with (folder / "agent.log").open("w") as log:
        process = subprocess.Popen(
            [leeway, "agent", "--config", configuration], stdout=subprocess.DEVNULL, stderr=log
        )
        try:
            yield wait_until_ready(Agent(process, port), folder / "agent.log")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_until_ready(agent, log):
    """Returns once the agent's sockets are open."""
    for _ in range(300):
        with contextlib.suppress(OSError):
            agent.get("/readyz")
            return agent
        if agent.process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"the agent did not start: {log.read_text()}")


def publishing(traffic, endpoint, kind, rows, messages, pace=0):
    """Starts the publisher; it waits for whoever connects."""
    command = [traffic / "publish", endpoint, kind, "bench", str(rows), str(messages), str(pace)]
    return subprocess.Popen(command)


def agent_rate(leeway, reference, traffic, folder, kind, rows, messages):
    """Rows a second, from the first look after a tenth of the messages to the last before all of them."""
    endpoint = f"ipc://{folder}.sock"
    with running_agent(leeway, reference, folder, endpoint) as agent:
        publisher = publishing(traffic, endpoint, kind, rows, messages)
        samples = []
        while not samples or samples[-1][1] < messages * rows:
            samples.append((time.perf_counter(), agent.counter("leeway_rows_total")))
            if publisher.poll() not in (None, 0) or agent.process.poll() is not None:
                raise SystemExit(f"{kind}: the run broke off, see {folder}/agent.log")
            time.sleep(0.2)
        publisher.wait()
        rejected = agent.counter("leeway_messages_rejected_total")
        if rejected:
            raise SystemExit(f"{kind}: the agent rejected {rejected:.0f} messages")
    counted = [sample for sample in samples if messages * rows / 10 <= sample[1] < messages * rows]
    return (counted[-1][1] - counted[0][1]) / (counted[-1][0] - counted[0][0])


def drop_rate(traffic, folder, kind, rows, messages):
    """Rows a second of the program that drops what it receives."""
    endpoint = f"ipc://{folder}.sock"
    publisher = publishing(traffic, endpoint, kind, rows, messages)
    command = [traffic / "drop", endpoint, str(messages), str(messages // 10)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    publisher.wait()
    return float(printed) * rows


def parse_rate(traffic, kind, rows, seconds=2):
    """Rows a second of simdjson parsing the same bodies."""
    command = [traffic / "parse", kind, str(rows), str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory(leeway, reference, traffic, folder, rows, pace=10_000, pane=40_000):
    """Megabytes resident at each of the row counts, with 24 panes and oip-binary batches of 100.

    The queue of messages that wait to be read has a budget of its own; here it is small, and the pace leaves it
    empty."""
    endpoint = f"ipc://{folder}.sock"
    window = f'kind = "sliding"\nrows = {24 * pane}\nstep = {pane}'
    with running_agent(leeway, reference, folder, endpoint, window, budget="1MiB") as agent:
        publisher = publishing(traffic, endpoint, "oip-binary", 100, rows[-1] // 100, pace)
        figures = []
        for mark in rows:
            while agent.counter("leeway_rows_total") < mark:
                if agent.process.poll() is not None:
                    raise SystemExit(f"the agent ended, see {folder}/agent.log")
                time.sleep(0.5)
            time.sleep(1)
            figures.append(agent.megabytes())
        publisher.wait()
        return figures, agent.megabytes("VmHWM")
