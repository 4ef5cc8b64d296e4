"""Prints the agent's resident memory as rows go by. Arguments: the folder of binaries, a folder to work in."""

import sys
from pathlib import Path

from agent import build_reference, memory

MARKS = [10**6, 3 * 10**6, 10**7, 3 * 10**7, 10**8]
# At this pace five panes a second: more than that would wait to be judged, and take memory while they wait.
PANE = 200_000


def main():
    """One line a mark, and the most there ever was."""
    leeway, work = Path(sys.argv[1]) / "leeway", Path(sys.argv[2])
    reference = build_reference(leeway, work)
    figures, most = memory(leeway, reference, work / "traffic", work / "soak", MARKS, pane=PANE)
    for mark, megabytes in zip(MARKS, figures):
        print(f"{mark:>11,} rows  {megabytes:5.1f} MB")
    print(f"at most           {most:5.1f} MB")


if __name__ == "__main__":
    main()
