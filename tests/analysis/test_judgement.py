"""What was learned about failures in logs: chances are chances, silence where nothing is likely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis import Input, analyze
from bot.analysis.classify import kind_of_path, votes_of
from bot.analysis.frames import frames_of
from bot.analysis.judgement import UNTOLD, Facts, Judgement, Model, fix_said, judge, models
from bot.analysis.knowledge import best_known
from bot.analysis.model import Category
from bot.analysis.ranker import Ranker
from tests.analysis.samples import PYTEST


def facts(*lines: str, tests: tuple[str, ...] = ()) -> Facts:
    weighed = [(1.0 - place / 10, line) for place, line in enumerate(lines)]
    frames = frames_of(lines)
    return Facts(weighed, best_known(weighed), "", "", frames[0] if frames else None, frames, tests)


@pytest.mark.parametrize(
    ("lines", "category"),
    [
        (("E   AssertionError: assert 0 == 10", "FAILED tests/test_a.py::t", "1 failed, 2 passed"), "test"),
        (("src/a.c:3:1: error: unknown type name 'x'", "make: *** [a.o] Error 1"), "compile"),
        (("src/a.py:1:1: F401 'os' imported but unused", "Found 1 error."), "lint"),
        (("npm ERR! code ERESOLVE", "npm ERR! ERESOLVE unable to resolve dependency tree"), "dependency"),
        (("curl: (6) Could not resolve host: example.org",), "infra"),
        (("No Rakefile found (looking for: rakefile)",), "config"),
    ],
)
def test_plain_cases(lines: tuple[str, ...], category: Category) -> None:
    judgement = judge(facts(*lines, tests=("t",) if category == "test" else ()))
    assert judgement.category == category
    assert UNTOLD <= judgement.confidence <= 1


def test_the_place_tells_where_code_that_does_not_compile_is_mended() -> None:
    source = "src/main/java/shop/Pay.java:[3,1] cannot find symbol"
    test = "src/test/java/shop/PayTest.java:[3,1] cannot find symbol"
    assert judge(facts(f"[ERROR] {source}", "[ERROR] COMPILATION ERROR :")).fix_kind == "source"
    assert judge(facts(f"[ERROR] {test}", "[ERROR] COMPILATION ERROR :")).fix_kind == "test"


def test_where_nothing_speaks_confidence_is_low() -> None:
    judgement = judge(facts("hello", "world"))
    assert judgement.confidence < 0.6


def test_no_build_is_blamed_without_a_word_of_one() -> None:
    assert fix_said("build", 0.9, {"test": 0.9}, facts("x")) == "unknown"
    assert fix_said("build", 0.9, {"lint": 0.9}, facts("x")) == "source"
    assert fix_said("build", 0.9, {"lint": 0.5}, facts("x")) == "build"
    assert fix_said("build", 0.9, {"lint": 0.9}, facts('at pom.xml line 3, File "a.py", line 3')) == "build"
    assert fix_said("build", 0.9, {"dependency": 0.9}, facts("x")) == "build"
    assert fix_said("source", 0.2, {"test": 0.9}, facts("x")) == "unknown"


@given(st.dictionaries(st.sampled_from([*models()[0].weights, "never learned"]), st.floats(-1e3, 1e3)))
def test_chances_add_up(features: dict[str, float]) -> None:
    for model in models():
        chances = model.chances(features)
        assert sum(chances.values()) == pytest.approx(1.0)
        assert all(0 <= chance <= 1 for chance in chances.values())


def test_a_model_says_what_it_was_told() -> None:
    model = Model.of({"classes": ["a", "b"], "bias": [0.0, 0.0], "weights": {"x": [1.0, -1.0]}})
    assert model.chances({}) == {"a": 0.5, "b": 0.5}
    assert model.chances({"x": 2.0})["a"] == pytest.approx(0.98201, abs=1e-5)


def test_another_judge_and_another_ranker_take_the_place_of_what_is_shipped() -> None:
    heard: list[Facts] = []

    def judges(given: Facts) -> Judgement:
        heard.append(given)
        return Judgement("config", 0.5, "build")

    log = Input.of_bytes("log", PYTEST.encode())
    # With no word learned and no tree all lines are alike: the first ones come first.
    indifferent = analyze([log], judges=judges, ranker=Ranker({}, [], []))
    (finding,) = indifferent.findings
    assert (finding.category, finding.confidence, finding.fix_kind) == ("config", 0.5, "build")
    assert [given.tests for given in heard] == [["tests/test_pay.py::test_refund"]]
    assert indifferent.excerpts != analyze([log], judges=judges).excerpts


def test_each_pattern_votes_once_with_its_heaviest_line() -> None:
    line = "npm ERR! code ERESOLVE"
    assert votes_of([(0.4, line), (0.9, line), (0.2, line)])["dependency"] == pytest.approx(0.9)
    assert sum(votes_of([(1.0, "hello")]).values()) == 0


@pytest.mark.parametrize(
    ("path", "kind"), [("pom.xml", "build"), ("tests/test_a.py", "test"), ("src/a.py", "source"), ("ci.yml", "build")]
)
def test_kinds_of_paths(path: str, kind: str) -> None:
    assert kind_of_path(path) == kind
