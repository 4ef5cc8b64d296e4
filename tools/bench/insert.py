"""Puts what it reads between the marks of a document, and prints it. Arguments: the document, the marks' name."""

import sys
from pathlib import Path


def main(document, name):
    """The marks are `<!-- NAME -->` and `<!-- end of NAME -->`."""
    table = sys.stdin.read()
    if not table:
        sys.exit(f"nothing to write into {document} as {name}")
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    head, rest = document.read_text().split(start)
    document.write_text(head + start + table + end + rest.split(end)[1])
    print(table, end="")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
