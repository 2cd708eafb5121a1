"""Why a failure fails no check, and that nothing else gets through."""

from datetime import UTC, date, datetime

import pytest

from bot.domain.excuses import Failing, Quarantine, Rules, excuse, last_day, plain

HELD = Rules((Quarantine("tests/cart::*", "ada", "waits for #12", date(2026, 12, 7)), Quarantine("test_pay", "ben")))


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (Failing("", ("tests/cart::test_add",)), "quarantined by ada until 7 December 2026: waits for #12"),
        (Failing("", ("test_pay", "tests/cart::test_add")), "quarantined by ben; quarantined by ada until 7 December"),
        (Failing("", ("test_pay", "test_payment")), ""),
        (Failing("", ("test_payment", "test_pay")), ""),
        (Failing("", ("test_refund",), "goes red and green by turns"), "flaky: goes red and green by turns"),
        # A broken build names no test; nobody can call it flaky.
        (Failing("f1", (), "passed on a retry before"), ""),
        (Failing("f1", ()), ""),
        (Failing("f2", ()), "ignored on this pull request by ada"),
        (Failing("f2", ("any",)), "ignored on this pull request by ada"),
        (Failing("f3", ("any",)), "ignored on this pull request"),
        (Failing("", ("any",)), ""),
    ],
)
def test_excuses(failing: Failing, said: str) -> None:
    found = excuse(failing, Rules(HELD.quarantine, {"f2": "ada", "f3": ""}))
    assert found.startswith(said) and bool(found) == bool(said)


def test_only_people_write_patterns() -> None:
    rule, person = Quarantine("test[a*b?]", exact=True), Quarantine("test[a*b?]")
    assert rule.names("test[a*b?]") and not rule.names("test[a-b1]")
    assert person.names("test[a*b?]") and person.names("test[a-b1]")
    assert Rules((rule,)).of("test[a-b1]") is None
    assert Rules((rule, person)).of("test[a-b1]") is person


def test_names_are_known_as_people_can_write_them() -> None:
    held = Rules((Quarantine("pays with a voucher"), Quarantine("x" * 1024)))
    for name in ("pays with a  voucher", " pays\twith a voucher\n", "pays with a\x00 voucher"):
        assert held.of(name) is held.quarantine[0]
    assert held.of("x" * 2000) is held.quarantine[1]
    assert held.of("pays with a voucher twice") is None
    assert plain("\u202eevil\x1b[31m") == "evil [31m"


def test_the_newest_decision_on_a_name_is_told() -> None:
    newest = Quarantine("test_pay", "ada")
    assert Rules((newest, Quarantine("test_pay", "ben"), Quarantine("test*", "cy"))).of("test_pay") is newest


def test_long_reasons_are_cut_and_few_are_told() -> None:
    many = Rules(tuple(Quarantine(f"t{number}", f"p{number}") for number in range(9)))
    assert (
        excuse(Failing("", tuple(f"t{number}" for number in range(9))), many) == "quarantined by p0; quarantined by p1"
    )
    assert len(Quarantine("t", "ada", "x" * 500).words) < 120


def test_many_tests_and_names_take_no_time_to_tell_apart() -> None:
    rules = Rules(tuple(Quarantine(f"test_{number}", "ada") for number in range(1_000)))
    tests = tuple(f"test_{number % 1_000}" for number in range(20_000))
    assert excuse(Failing("", tests), rules) == "quarantined by ada"


def test_a_day_counts_whole() -> None:
    assert last_day(datetime(2026, 12, 25, tzinfo=UTC)) == date(2026, 12, 24)
    assert last_day(datetime(2026, 12, 24, 10, tzinfo=UTC)) == date(2026, 12, 24)
