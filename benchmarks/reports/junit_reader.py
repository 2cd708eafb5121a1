"""Reads a large JUnit report with bare expat and with ours, each in its own process, in one run.

    python benchmarks/reports/junit_reader.py [MEGABYTES] [ROUNDS]

Prints seconds of processor time, MB/s and peak memory of both and the ratio of the medians; both must count the same.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.parsers import expat

ROOT = Path(__file__).resolve().parents[2]
CHUNK = 64 * 1024
FAILURE = """<failure message="AssertionError: assert {n} == 10" type="AssertionError">def test_{n}():
&gt;       assert total({n}) == 10
E       AssertionError: assert {n} == 10

tests/test_shop_{f}.py:{n}: AssertionError</failure>"""


def report(megabytes: float) -> Iterator[str]:
    """A report as pytest writes it: suites of 500 cases, one failure in fifty."""
    written, suite = 0, 0
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    while written < megabytes * 1e6:
        parts = [f'<testsuite name="shop-{suite}" errors="0" failures="10" skipped="5" tests="500" time="12.345">\n']
        for n in range(500):
            head = f'<testcase classname="tests.test_shop_{suite}.TestShop{n % 7}"'
            head += f' name="test_total_of_items_in_the_basket[{n}-{suite}]"'
            head += f' file="tests/test_shop_{suite}.py" line="{n}" time="0.0{n % 97:02d}"'
            if n % 50 == 0:
                parts.append(f"{head}>{FAILURE.format(n=n, f=suite)}</testcase>\n")
            elif n % 100 == 1:
                parts.append(f'{head}><skipped message="not on this platform" type="pytest.skip"/></testcase>\n')
            else:
                parts.append(f"{head}/>\n")
        parts.append("</testsuite>\n")
        text = "".join(parts)
        written += len(text)
        suite += 1
        yield text
    yield "</testsuites>\n"


def with_expat(path: str) -> dict[str, float]:
    """The least that a reader must do: count the cases and keep fifty failures."""
    counts = {"total": 0, "failed": 0}
    kept: list[tuple[str, str]] = []
    text: list[str] = []

    def start(tag: str, attrs: dict[str, str]) -> None:
        nonlocal text
        if tag == "testcase":
            counts["total"] += 1
        elif tag == "failure":
            counts["failed"] += 1
            text = []
            if len(kept) < 50:
                kept.append((attrs.get("message", ""), ""))
                parser.CharacterDataHandler = text.append

    def end(tag: str) -> None:
        if tag == "failure":
            parser.CharacterDataHandler = None

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with Path(path).open("rb") as stream:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return {"total": counts["total"], "failed": counts["failed"]}


def with_ours(path: str) -> dict[str, float]:
    """The whole analysis, as `agnox analyze` does it."""
    sys.path.insert(0, str(ROOT))
    from bot.analysis import Input, analyze

    analysis = analyze([Input(path, partial(Path(path).open, "rb"))])
    return {"total": analysis.counts.total, "failed": analysis.counts.failed}


def measure(reader: str, path: str) -> None:
    """In the child: one reading, its time without imports and the peak memory of the process."""
    if reader == "ours":
        with_ours(__file__)
    started = time.process_time()
    counted = {"expat": with_expat, "ours": with_ours}[reader](path)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, **counted}))


def main(megabytes: float, rounds: int) -> int:
    """Make the file, measure both in turns, print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.xml"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(report(megabytes))
        size = path.stat().st_size / 1e6
        runs: dict[str, list[dict[str, float]]] = {"expat": [], "ours": []}
        for _ in range(rounds):
            for reader, found in runs.items():
                done = subprocess.run(
                    [sys.executable, __file__, "--measure", reader, str(path)],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                found.append(json.loads(done.stdout))
    median = {reader: statistics.median(run["seconds"] for run in found) for reader, found in runs.items()}
    for reader, found in runs.items():
        peak = max(run["peak_mb"] for run in found)
        first = found[0]
        counts = f"{first['total']:,} cases, {first['failed']:,} failed"
        print(f"{reader:6} {median[reader]:7.2f} s {size / median[reader]:7.1f} MB/s {peak:6.0f} MB peak   {counts}")
    print(f"ours is {median['expat'] / median['ours']:.2f} of bare expat on {size:.0f} MB")
    same = all(run["total"] == runs["expat"][0]["total"] for found in runs.values() for run in found)
    return 0 if same else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(*sys.argv[2:4])
        sys.exit(0)
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 100, int(sys.argv[2]) if sys.argv[2:] else 3))
