"""What the registry runs: seen, followed, and ended, also when the registry was killed.

Nobody can start a job from outside, so these tests write into a registry's database what a runner would.
"""

import json
import os
import sqlite3
import subprocess
import threading
import time

import harness
import pytest

ID = "3f20" + "0" * 28


@pytest.fixture
def registry(new_registry):
    return new_registry().start()


def execute(registry, sql, *arguments):
    database = sqlite3.connect(registry.state / "registry.sqlite", timeout=10)
    with database:
        database.execute(sql, arguments)
    database.close()


def add_job(registry, id=ID, state="running", model="m", pid=1, **columns):
    columns = {
        "id": id, "kind": "train", "model": model, "command": "python3 train.py", "state": state, "reason": "",
        "pid": pid, "created": 1_700_000_000_000, "started": 1_700_000_001_000, **columns,
    }  # fmt: skip
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    execute(registry, f"INSERT INTO job ({names}) VALUES ({marks})", *columns.values())
    (registry.state / "jobs").mkdir(exist_ok=True)
    return registry.state / "jobs" / f"{id}.log"


def finish(registry, state, reason, id=ID):
    execute(registry, "UPDATE job SET state = ?, reason = ?, finished = ? WHERE id = ?", state, reason, 1, id)


def job(registry, *arguments, run=harness.succeed, **options):
    return run("job", *arguments, "--registry", registry.uri, **options)


def test_there_are_none_at_first(registry):
    assert "no jobs" in job(registry, "list").stdout
    assert json.loads(job(registry, "list", "--json").stdout) == {"jobs": []}
    for arguments in (["show", "beef"], ["logs", "beef"], ["logs", "-f", "beef"], ["cancel", "beef"]):
        failed = job(registry, *arguments, run=harness.run)
        assert failed.returncode == 1 and "no job begins with beef" in failed.stderr, failed
    for arguments in (["list", "--limit", "0"], ["logs", "--json", "beef"], ["start", "x"]):
        assert job(registry, *arguments, run=harness.run).returncode == 2, arguments


def test_nobody_can_start_one(registry):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert registry.request(method, "/api/v1/jobs", "{}").status == 405


def test_a_job_is_shown(registry):
    add_job(
        registry, state="failed", reason="ended with exit code 1: no\x1b[2Jrows", finished=1_700_000_009_000, exit_code=1,
        cpu=1500, peak_memory=300 << 20, last_errors="a\nno\x1b[2Jrows",
        progress=json.dumps({"event": "round", "rounds": 5, "of": 9, "metrics": {"auc": 0.5}}),
    )  # fmt: skip
    listed = job(registry, "list", "--model", "m", "--state", "failed").stdout
    assert "3f200000" in listed and "5 of 9" in listed and "exit code 1" in listed
    shown = job(registry, "show", "3f20").stdout
    for text in ("python3 train.py", "5 of 9 rounds", "auc", "1.5 s", "300 MiB", "last errors\n  a\n"):
        assert text in shown, shown
    assert "\x1b" not in listed + shown
    answer = json.loads(job(registry, "show", "3f20", "--json").stdout)
    assert (answer["cpu_seconds"], answer["exit_code"], answer["last_errors"][0]) == (1.5, 1, "a")
    failed = job(registry, "cancel", "3f20", run=harness.run)
    assert failed.returncode == 1 and "has ended already: failed" in failed.stderr


def test_a_log_is_bytes_as_they_are(registry, tmp_path):
    log = add_job(registry)
    content = bytes(range(256)) * 10_000
    log.write_bytes(content)
    output = tmp_path / "output"
    with open(output, "wb") as file:
        subprocess.run(
            [harness.BINARY, "job", "logs", "3f20", "--registry", registry.uri], stdout=file, check=True, timeout=60
        )
    assert output.read_bytes()[: 1 << 20] == content[: 1 << 20]
    assert output.read_bytes() == content


def test_a_log_is_followed_to_its_end_through_restarts(registry):
    """kill -9 in the midst: what was read is not read again, and what comes later is not lost."""
    log = add_job(registry)
    log.write_text("one\n")
    command = [harness.BINARY, "job", "logs", "-f", "3f20", "--registry", registry.uri]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        limit = threading.Timer(60, following.kill)
        limit.start()
        assert following.stdout.readline() == "one\n"
        with open(log, "a") as file:
            file.write("two\n")
        assert following.stdout.readline() == "two\n"
        registry.kill()
        time.sleep(1.5)
        with open(log, "a") as file:
            file.write("three\n")
        registry.start()
        assert following.stdout.read() == "three\n"
        assert following.wait() == 1
        limit.cancel()
        assert "has interrupted: the registry ended, and was started again" in following.stderr.read()


def test_following_ends_with_the_job(registry):
    add_job(registry).write_text("one\n")
    timer = threading.Timer(1, finish, (registry, "succeeded", "done after 1s"))
    timer.start()
    followed = job(registry, "logs", "--follow", "3f20")
    timer.join()
    assert followed.stdout == "one\n" and "job 3f200000 has succeeded: done after 1s" in followed.stderr


def test_after_kill_9_orphans_are_ended_and_strangers_are_not(registry):
    orphan = subprocess.Popen(
        ["sh", "-c", "trap '' TERM; sleep 300 & sleep 300"], start_new_session=True, env={"LEEWAY_JOB": ID, "PATH": os.defpath}
    )  # fmt: skip
    # It has the pid that the job is noted with, and is another's.
    stranger = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        add_job(registry, pid=stranger.pid)
        scratch = registry.state / "jobs" / "scratch" / ID
        scratch.mkdir(parents=True)
        (scratch / "rows").write_text("x")
        registry.kill()
        registry.start()
        assert orphan.wait(10) == -9
        assert stranger.poll() is None
        assert registry.json(f"/api/v1/jobs/{ID}")["state"] == "interrupted"
        assert not scratch.exists()
        assert "2 processes of theirs" in registry.logs or "3 processes of theirs" in registry.logs
    finally:
        orphan.kill()
        stranger.kill()
        orphan.wait()
        stranger.wait()


def test_old_jobs_are_forgotten(registry):
    log = add_job(registry, state="succeeded", finished=1_700_000_000_000)
    log.write_text("old\n")
    registry.terminate()
    registry.start()
    harness.wait_until(lambda: registry.json("/api/v1/jobs") == {"jobs": []}, "jobs are forgotten")
    harness.wait_until(lambda: not log.exists(), "their logs are removed")


@pytest.mark.parametrize(
    "key, complaint",
    [
        ("parallel = 0", "must be at least 1"), ('memory = "4"', "expected a size"), ("nice = 20", "must be at most 19"),
        ('time = "0s"', 'must be at least "1s"'), ('cpus = "1h"', 'did you mean "cpu"?'),
    ],
)  # fmt: skip
def test_limits_are_checked(tmp_path, key, complaint):
    config = tmp_path / "agent.conf"
    config.write_text(f"[registry]\nstate = \"state\"\n[registry.jobs]\n{key}\n")
    failed = harness.run("registry", "--config", config)
    assert failed.returncode == 78 and f"agent.conf:4: registry.jobs.{key.split()[0]}: " in failed.stderr
    assert complaint in failed.stderr
