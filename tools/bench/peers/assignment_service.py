"""The registry's answer to who serves a unit, by a Python service: Starlette on uvicorn, with tools/assign.py."""

import pathlib
import sys

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import assign  # noqa: E402

LANES, SHARES, VERSIONS = [0.5, 0.5], [0.25, 0.25], {None: 1, 0: 1, 1: 2}


async def assignment(request):
    unit = request.query_params["unit"]
    arm = assign.arm("rollout-3f2a9c", unit, LANES, SHARES)
    return JSONResponse({
        "model": request.path_params["model"], "epoch": 3, "unit": unit, "version": VERSIONS[arm], "arm": arm, "rollout": "3f2a9c",
    })  # fmt: skip


app = Starlette(routes=[Route("/api/v1/models/{model}/assignment", assignment)])
