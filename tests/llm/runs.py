"""Runs to be explained, small enough to be read."""

from bot.analysis import Analysis, Input, analyze
from tests.e2e.suites import junit

LOG = """\
2026-05-01T10:00:00.000Z ##[group]Run pytest -q
2026-05-01T10:00:02.000Z collected 3 items
2026-05-01T10:00:03.000Z tests/test_shop.py FF.
2026-05-01T10:00:03.100Z E   KeyError: 'no price for article aa'
2026-05-01T10:00:03.200Z shop/cart.py:12: KeyError
2026-05-01T10:00:03.300Z FAILED tests/test_shop.py::test_aa - KeyError: 'no price for article aa'
2026-05-01T10:00:03.400Z ##[error]Process completed with exit code 1.
"""


def report_run(failing: int = 2, name: str = "") -> tuple[Analysis, list[Input]]:
    """A run with a report of so many failures."""
    inputs = [Input.of_bytes("junit.xml", junit(failing, name=name).encode())]
    return analyze(inputs), inputs


def log_run(log: str = LOG) -> tuple[Analysis, list[Input]]:
    """A run of which there is only a log."""
    inputs = [Input.of_bytes("build.log", log.encode())]
    return analyze(inputs), inputs
