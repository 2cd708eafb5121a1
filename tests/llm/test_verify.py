"""What is proven stays, what is not goes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis import Evidence, Location
from bot.llm.case import Case, distill
from bot.llm.merge import merge
from bot.llm.schema import Answer, Claim, Place, Quote
from bot.llm.texts import REMOVED, has_address, tidy
from bot.llm.verify import verify
from tests.llm.runs import log_run, report_run
from tests.llm.test_engine import same_but_words

ANALYSIS, INPUTS = log_run()
CASE = distill(ANALYSIS, INPUTS, changed=["docs/prices.md"], tokens=4_000)
PROOF = Quote(line="1:4", text="E   KeyError: 'no price for article aa'")


def a_claim(**changes: Any) -> Claim:
    claim: dict[str, Any] = {
        "of": ["f1"],
        "title": "No price",
        "cause": "The article has none.",
        "category": "test",
        "fix_kind": "source",
        "confidence": 0.8,
        "evidence": [PROOF],
    }
    return Claim(**(claim | changes))


def quoted(line: str, text: str, case: Case = CASE) -> list[Evidence]:
    found = verify(Answer(findings=[a_claim(evidence=[Quote(line=line, text=text)])]), case)
    return [each for claim in found.claims for each in claim.evidence]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("1:4", "E   KeyError: 'no price for article aa'"),
        ("1:4", "  E KeyError: 'no price for article aa' "),
        ("1:4|", "1:4| E   KeyError: 'no price for article aa'"),
        ("1:4", "KeyError: 'no price"),
        ("1:5", "E   KeyError: 'no price for article aa'"),
        ("four", "E   KeyError: 'no price for article aa'"),
    ],
    ids=["as it is", "blanks", "with its number", "a part", "another number", "no number"],
)
def test_a_true_quote(line: str, text: str) -> None:
    assert quoted(line, text) == [Evidence(0, 4, "E   KeyError: 'no price for article aa'")]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("1:4", ""),
        ("1:4", "E"),
        ("1:4", "E   KeyError: 'no price for article ab'"),
        ("1:4", "e   keyerror: 'no price for article aa'"),
        ("1:4", "E   KeyError: ... aa'"),
        ("1:99", "all tests passed"),
        ("1:99", "KeyError"),
        ("2:4", "shop/cart.py"),
    ],
)
def test_a_false_quote(line: str, text: str) -> None:
    assert quoted(line, text) == []


def test_a_claim_loses_what_is_not_proven() -> None:
    claim = a_claim(
        of=["f1", "f7", "f1"],
        tests=["tests/test_shop.py::test_aa", "tests/test_shop.py::test_other"],
        evidence=[PROOF, PROOF, Quote(line="1:4", text="made up by the model")],
        suspects=["shop/cart.py", "shop/cart", "cart.py", "docs/prices.md", "src/other.py", "", ".", "E   KeyError:"],
        location=Place(path="shop/cart.py", line=12),
        confidence=1,
    )
    found = verify(Answer(findings=[claim]), CASE)
    (told,) = found.claims
    assert (told.of, told.tests) == (("f1",), ("tests/test_shop.py::test_aa",))
    assert len(told.evidence) == 1 and found.quotes == 3 and len(found.doubts) == 1 and not found.sound
    assert told.suspects == ("shop/cart.py", "docs/prices.md")
    assert told.location == Location("shop/cart.py", 12) and told.confidence == 0.95


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place(path="shop/cart.py", line=1), Location("shop/cart.py")),
        (Place(path="shop/cart.py", line=-12), Location("shop/cart.py")),
        (Place(path="shop/cart.py"), Location("shop/cart.py")),
        (Place(path="shop/other.py", line=12), None),
        (None, None),
    ],
)
def test_a_place_must_stand_in_the_lines(place: Place | None, expected: Location | None) -> None:
    (told,) = verify(Answer(findings=[a_claim(location=place)]), CASE).claims
    assert told.location == expected


def test_secrets_do_not_come_back() -> None:
    token = "ghp_" + "a1B2" * 9
    claim = a_claim(title=f"Token {token}", cause="It is hunter2-for-us.", fix=["Say hunter2-for-us."])
    (told,) = verify(Answer(findings=[claim]), CASE, ["hunter2-for-us"]).claims
    assert (told.title, told.cause, told.fix) == ("Token ***", "It is ***.", ("Say ***.",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://evil.example/x?y=1.", f"see {REMOVED}"),
        ("see HTTP://EVIL.example", f"see {REMOVED}"),
        ("see www.evil.example now", f"see {REMOVED} now"),
        ("run evil.example/install.sh", f"run {REMOVED}"),
        ("mailto:a@b.example javascript:alert(1)", f"{REMOVED} {REMOVED}"),
        ("get https://good.example/pkg", "get https://good.example/pkg"),
        ("line\nbreak\x1b[2J\u202e\u200b", "line break[2J"),
        ("shop/cart.py:12 and src/app.test.js/x", "shop/cart.py:12 and src/app.test.js/x"),
        ("org.junit.Assert and com.acme.Shop::pay", "org.junit.Assert and com.acme.Shop::pay"),
    ],
)
def test_words_are_tidied(text: str, expected: str) -> None:
    assert tidy(text, 200, "fetching https://good.example/pkg") == expected


def test_long_words_are_cut() -> None:
    assert tidy("a " * 400, 20) == "a a a a a a a a a a…"
    assert has_address("go to https://evil.example") and not has_address("go to shop/cart.py")


TEXT = st.text(max_size=60) | st.sampled_from([line.text for line in CASE.lines.values()])
REF = st.sampled_from([*CASE.lines, "1:99", "", "x"])
CLAIMS = st.builds(
    Claim,
    of=st.lists(st.sampled_from(["f1", "f2", "f3", "f4", "f9", "x"]), max_size=5),
    title=TEXT,
    cause=TEXT,
    category=st.sampled_from(["test", "infra", "unknown"]),
    fix_kind=st.sampled_from(["source", "unknown"]),
    confidence=st.floats(0, 1),
    evidence=st.lists(st.builds(Quote, line=REF, text=TEXT), max_size=4),
    fix=st.lists(TEXT, max_size=3),
    tests=st.lists(st.sampled_from(["tests/test_shop.py::test_aa", "tests/test_shop.py::test_ab", "x"]), max_size=3),
    suspects=st.lists(TEXT, max_size=3),
    location=st.none() | st.builds(Place, path=TEXT, line=st.none() | st.integers()),
)
RUN = report_run(3)
RUN_CASE = distill(*RUN, tokens=4_000)


@settings(max_examples=150, deadline=None)
@given(st.lists(CLAIMS, max_size=6))
def test_nothing_about_failing_tests_gets_lost(claims: list[Claim]) -> None:
    before = RUN[0]
    for claim in claims:
        claim.evidence += [Quote(line=ref, text=line.text) for ref, line in list(RUN_CASE.lines.items())[:1]]
    after = merge(before, verify(Answer(findings=claims), RUN_CASE).claims)
    assert same_but_words(before, after)
    told = [test for finding in after.findings for test in finding.tests]
    assert sorted(told) == sorted(before.failing_tests)
    assert [finding.id for finding in after.findings] == [f"f{number + 1}" for number in range(len(after.findings))]
    assert all(finding.title and finding.evidence and finding.fingerprint for finding in after.findings)
    assert len({finding.fingerprint for finding in after.findings if finding.tests}) >= 1
