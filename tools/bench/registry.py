"""Times the registry and MLflow's own server side by side. Arguments: a folder to work in, the document."""

import concurrent.futures
import datetime
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

import harness  # noqa: E402

API = "/api/2.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
REPEATS, TURNS, SECONDS, CONNECTIONS = 3, 7, 5, 8
RUNS, MANY_RUNS, METRICS = 10_000, 100_000, 1_000_000
GIGABYTE = 1 << 30
BATCH = '{"run_id":"%s","metrics":[<<1000 {"key":"m#","value":0.5,"timestamp":1,"step":@}>>]}'


class MLflowServer(harness.MLflowServer):
    """With as many workers as it starts by itself."""

    @property
    def command(self):
        words = super().command
        at = words.index("--workers")
        return words[:at] + words[at + 2 :]


def open_connection(server):
    return http.client.HTTPConnection("127.0.0.1", server.http, timeout=120)


def call(connection, path, body):
    connection.request("POST", API + path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    content = json.loads(answer.read())
    assert answer.status == 200, (path, content)
    return content


def fill(server, runs):
    """Runs with a metric, a param and a tag each, in the experiment 0."""

    def work(numbers):
        connection = open_connection(server)
        for i in numbers:
            run = call(connection, "runs/create", {"experiment_id": "0", "start_time": i, "run_name": f"run {i}"})
            body = {
                "run_id": run["run"]["info"]["run_id"],
                "metrics": [{"key": "accuracy", "value": i * 7919 % 10_007 / 10_007, "timestamp": 1}],
                "params": [{"key": "depth", "value": str(i % 10)}],
                "tags": [{"key": "team", "value": f"t{i % 7}"}],
            }
            call(connection, "runs/log-batch", body)

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, [range(i, runs, CONNECTIONS) for i in range(CONNECTIONS)]))


def rate(server, path, method="GET", body="", seconds=SECONDS):
    """Requests a second over a few connections that ask as fast as they are answered; asked for longer until one is."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "120s", "-s", str(ROOT / "tools/bench/load/post.lua"),
         f"http://127.0.0.1:{server.http}{path}", "--", method, body],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Non-2xx" not in done.stdout, done.stdout
    found = float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])
    print(f"{found:>10.1f} /s {path.split('?')[0]}", file=sys.stderr)
    assert found > 0 or seconds < 120, done.stdout
    return found or rate(server, path, method, body, 3 * seconds)


def kinds(server):
    """What is asked: name, path, method and body."""
    connection = open_connection(server)
    run = call(connection, "runs/create", {"experiment_id": "0", "start_time": 1})["run"]["info"]["run_id"]
    call(connection, "registered-models/create", {"name": "m"})
    source = {"name": "m", "source": f"mlflow-artifacts:/0/{run}/artifacts/model", "run_id": run}
    call(connection, "model-versions/create", source)
    call(connection, "registered-models/alias", {"name": "m", "alias": "champion", "version": "1"})
    search = {"experiment_ids": ["0"], "filter": "metrics.accuracy > 0.5", "order_by": ["metrics.accuracy DESC"], "max_results": 100}  # fmt: skip
    metric = '{"run_id":"%s","key":"m","value":0.5,"timestamp":1,"step":@}' % run
    return {
        "log-metric": (API + "runs/log-metric", "POST", metric),
        "log-batch, 1,000 metrics": (API + "runs/log-batch", "POST", BATCH % run),
        "runs/get": (API + f"runs/get?run_id={run}",),
        f"runs/search, {RUNS:,} runs": (API + "runs/search", "POST", json.dumps(search)),
        "model version by alias": (API + "registered-models/alias?name=m&alias=champion",),
    }


def resident(server):
    """Megabytes of the server and all that it started."""
    tree, total = [server.process.pid], 0
    for pid in tree:
        path = pathlib.Path(f"/proc/{pid}")
        tree += [int(child) for child in (path / f"task/{pid}/children").read_text().split()]
        total += int(re.search(r"VmRSS:\s*(\d+)", (path / "status").read_text())[1])
    return total / 1000


def log_many(server, metrics):
    connection = open_connection(server)
    run = call(connection, "runs/create", {"experiment_id": "0", "start_time": 2})["run"]["info"]["run_id"]
    for step in range(metrics // 1000):
        points = [{"key": f"k{i % 10}", "value": i, "timestamp": step, "step": step * 100 + i // 10} for i in range(1000)]
        call(connection, "runs/log-batch", {"run_id": run, "metrics": points})


def snippet(server, folder):
    """Seconds of the article's script as a process of its own, and those that it waited for the server."""
    environment = {
        **os.environ, "MLFLOW_TRACKING_URI": server.uri, "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONPATH": f"{ROOT / '.venv-mlflow/clients/3.17.2'}:{ROOT / 'tools/bench/load'}",
    }  # fmt: skip
    command = [ROOT / ".venv-mlflow/bin/python", "-m", "waiting", ROOT / "Tests/Conformance/mlflow/snippet.py", folder / "predictions.npz"]  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return time.monotonic() - began, float(done.stdout.split()[-1])


def transfers(server, folder):
    """Seconds of copies and of transfers until all is on the disk, medians of turns; and the server's growth."""
    file = folder / "gigabyte"
    with open(file, "wb") as out:
        for _ in range(GIGABYTE >> 20):
            out.write(os.urandom(1 << 20))
    url = f"http://127.0.0.1:{server.http}{ARTIFACTS}/0/gigabyte"
    times, before, most = {}, resident(server), 0

    def time_of(what, *command):
        nonlocal most
        os.sync()
        began = time.monotonic()
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            most = max(most, resident(server))
            time.sleep(0.02)
        assert process.returncode == 0, command
        times.setdefault(what, []).append(time.monotonic() - began)

    for i in range(TURNS):
        copy, loaded = folder / f"copy{i}", folder / f"down{i}"
        time_of("copy", "dd", f"if={file}", f"of={copy}", "bs=1M", "conv=fsync")
        time_of("up", "curl", "-sf", "-T", file, f"{url}{i}")
        time_of("down", "sh", "-c", f"curl -sf -o '{loaded}' {url}{i} && sync '{loaded}'")
    return {what: statistics.median(seconds) for what, seconds in times.items()}, most - before


def search_many(server):
    """Milliseconds of a search over many runs, by a metric; the median of 20."""
    connection = open_connection(server)
    body = {"experiment_ids": ["0"], "filter": "metrics.accuracy > 0.5", "order_by": ["metrics.accuracy DESC"], "max_results": 100}  # fmt: skip
    times = []
    for _ in range(20):
        began = time.monotonic()
        call(connection, "runs/search", body)
        times.append((time.monotonic() - began) * 1000)
    return statistics.median(times)


class Server:
    """Ours or MLflow's in a folder of its own, while it is needed."""

    def __init__(self, kind, folder):
        self.server = kind(folder)

    def __enter__(self):
        return self.server.start()

    def __exit__(self, *_):
        self.server.kill()


def measure(kind, folder):
    with Server(kind, folder) as server:
        fill(server, RUNS)
        asked = kinds(server)
        rates = {name: statistics.median(rate(server, *what) for _ in range(REPEATS)) for name, what in asked.items()}
        seconds = [statistics.median(times) for times in zip(*(snippet(server, folder) for _ in range(REPEATS)))]
    with Server(kind, folder / "metrics") as server:
        log_many(server, METRICS)
        memory = resident(server)
    return rates, seconds, memory


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def per_second(rate_):
    return f"{rate_:,.0f} /s" if rate_ >= 10 else f"{rate_:.2g} /s"


def verdict(met):
    return "met" if met else "**missed**"


def main(work, document):
    ours = measure(harness.Registry, work / "leeway")
    theirs = measure(MLflowServer, work / "mlflow")
    with Server(harness.Registry, work / "artifacts") as server:
        moved = transfers(server, work)
    with Server(harness.Registry, work / "many") as server:
        fill(server, MANY_RUNS)
        many = search_many(server)

    rows = [row("what", "Leeway", "mlflow server 3.17.2", "ratio", "target", ""), row(*["---"] * 6)]
    for name, rate_ in ours[0].items():
        ratio = rate_ / theirs[0][name]
        rows.append(row(name, per_second(rate_), per_second(theirs[0][name]), f"{ratio:.3g} ×", "≥ 10 ×", verdict(ratio >= 10)))  # fmt: skip
    for i, what in enumerate(("whole process", "waiting for the server")):
        ratio = ours[1][i] / theirs[1][i]
        rows.append(row(f"the article's snippet, {what}", f"{ours[1][i]:.2f} s", f"{theirs[1][i]:.2f} s", f"{ratio:.2f} ×", "≤ 0.5 ×", verdict(ratio <= 0.5)))  # fmt: skip
    rows.append(row("resident memory after 10⁶ metrics", f"{ours[2]:.0f} MB", f"{theirs[2]:,.0f} MB", f"{ours[2] / theirs[2]:.2g} ×", "≤ 60 MB", verdict(ours[2] <= 60)))  # fmt: skip
    seconds, growth = moved
    for way in ("up", "down"):
        ratio = seconds["copy"] / seconds[way]
        rows.append(row(f"1 GiB artifact {way}", f"{seconds[way]:.2f} s", f"`dd conv=fsync` {seconds['copy']:.2f} s", f"{ratio:.2f} ×", "≥ 0.5 ×", verdict(ratio >= 0.5)))  # fmt: skip
    rows.append(row("memory over that", f"+{growth:.0f} MB", "", "", "flat", verdict(growth <= 64)))
    rows.append(row(f"runs/search, {MANY_RUNS:,} runs", f"{many:.1f} ms", "", "", "≤ 50 ms", verdict(many <= 50)))

    start, end = "<!-- table -->", "<!-- end of table -->"
    text = document.read_text()
    head, rest = text.split(start)
    measured = f"Measured {datetime.date.today()}, {os.cpu_count()} cores.\n\n" + "\n".join(rows)
    document.write_text(f"{head}{start}\n{measured}\n{end}{rest.split(end)[1]}")
    print(measured)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
