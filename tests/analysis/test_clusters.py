"""Failures with one cause stand together, others apart; and what is said of them."""

import pytest

from bot.analysis import Finding, Input, analyze
from bot.analysis.classify import category_of, is_test_path
from bot.analysis.masks import masked
from bot.analysis.reports.ids import project_path
from bot.analysis.reports.ids import test_id as id_of


def findings(*failures: tuple[str, str, str]) -> list[Finding]:
    cases = (
        f"<testcase classname='shop.T' name='{name}'><failure message='{message}'>{details}</failure></testcase>"
        for name, message, details in failures
    )
    return list(analyze([Input.of_bytes("r.xml", f"<testsuite>{''.join(cases)}</testsuite>".encode())]).findings)


def test_what_differs_only_in_numbers_and_ids_is_one_cause() -> None:
    (finding,) = findings(
        ("a", "TimeoutError: no answer from 10.0.0.7 after 31 s (request 0x7f3a)", ""),
        ("b", "TimeoutError: no answer from 10.0.0.9 after 30.2 s (request 0x11ff)", ""),
    )
    assert finding.tests == ("shop.T::a", "shop.T::b")
    assert finding.cause.endswith("2 tests fail in this way.")


def test_the_same_message_from_two_places_is_two_causes() -> None:
    frame = "\tat shop.{0}.{1}({0}.java:{2})\n\tat org.junit.Assert.run(Assert.java:1)"
    found = findings(
        ("a", "java.lang.IllegalStateException: closed", frame.format("Pay", "refund", 3)),
        ("b", "java.lang.IllegalStateException: closed", frame.format("Cart", "add", 9)),
        ("c", "java.lang.IllegalStateException: closed", frame.format("Pay", "refund", 3)),
    )
    assert [(finding.tests, finding.location and finding.location.path) for finding in found] == [
        (("shop.T::a", "shop.T::c"), "shop/Pay.java"),
        (("shop.T::b",), "shop/Cart.java"),
    ]
    assert (found[0].fix_kind, found[0].suspects) == ("source", ("shop/Pay.java",))


def test_a_missing_module_is_one_cause_wherever_it_is_imported() -> None:
    (finding,) = findings(
        ("a", "ModuleNotFoundError: No module named &quot;yaml&quot;", 'File "shop/a.py", line 1, in x'),
        ("b", "ModuleNotFoundError: No module named &quot;yaml&quot;", 'File "shop/b.py", line 4, in y'),
    )
    assert (finding.category, finding.fix_kind, len(finding.fix)) == ("dependency", "build", 2)


def test_without_a_message_no_cause_is_claimed() -> None:
    (finding,) = findings(("a", "", ""), ("b", "", ""))
    assert finding.cause == "Failed: no message was given for these tests, so nothing tells why."
    assert (finding.fix, finding.evidence, finding.location) == ((), (), None)


def test_fingerprints_do_not_depend_on_the_run() -> None:
    first = findings(("a", "ValueError: bad id 17 at 2026-01-02 03:04:05", ""))
    second = findings(("z", "ValueError: bad id 99 at 2027-11-12 13:14:15", ""))
    assert first[0].fingerprint == second[0].fingerprint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>"),
        ("at 2026-01-02T03:04:05.678Z", "at <time>"),
        ("in /tmp/pytest-of-root/x1/y took 3.2 ms", "in <tmp> took <took>"),
        ("object at 0x7f3a commit 1a2b3c4d5e", "object at <hex> commit <hex>"),
        ("defaced facade", "defaced facade"),
    ],
)
def test_masks(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("test_a", "tests.test_pay.TestRefund", "tests/test_pay.py", ""), "tests/test_pay.py::TestRefund::test_a"),
        (("test_a", "tests.test_pay", None, "pytest"), "tests/test_pay.py::test_a"),
        (("test_a[1.5]", "tests.test_pay.TestX", None, "pytest"), "tests/test_pay.py::TestX::test_a[1.5]"),
        (("refund", "shop.PayTest", None, "shop.PayTest"), "shop.PayTest::refund"),
        (("shop.PayTest.refund", "shop.PayTest", None, ""), "shop.PayTest.refund"),
        (("testX", "Suite", "/home/runner/work/r/r/src/X.php", ""), "src/X.php::Suite::testX"),
        (("", "shop.PayTest", None, ""), "shop.PayTest"),
        (("", "", None, ""), "(test without a name)"),
    ],
)
def test_ids(given: tuple[str, str, str | None, str], expected: str) -> None:
    assert id_of(*given) == expected


def test_paths() -> None:
    assert project_path("D:\\a\\shop\\shop\\src\\pay.ts") == "src/pay.ts"
    assert project_path("./src/pay.ts") == "src/pay.ts"
    tests = [
        "tests/test_a.py",
        "a/b_test.go",
        "src/test/java/A.java",
        "FooTest.java",
        "x/foo.spec.ts",
        "__tests__/a.js",
    ]
    assert all(map(is_test_path, tests))
    assert not any(map(is_test_path, ["src/pay.py", "contest/a.py", "src/latest.js", "Attest.java"]))


def test_a_failing_test_is_never_a_lint_finding() -> None:
    assert category_of([(1.0, "eslint found AssertionError")]) == "test"
    assert category_of([(1.0, "eslint found 3 problems")]) == "test"
