"""Reads a large report of each family, each in its own process: is memory bounded, and how fast is it?

    python benchmarks/reports/formats.py [MEGABYTES] [FAMILY...]

Prints MB/s (processor time), peak memory and what was counted.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STACK = "Error: expected 10, but it is 0\n    at till (/home/runner/work/shop/shop/src/till.js:12:5)\n" * 8


def nunit(case: int) -> str:
    """One NUnit 3 case; one in fifty fails."""
    name = f"Acme.Shop.Tests.Totals.Total_of_items_in_the_basket({case})"
    head = f'<test-case id="{case}" name="Total({case})" fullname="{name}" classname="Acme.Shop.Tests.Totals"'
    if case % 50:
        return f'{head} result="Passed" duration="0.012" asserts="1"/>\n'
    failure = f"<failure><message>{STACK[:60]}</message><stack-trace>{STACK}</stack-trace></failure>"
    return f'{head} result="Failed">{failure}</test-case>\n'


def trx(case: int) -> str:
    """One TRX result."""
    head = f'<UnitTestResult testId="{case}" testName="Acme.Shop.Total({case})" duration="00:00:00.01"'
    if case % 50:
        return f'{head} outcome="Passed" />\n'
    error = f"<ErrorInfo><Message>no</Message><StackTrace>{STACK}</StackTrace></ErrorInfo>"
    return f'{head} outcome="Failed"><Output>{error}</Output></UnitTestResult>\n'


def ctrf(case: int) -> str:
    """One CTRF test, indented as most writers do."""
    test = {
        "name": f"total of {case}",
        "status": "passed",
        "duration": 12,
        "suite": ["shop"],
        "filePath": "src/shop.test.js",
    }
    if not case % 50:
        test |= {"status": "failed", "message": "expected 10", "trace": STACK}
    return (",\n" if case else "") + json.dumps(test, indent=2)


def playwright(case: int) -> str:
    """One Playwright spec on a single line."""
    status = "expected" if case % 50 else "unexpected"
    result = {"status": "passed", "duration": 12, "errors": [] if case % 50 else [{"message": "no", "stack": STACK}]}
    test = {"projectName": "chromium", "status": status, "results": [result]}
    return ("," if case else "") + json.dumps(
        {"title": f"total {case}", "line": 3, "file": "a.spec.ts", "tests": [test]}
    )


def go(case: int) -> str:
    """The events of one Go test."""
    events = [{"Action": "run"}, {"Action": "output", "Output": f"=== RUN   TestTotal{case}\n"}]
    if not case % 50:
        events += [{"Action": "output", "Output": f"    shop_test.go:{n}: {STACK[:40]}"} for n in range(9)]
    events.append({"Action": "pass" if case % 50 else "fail", "Elapsed": "0.01"})
    return "".join(json.dumps({"Package": "acme/shop", "Test": f"TestTotal{case}", **event}) + "\n" for event in events)


def tap(case: int) -> str:
    """One TAP point."""
    if case % 50:
        return f"ok {case} - total of {case}\n  ---\n  duration_ms: 0.2\n  ...\n"
    return (
        f"not ok {case} - total of {case}\n  ---\n  error: 'no'\n  stack: |-\n    "
        + STACK.replace("\n", "\n    ")
        + "\n  ...\n"
    )


FAMILIES: dict[str, tuple[str, Callable[[int], str], str]] = {
    "nunit": ("<test-run>", nunit, "</test-run>"),
    "trx": ("<TestRun><Results>", trx, "</Results></TestRun>"),
    "ctrf": ('{"reportFormat": "CTRF", "results": {"tool": {}, "tests": [', ctrf, "]}}"),
    "playwright": ('{"config": {}, "suites": [{"file": "a.spec.ts", "specs": [', playwright, "]}]}"),
    "go": ("", go, ""),
    "tap": ("TAP version 14\n", tap, ""),
}


def report(family: str, megabytes: float) -> Iterator[str]:
    """A report of that family, about that large."""
    before, case, after = FAMILIES[family]
    written, number = 0, 0
    yield before
    while written < megabytes * 1e6:
        text = "".join(map(case, range(number, number + 1000)))
        written, number = written + len(text), number + 1000
        yield text
    yield after


def measure(path: str) -> None:
    """In the child: one reading."""
    sys.path.insert(0, str(ROOT))
    from bot.analysis import Input, Limits
    from bot.analysis.inputs import Source
    from bot.analysis.reports import READERS, Budget

    source = Source(Input(path, partial(Path(path).open, "rb")), 1 << 40)
    reader = next(reader for reader in READERS if reader.sniff(source.head()))
    limits = Limits()
    started = time.process_time()
    found = reader.read(source.chunks(), limits, Budget(limits), None)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = f"{found.counts.total:,} cases, {found.counts.failed:,} failed{f', {found.reason}' if found.reason else ''}"
    print(json.dumps({"seconds": seconds, "peak": peak, "told": told}))


def main(megabytes: float, families: list[str]) -> None:
    """Make each file, measure it, tell."""
    with tempfile.TemporaryDirectory() as folder:
        for family in families:
            path = Path(folder) / "report"
            with path.open("w", encoding="utf-8") as stream:
                stream.writelines(report(family, megabytes))
            size = path.stat().st_size / 1e6
            done = subprocess.run([sys.executable, __file__, "--measure", str(path)], check=True, capture_output=True)
            run = json.loads(done.stdout)
            speed = f"{size / run['seconds']:6.1f} MB/s {run['peak']:4.0f} MB peak"
            print(f"{family:10} {size:5.0f} MB {speed}   {run['told']}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2])
    else:
        main(float(sys.argv[1]) if sys.argv[1:] else 100, sys.argv[2:] or list(FAMILIES))
