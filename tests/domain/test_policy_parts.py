"""Which parts of a repository a failure is in."""

import pytest

from bot.domain.policy import parse
from bot.domain.policy.parts import Parts

PARTS = Parts(
    parse(
        b"""
paths:
  "services/**": {label: services}
  "services/pay/**": {label: payments}
  "web/": {label: shop front}
  "*.sql": {label: database}
"""
    )
)


@pytest.mark.parametrize(
    ("test", "label"),
    [
        ("services/pay/tests/test_card.py::TestCard::test_refund[a/b]", "payments"),
        ("services/pay/tests/card.test.ts > refunds > all", "payments"),
        ("web/src/cart.spec.ts › cart › adds (web)", "shop front"),
        ("services.pay.tests.test_card::test_refund", "payments"),
        ("services\\stock\\tests.cs", "services"),
        ("./services/pay/x.go:12", "payments"),
        ("D:/a/shop/shop/services/pay/x.go", "payments"),
        ("/home/runner/work/shop/shop/web/x.ts", "shop front"),
        ("/srv/x.ts", ""),
        ("com.acme.PayTest#refunds", ""),
        ("refunds services/pay/all", ""),
        ("pays with services", ""),
        ("", ""),
        ("/" * 200, ""),
    ],
)
def test_a_test_is_in_the_part_that_its_path_is_in(test: str, label: str) -> None:
    assert PARTS.of((), (test,)) == ((label,) if label else ())


def test_all_places_count_and_changes_only_where_there_is_no_other() -> None:
    assert PARTS.of(("web/a.ts", "services/pay/b.py"), ("tests/x.py::y", "web/z.ts")) == ("shop front", "payments")
    assert PARTS.of(("web/a.ts",), (), ("services/pay/b.py",)) == ("shop front",)
    assert PARTS.of(("e2e/a.ts",), ("checkout",), ("services/pay/b.py", "services/pay/c.py")) == ("payments",)


@pytest.mark.parametrize("changed", [("services/pay/b.py", "web/a.ts"), ("services/pay/b.py", "README.md"), ()])
def test_a_change_of_several_parts_decides_nothing(changed: tuple[str, ...]) -> None:
    assert PARTS.of((), ("checkout",), changed) == ()


def test_without_patterns_there_are_no_parts() -> None:
    assert Parts().of(("services/pay/b.py",), ("web/x.ts",), ("web/y.ts",)) == ()


def test_a_report_of_very_many_tests_is_looked_through_in_part() -> None:
    parts = Parts(PARTS.policy)
    for number in range(300):
        assert parts.of((f"web/{number}.ts",), ()) == ("shop front",)
    assert parts.of(("web/one.ts",), ()) == ()
    assert parts.of(("web/7.ts",), ()) == ("shop front",)
