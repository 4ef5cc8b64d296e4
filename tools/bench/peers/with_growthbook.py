"""Units a second that Python assigns: by tools/assign.py, and by GrowthBook's SDK, whose buckets are the same."""

import json
import pathlib
import sys
import time
from importlib.metadata import version

from growthbook import core

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import assign  # noqa: E402

SEED, LANES, SHARES = "rollout-3f2a9c", [0.5, 0.5], [0.25, 0.25]
UNITS = [f"customer_{i}" for i in range(50_000)]
RANGES = [(0, 0.25), (0.5, 0.75)]


def by_sdk(unit):
    return core.chooseVariation(core.gbhash(SEED, unit, 2), RANGES)


def rate(arm):
    times = []
    for _ in range(5):
        began = time.perf_counter()
        for unit in UNITS:
            arm(unit)
        times.append(time.perf_counter() - began)
    return len(UNITS) / sorted(times)[2]


def by_leeway(unit):
    return assign.arm(SEED, unit, LANES, SHARES)


assert [by_sdk(unit) for unit in UNITS] == [-1 if arm is None else arm for arm in map(by_leeway, UNITS)]
print(json.dumps({"what": "tools/assign.py", "value": rate(by_leeway)}))
print(json.dumps({"what": f"GrowthBook's Python SDK ({version('growthbook')})", "value": rate(by_sdk)}))
