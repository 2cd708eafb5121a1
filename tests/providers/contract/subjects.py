"""What the tests of the contract speak of."""

import pytest

from providers.report import Annotation, Check, Level, Report, Verdict
from providers.values import Revision
from tests.providers.benches.bench import Bench

REMARK = Annotation("src/pay.py", 1, 1, Level.FAILURE, "AssertionError: refund is 0", "The refund is dropped.")


def needs(bench: Bench, flag: str) -> None:
    """Ends a test whose verb the host says it has not."""
    if not getattr(bench.provider.capabilities, flag):
        pytest.skip(f"{bench.host.name} has no {flag}")


def revision_of(bench: Bench) -> Revision:
    return Revision(bench.repository, bench.pull.head_sha, bench.pull.number, bench.pull.head_ref)


def check_of(bench: Bench, each: Report, verdict: Verdict | None = None) -> Check:
    check = bench.provider.render_check(each.suites[0], each)
    assert verdict is None or check.verdict is verdict
    return check
