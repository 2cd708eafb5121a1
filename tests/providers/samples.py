"""Reports that tests publish and render."""

from dataclasses import replace

from providers.report import (
    Answer,
    Attempt,
    Counts,
    Evidence,
    Finding,
    Location,
    Novelty,
    Report,
    Suite,
    Verdict,
)

SHA = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
URL = "https://agnox.example/cycles/7"

TIMEOUT = Finding(
    title="TimeoutError: waiting for #pay",
    tests=("checkout/cart.spec.ts › pays an empty cart", "checkout/cart.spec.ts › pays twice"),
    cause="The click waits for a button that `pay.ts:42` no longer renders when the cart is empty.",
    fix=("Render the button disabled instead of leaving it out.",),
    evidence=(
        Evidence("e2e.log", 812, "  1) checkout/cart.spec.ts:17:5 › pays an empty cart"),
        Evidence("e2e.log", 813, "    TimeoutError: locator.click: Timeout 30000ms exceeded."),
        Evidence("e2e.log", 814, "    Call log:"),
        Evidence("e2e.log", 815, "      - waiting for locator('#pay')"),
        Evidence("e2e.log", 820, "        at checkout (src/checkout/pay.ts:42:9)"),
    ),
    suspects=("src/checkout/pay.ts",),
    changed=("src/checkout/pay.ts",),
    owners=("@acme/payments", "@octocat", "shop@acme.example"),
    step="npx playwright test",
    location=Location("src/checkout/pay.ts", 42),
    category="test",
    novelty=Novelty.NEW,
)
RESET = Finding(
    title="ConnectionResetError: [Errno 104] Connection reset by peer",
    tests=("tests/test_refund.py::test_refund",),
    cause="The payment sandbox closed the connection.",
    evidence=(Evidence("unit.xml", None, "ConnectionResetError: [Errno 104] Connection reset by peer"),),
    category="infra",
    novelty=Novelty.FLAKY,
    history="passed and failed on the same commit, 4 of its last 50 runs were not green at once",
)
BROKEN = Finding(
    title="AssertionError: assert 'EUR' == 'USD'",
    tests=("tests/test_currency.py::test_default_currency",),
    cause="The default currency was changed to euro.",
    fix=("Expect `EUR` in the test.", "Or set `DEFAULT_CURRENCY` back to `USD` in `settings.py`."),
    evidence=(
        Evidence("unit.xml", 41, "    def test_default_currency():"),
        Evidence("unit.xml", 42, ">       assert shop.currency == 'USD'"),
        Evidence("unit.xml", 43, "E       AssertionError: assert 'EUR' == 'USD'"),
    ),
    location=Location("tests/test_currency.py", 12),
    category="test",
    novelty=Novelty.KNOWN,
    history="also fails on `main` since 3 Nov 2025 (`0c1d2e3`)",
)
HOSTILE = Finding(
    title="fixes #1 `@octocat` <img src=x> --> \x1b[31mred\x1b[0m \u202egnp.exe",
    tests=(
        "test_x[``` @acme/team closes GH-12 ]",
        "a|b\n| --- | --- |",
        "https://evil.example/![x](https://evil.example/p.png)",
        "x" * 5000,
    ),
    cause="/close\n# heading @octocat fixes acme/shop#1 & see https://evil.example www.evil.example "
    "da39a3ee5e6b4b0d3255bfef95601890afd80709 <script>alert(1)</script> &#64;octocat ![](//x) mail@evil.example $x$",
    fix=("1. run `rm -rf` \ud800 it's *fine*", "- [ ] [click](javascript:alert(1))"),
    evidence=(
        Evidence("build.log", 1, "```\n</details><h1>out</h1>"),
        Evidence("build.log", 22, "````` \x00\x07 @octocat #1"),
    ),
    suspects=("../../etc/passwd", "src/`x`.py"),
    changed=("../../etc/passwd",),
    owners=("@octocat", "@`acme/team`", "@group/all #1 !1 /close\n/close <b>"),
    step="make `all` | tee @octocat #1 </details>",
    history="also fails on `@octocat closes #1` since `da39a3e` https://evil.example",
    novelty=Novelty.NEW,
)


FLAKY = replace(RESET, excuse=f"flaky: {RESET.history}")
HELD = replace(
    BROKEN,
    tests=("tests/test_currency.py::test_default_currency", "tests/test_currency.py::test_symbol"),
    excuse="quarantined by ada until 7 December 2026: waits for #12",
)
ATTEMPTS = (
    Attempt(1, Verdict.FAILED, Counts(128, 125, 3), 134.2, "https://ci.example/runs/7?attempt=1"),
    Attempt(2, Verdict.UNSTABLE, Counts(3, 3, flaky=1), 12.0, requested_by="ada"),
)
ANSWERS = (
    Answer("/agnox rerun failed", "ada", "2 jobs run again"),
    Answer("/agnox status", "ben-k", "`a1b2c3d`:\nunit: 1 of 128 tests failed, 1 cause\nlint: runs, attempt 2"),
    Answer("/agnox explain 1", "ada", "TimeoutError: waiting for #pay", (TIMEOUT,)),
)


def suite(verdict: Verdict = Verdict.FAILED, *findings: Finding, name: str = "Agnox", **fields: object) -> Suite:
    red = sum(len(finding.tests) for finding in findings)
    values: dict[str, object] = {
        "counts": Counts(total=128, passed=128 - red, failed=red),
        "seconds": 134.2,
        "details_url": URL,
        "rerunnable": True,
        **fields,
    }
    return Suite(name, verdict, findings=findings, **values)  # type: ignore[arg-type]


def report(*suites: Suite, notes: tuple[str, ...] = ()) -> Report:
    return Report(SHA, suites, notes)


def many(number: int) -> tuple[Finding, ...]:
    """As many causes as tests, in files of the repository."""
    return tuple(
        Finding(
            title=f"AssertionError: case {index} is off by {index}",
            tests=(f"tests/test_many.py::test_case[{index}]",),
            cause=f"Case {index} compares with a stale table.",
            evidence=(Evidence("unit.xml", index + 1, f"E   assert {index} == {index + 1}"),),
            location=Location("tests/test_many.py", index + 1),
            novelty=Novelty.NEW,
        )
        for index in range(number)
    )
