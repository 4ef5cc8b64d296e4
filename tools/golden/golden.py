"""What the scripts of golden values share: samples, exact JSON, the command line."""

import argparse
import json
import math
from pathlib import Path

import numpy as np

TESTS = Path(__file__).resolve().parents[2] / "Tests"
GOLDEN = TESTS / "StatisticsTests" / "Golden"
DRIFT_GOLDEN = TESTS / "DriftTests" / "Golden"
LARGEST_FILE = 300_000


def splitmix(seed, count, modulus, scale=1.0, offset=0.0):
    """A sample described by five numbers: offset + scale * (mix(seed + i) % modulus)."""
    return {
        "splitmix": {
            "seed": seed,
            "count": count,
            "modulus": modulus,
            "scale": float(scale),
            "offset": float(offset),
        }
    }


def values(numbers):
    """A sample listed value by value."""
    return {"values": [float(x) for x in numbers]}


def draw(sample):
    """The numbers of a sample as a float64 array, in the order of the sample."""
    if "values" in sample:
        return np.array(sample["values"], dtype=np.float64)
    recipe = sample["splitmix"]
    state = np.arange(recipe["count"], dtype=np.uint64) + np.uint64(recipe["seed"])
    drawn = (mix(state) % np.uint64(recipe["modulus"])).astype(np.float64)
    return recipe["offset"] + recipe["scale"] * drawn


def mix(z):
    """The output function of SplitMix64 over an array of uint64, wrapping at 2^64."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniforms(seed, count):
    """MINSTD from the seed, its first 20 draws discarded."""
    x, drawn = seed, []
    for index in range(count + 20):
        x = 48271 * x % 2147483647
        if index >= 20:
            drawn.append(x / 2147483647)
    return np.array(drawn)


def normals(seed, count):
    """Box and Muller's cosine of pairs of uniform numbers."""
    u = uniforms(seed, 2 * count)
    return np.sqrt(-2 * np.log(u[::2])) * np.cos(2 * np.pi * u[1::2])


def encode(item):
    """Plain JSON values: infinities become strings, numpy scalars numbers, NaN an error."""
    if isinstance(item, dict):
        return {key: encode(value) for key, value in item.items()}
    if isinstance(item, (list, tuple, np.ndarray)):
        return [encode(value) for value in item]
    if isinstance(item, (bool, np.bool_)):
        return bool(item)
    if isinstance(item, (int, np.integer)):
        return int(item)
    if isinstance(item, (float, np.floating)):
        return encode_float(float(item))
    return item


def encode_float(number):
    """A finite float as itself, an infinity as a string; NaN never enters a golden file."""
    if math.isnan(number):
        raise ValueError("NaN in a golden value")
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def write(name, source, body, directory):
    """Writes one golden file, a case a line, and refuses one too large to be committed."""
    lines = [f'{{"source":{json.dumps(source)}']
    for key, items in body.items():
        rows = (json.dumps(encode(item), separators=(",", ":"), allow_nan=False) for item in items)
        lines.append(f',"{key}":[\n' + ",\n".join(rows) + "\n]")
    text = "".join(lines) + "}\n"
    if len(text) > LARGEST_FILE:
        raise SystemExit(f"{name}: {len(text)} bytes, more than {LARGEST_FILE}")
    path = Path(directory) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    counts = ", ".join(f"{len(items)} {key}" for key, items in body.items())
    print(f"{name}: {counts}, {len(text)} bytes")


def output_directory(description):
    """The directory to write to, from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--output",
        type=Path,
        default=GOLDEN,
        metavar="DIRECTORY",
        help="where to write the file (default: the golden files of the tests)",
    )
    return parser.parse_args().output
