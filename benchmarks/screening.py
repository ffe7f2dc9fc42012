"""Measure the virtual library and a screening of it against five properties.

    python benchmarks/screening.py --limit 100000 [--workers 2] [--library-only] [--json]

CPU time is that of this process and of the workers; the peak is the sum of the peaks of all processes. The library part
checks with 64-bit hashes of the keys that no polymer comes twice.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import tempfile
import threading
import time
from pathlib import Path

BRIEF = (
    "Tg above 150 °C, density below 1.3 g/cm3, refractive index above 1.6, thermal conductivity above 0.2 W/mK, "
    "O2 permeability above 1 barrer"
)


def library_part(limit: int) -> dict[str, float]:
    """Stream distinct polymers."""
    from tools.design.library import library

    begun = time.process_time()
    found = library()
    built = time.process_time()
    seen: set[bytes] = set()
    number = ordinary = 0
    for position, candidate in found.read():
        number += 1
        ordinary += position < found.ordinary
        seen.add(hashlib.blake2b(candidate.polymer.key.encode(), digest_size=8).digest())
        if number == limit:
            break
    spent = time.process_time() - built
    return {
        "candidates": number, "distinct": len(seen), "ordinary": ordinary, "build_cpu_s": built - begun,
        "cpu_s": spent, "per_cpu_s": number / spent, "peak_mb": _peak(),
    }  # fmt: skip


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _watch(peaks: dict[int, float], stop: threading.Event) -> None:
    """Note the peak resident memory of every worker, in MB."""
    from tools.core import sandbox

    while not stop.wait(2.0):
        for worker in list(sandbox._pool.all):
            try:
                status = Path(f"/proc/{worker.process.pid}/status").read_text()
            except OSError:
                continue
            for line in status.splitlines():
                if line.startswith("VmHWM"):
                    peaks[worker.process.pid] = int(line.split()[1]) / 1024


def screening_part(limit: int, workers: int) -> dict[str, float]:
    """Screen the library's first polymers."""
    import polysmith
    from tools.core import sandbox

    peaks: dict[int, float] = {}
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(peaks, stop))
    watcher.start()
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        found = polysmith.screen(BRIEF, limit=limit, workers=workers, out=folder)
    stop.set()
    watcher.join()
    sandbox.shutdown()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() - begun + children.ru_utime + children.ru_stime
    return {
        "candidates": found.candidates, "passed": found.passed, "workers": workers, "wall_s": found.seconds,
        "cpu_s": spent, "per_cpu_s": found.candidates / spent, "peak_mb": _peak() + sum(peaks.values()),
    }  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--library-only", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    made = {"library": library_part(given.limit)} if given.library_only else {}
    if not given.library_only:
        made["screening"] = screening_part(given.limit, given.workers)
    if given.json:
        print(json.dumps(made, indent=1))
        return
    for part, numbers in made.items():
        print(part, ", ".join(f"{name} {number:,.1f}" for name, number in numbers.items()))


if __name__ == "__main__":
    main()
