"""How long does `archiver --help` take, against an interpreter that does nothing?"""

from __future__ import annotations

import subprocess
import sys
import time

ROUNDS = 7


def run() -> str:
    """Start both in turns; of each the median counts."""
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds([sys.executable, "-m", "archiver", "--help"]))
        bare.append(_seconds([sys.executable, "-c", "pass"]))
    took, least = sorted(ours)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    return (
        f"help: {took:.2f} s (at most 0.40 wanted), "
        f"{took / least:.1f} times a bare interpreter's start of {least:.2f} s"
    )


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started
