#!/usr/bin/env python3
"""Writes the list of files under dashboards/console that the build embeds: after one is added, renamed or removed."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "dashboards/console"
LIST = ROOT / "Sources/CConsoleAssets/assets.c"

HEAD = """// Written by tools/embed_console.py.
#pragma clang diagnostic ignored "-Wc23-extensions"

#include "CConsoleAssets.h"

"""

TAIL = """};

size_t console_asset_count(void) { return sizeof assets / sizeof assets[0]; }

struct console_asset console_asset(size_t index) { return assets[index]; }
"""


def embedded(paths):
    """C source that holds each file's bytes and their table. A zero follows the bytes, so that no array is empty."""
    text = HEAD
    for number, path in enumerate(paths):
        text += f"static const unsigned char asset_{number}[] = {{\n"
        text += f'#embed "../../dashboards/console/{path}" suffix(, 0) if_empty(0)\n}};\n'
    text += "\nstatic const struct console_asset assets[] = {\n"
    for number, path in enumerate(paths):
        text += f'    {{"{path}", asset_{number}, sizeof asset_{number} - 1}},\n'
    return text + TAIL


def main():
    """With `--check`, writes nothing and exits with 1 when the list is not that of the folder."""
    paths = sorted(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file())
    text = embedded(paths)
    if "--check" in sys.argv[1:]:
        if LIST.read_text() != text:
            sys.exit("Sources/CConsoleAssets/assets.c is not the list of dashboards/console: tools/embed_console.py")
    elif not LIST.exists() or LIST.read_text() != text:
        LIST.write_text(text)


if __name__ == "__main__":
    main()
