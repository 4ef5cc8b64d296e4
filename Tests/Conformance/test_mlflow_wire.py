"""What MLflow's own server answered, word for word, is what ours answers: mlflow/exchanges.json, played again.

Where an exchange has `ours`, ours answers otherwise on purpose, and that says why.
"""

import json
import os
import pathlib

import exchanges
import harness
import pytest

RECORDED = json.loads((pathlib.Path(__file__).parent / "mlflow" / "exchanges.json").read_text())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = harness.registry(tmp_path_factory.mktemp("wire")).start()
    yield server
    server.kill()


@pytest.mark.parametrize("scenario", RECORDED)
def test_exchanges(server, scenario):
    player = exchanges.Player(server)
    found = []
    for number, step in enumerate(RECORDED[scenario]):
        answer = player.play(step)
        if "MLFLOW_SERVER" in os.environ and ("ours" in step or step["status"] >= 500):
            continue
        lines = exchanges.differences(step, answer)
        if lines:
            sent = json.dumps(step.get("send", step.get("raw", "")), ensure_ascii=False)[:300]
            why = f"\n    ours: {step['ours']['why']}" if "ours" in step else ""
            found.append(f"{number}: {step['do']} {sent}{why}" + "".join(f"\n    {line}" for line in lines))
    assert not found, f"{len(found)} of {len(RECORDED[scenario])} differ\n" + "\n".join(found)
