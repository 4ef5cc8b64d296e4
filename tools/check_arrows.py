#!/usr/bin/env python3
"""Compares the arrows between targets that docs/architecture.md draws with those of Package.swift."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def drawn_arrows():
    """Rows of the document's table: | `Target` | `A`, `B` | … |."""
    row = re.compile(r"^\| `([\w-]+)` \|([^|]*)\|", re.MULTILINE)
    text = (ROOT / "docs/architecture.md").read_text()
    return {name: set(re.findall(r"`([\w.-]+)`", cell)) for name, cell in row.findall(text)}


def declared_arrows():
    """Every target but the tests and what it depends on, as SwiftPM understands the manifest."""
    dump = subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {
        target["name"]: {dependency_name(dependency) for dependency in target["dependencies"]}
        for target in json.loads(dump.stdout)["targets"]
        if target["type"] != "test"
    }


def dependency_name(dependency):
    """The name of a target or of a product of another package."""
    return next(iter(dependency.values()))[0]


def differences(drawn, declared):
    """One sentence for each target that the two do not agree on."""
    for name in sorted(drawn.keys() | declared.keys()):
        if name not in declared:
            yield f"{name} is drawn, but Package.swift has no such target"
        elif name not in drawn:
            yield f"{name} is a target, but docs/architecture.md does not draw it"
        elif drawn[name] != declared[name]:
            yield (
                f"{name} is drawn with {sorted(drawn[name])}, "
                f"Package.swift declares {sorted(declared[name])}"
            )


def main():
    """Exits with 1 and the differences when there are any."""
    found = list(differences(drawn_arrows(), declared_arrows()))
    for difference in found:
        print(f"arrows: {difference}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
