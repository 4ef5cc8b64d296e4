"""Times ticks of rollouts and the assignment of units, beside peers. Arguments: the program bench-rollouts, a folder to work
in, the document."""

import contextlib
import datetime
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

import harness  # noqa: E402
import rollouts  # noqa: E402

ROLLOUTS, CONNECTIONS, SECONDS, TURNS = 1000, 32, 5, 3
MODEL = "m"
PATH = f"/api/v1/models/{MODEL}/assignment?unit="
SERVER_CORE, CLIENT_CORE = ("taskset", "-c", "0"), ("taskset", "-c", "1")
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 1000000000;
    server {{
        listen 127.0.0.1:{port}; default_type application/json;
        location / {{
            return 200 '{{"arm":"control","epoch":3,"model":"m","rollout":"3f2a9c","unit":"customer_1","version":1}}';
        }}
    }}
}}
"""


def figures(*command):
    """What a program prints, one JSON object a line."""
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return {line["what"]: line["value"] for line in map(json.loads, done.stdout.splitlines())}


class PinnedRegistry(rollouts.RolloutRegistry):
    """On one core."""

    @property
    def command(self):
        return [*SERVER_CORE, *super().command]


@contextlib.contextmanager
def leeway(folder):
    """The registry, with a rollout whose arms have a quarter each."""
    folder.mkdir()
    registry = PinnedRegistry(folder).start()
    try:
        _, candidate = registry.versions(MODEL)
        stages = [{"share": share, "minimum_units": 10**9, "minimum_duration": 0} for share in (0.25, 0.5)]
        times = {"maximum_duration": 86_400, "silence": 86_400}
        registry.wait_phase(registry.begin(MODEL, candidate, policy={"stages": stages, **times}), "stage 1")
        yield registry.http
    finally:
        registry.kill()


@contextlib.contextmanager
def serving(port, *command):
    process = subprocess.Popen([*SERVER_CORE, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        harness.wait_until(lambda: answers(port), f"{command} answers")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def answers(port):
    server = harness.Server.__new__(harness.Server)
    server.http = port
    try:
        return server.get(f"{PATH}u").status == 200
    except OSError:
        return False


def nginx(folder):
    folder.mkdir()
    port = harness.free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    return serving(port, "nginx", "-c", folder / "nginx.conf", "-e", folder / "error.log")


def uvicorn():
    port = harness.free_port()
    peers = ROOT / "tools/bench/peers"
    return serving(port, sys.executable, "-m", "uvicorn", "--app-dir", peers, "--port", port, "--log-level", "critical", "assignment_service:app")  # fmt: skip


def rate(port):
    """Answers a second over connections that ask as fast as they are answered."""
    done = subprocess.run(
        [*CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(ROOT / "tools/bench/load/units.lua"),
         f"http://127.0.0.1:{port}", "--", PATH],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Non-2xx" not in done.stdout and "Socket errors" not in done.stdout, done.stdout
    return float(re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)[1])


def rates(work):
    """Of each server, the median of turns."""
    with leeway(work / "leeway") as ours, nginx(work / "nginx") as static, uvicorn() as python:
        ports = {"leeway": ours, "nginx": static, "uvicorn": python}
        turns = [{name: rate(port) for name, port in ports.items()} for _ in range(TURNS)]
    return {name: sorted(turn[name] for turn in turns)[TURNS // 2] for name in ports}


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def met(is_met):
    return "met" if is_met else "**missed**"


def against(what, ours, peer, theirs, unit, target="", is_met=None):
    return row(what, f"{ours:,.0f} {unit}", peer, f"{theirs:,.0f} {unit}", f"{ours / theirs:.3g} ×", target, "" if is_met is None else met(is_met))


def tick(what, seconds, target=None):
    limit = ("", "") if target is None else (f"≤ {target} ms", met(seconds * 1000 <= target))
    return row(f"{ROLLOUTS:,} rollouts × 10 metrics, {what}", f"{seconds * 1000:.0f} ms", "", "", "", *limit)


def table(program, work):
    ours = figures(program, work / "store", ROLLOUTS)
    peers = figures(sys.executable, ROOT / "tools/bench/peers/with_growthbook.py")
    http = rates(work)
    rows = [row("what", "Leeway", "peer", "peer's", "ratio", "target", ""), row(*["---"] * 7)]
    rows += [
        tick("a tick by the rules, no news", ours["rules, quiet"], 50),
        tick("a tick by the rules, another day of all", ours["rules, another day"], 50),
        tick("a tick with the store, no news", ours["store, quiet"]),
        tick("a tick with the store, another day of all", ours["store, another day"]),
    ]
    for peer, theirs in peers.items():
        is_met = ours["assignment"] >= 5e6 if peer == "tools/assign.py" else None
        rows.append(against("assigned in process", ours["assignment"], peer, theirs, "units/s", "≥ 5,000,000 units/s" if is_met is not None else "", is_met))
    rows.append(against("assigned over HTTP, one core", http["leeway"], "Starlette on uvicorn", http["uvicorn"], "/s", "≥ 20,000 /s", http["leeway"] >= 20_000))
    rows.append(against("assigned over HTTP, one core", http["leeway"], "nginx, one fixed answer", http["nginx"], "/s"))
    return "\n".join(rows)


def main(program, work, document):
    start, end = "<!-- rollouts -->", "<!-- end of rollouts -->"
    head, rest = document.read_text().split(start)
    measured = f"Measured {datetime.date.today()}.\n\n{table(program, work)}"
    document.write_text(f"{head}{start}\n{measured}\n{end}{rest.split(end)[1]}")
    print(measured)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]))
