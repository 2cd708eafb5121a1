"""What a model adds to an analysis, and what it can't change."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.responses import Response

from bot.analysis import Analysis, Input, analyze
from bot.analysis.masks import plain
from bot.llm.engine import Engine
from bot.llm.schema import Answer
from bot.llm.values import Maker, Terms
from tests.e2e.suites import junit
from tests.llm.runs import LOG, log_run, report_run
from tests.llm.server import Asked, ModelServer, called, claim

pytestmark = pytest.mark.anyio


class Memo:
    """Remembers without a database."""

    def __init__(self) -> None:
        self.kept: dict[str, Answer] = {}

    async def recall(self, key: str) -> Answer | None:
        return self.kept.get(key)

    async def keep(self, key: str, answer: Answer) -> None:
        self.kept[key] = answer


def same_but_words(before: Analysis, after: Analysis) -> bool:
    """Whether nothing but the findings and what is said about the model differs."""
    return replace(after, findings=before.findings, engine="embedded", notes=(), usage=None) == before


async def test_a_model_gives_the_words(models: ModelServer, maker: Maker) -> None:
    before, inputs = report_run(1)
    after = await Engine(models.access(maker)).explain(before, inputs)
    (old,), (new,) = before.findings, after.findings
    assert (after.engine, after.notes) == ("llm", ())
    assert after.usage is not None
    assert (after.usage.model, after.usage.input_tokens, after.usage.output_tokens) == ("test-model", 1200, 300)
    assert new.title == "The price list has no such article"
    assert (new.tests, new.fingerprint, new.id, new.location) == (old.tests, old.fingerprint, "f1", old.location)
    assert same_but_words(before, after)
    data = after.to_dict()
    assert (data["engine"], data["usage"]["model"]) == ("llm", "test-model") and "notes" not in data


async def test_a_log_without_a_report(models: ModelServer) -> None:
    before, inputs = log_run()
    after = await Engine(models.access()).explain(before, inputs)
    assert after.findings[0].title == "The price list has no such article" and same_but_words(before, after)
    evidence = after.findings[0].evidence[0]
    assert evidence.line is not None and evidence.text in LOG.splitlines()[evidence.line - 1]


async def test_a_step_is_named_for_lines_that_are_known_to_stand_in_it(models: ModelServer) -> None:
    before, inputs = log_run()
    lines = [each.text for each in before.findings[0].evidence]

    def quoting(*wanted: str) -> Callable[[Asked], Response]:
        return lambda asked: called(
            asked,
            {
                "findings": [
                    claim(
                        asked,
                        evidence=[{"line": ref, "text": text} for ref, text in asked.lines.items() if text in wanted],
                    )
                ]
            },
        )

    other = next(line for line in map(plain, LOG.splitlines()) if "FF." in line)
    for wanted, step in ((lines, "pytest -q"), ([*lines, other], "")):
        models.always = quoting(*wanted)
        after = await Engine(models.access()).explain(before, inputs)
        assert {each.text for each in after.findings[0].evidence} == set(wanted)
        assert after.findings[0].step == step


@pytest.mark.parametrize(
    "content",
    [b"", b"$ make\nOK\n\nFinished: SUCCESS\n", junit(0).encode(), b"\x00\x01\x02"],
    ids=["empty", "green log", "green report", "binary"],
)
async def test_nobody_is_asked_where_nothing_failed(models: ModelServer, content: bytes) -> None:
    inputs = [Input.of_bytes("run", content)]
    before = analyze(inputs)
    assert await Engine(models.access()).explain(before, inputs) is before
    assert models.asked == []


async def test_failures_of_one_cause_become_one(models: ModelServer) -> None:
    before, inputs = report_run(3)
    after = await Engine(models.access()).explain(before, inputs)
    (told,) = after.findings
    assert set(told.tests) == set(before.failing_tests) and len(before.findings) == 3
    # What proved each of them is still there, and no fingerprint of theirs stands for all.
    assert {each.evidence[0].text for each in before.findings} <= {each.text for each in told.evidence}
    assert told.fingerprint not in {each.fingerprint for each in before.findings}
    assert same_but_words(before, after)


async def test_what_a_model_says_nothing_of_stays(models: ModelServer) -> None:
    def second(asked: Asked) -> Response:
        return called(asked, {"findings": [claim(asked, of=["f2", "f99"])]})

    models.always = second
    before, inputs = report_run(3)
    after = await Engine(models.access()).explain(before, inputs)
    assert [each.title for each in after.findings] == [
        before.findings[0].title,
        "The price list has no such article",
        before.findings[2].title,
    ]
    assert [each.tests for each in after.findings] == [each.tests for each in before.findings]


async def test_a_cause_that_only_the_model_saw(models: ModelServer) -> None:
    def own(asked: Asked) -> Response:
        extra = claim(asked, of=[], title="Something else as well", tests=[*before.failing_tests, "made::up"])
        return called(asked, {"findings": [claim(asked), extra]})

    models.always = own
    before, inputs = report_run(1)
    after = await Engine(models.access()).explain(before, inputs)
    assert [each.title for each in after.findings] == ["The price list has no such article", "Something else as well"]
    # The test has a cause already, and what did not fail can't have one.
    assert [each.tests for each in after.findings] == [before.failing_tests, ()]


async def test_one_failure_of_two_causes_is_divided(models: ModelServer) -> None:
    report = junit(2).replace("article ab", "article aa").replace("price_of_ab", "price_of_aa").replace("py:2", "py:1")
    inputs = [Input.of_bytes("junit.xml", report.encode())]
    before = analyze(inputs)
    assert [len(each.tests) for each in before.findings] == [2]

    def two(asked: Asked) -> Response:
        return called(
            asked,
            {"findings": [claim(asked, title="One"), claim(asked, title="Two", tests=[before.failing_tests[1]])]},
        )

    models.always = two
    after = await Engine(models.access()).explain(before, inputs)
    assert [(each.title, each.tests) for each in after.findings] == [
        ("One", before.failing_tests[:1]),
        ("Two", before.failing_tests[1:]),
    ]
    assert len({each.fingerprint for each in after.findings}) == 2


async def test_a_second_look_where_the_first_was_unsure(models: ModelServer, maker: Maker) -> None:
    def unsure(asked: Asked) -> Response:
        return called(asked, {"findings": [claim(asked, confidence=0.2, title="Perhaps the prices")]})

    models.acts.append(unsure)
    after = await Engine(models.access(maker)).explain(*report_run(1))
    assert after.findings[0].title == "The price list has no such article"
    first, second = models.asked
    assert "second look" not in first.instructions and "second look" in second.instructions
    assert "Perhaps the prices" in second.text and "Perhaps the prices" not in second.instructions
    assert after.usage is not None and (after.usage.requests, after.usage.input_tokens) == (2, 2400)


async def test_a_second_look_that_is_worse_does_not_count(models: ModelServer) -> None:
    def unsure(asked: Asked) -> Response:
        return called(asked, {"findings": [claim(asked, confidence=0.4, title="First")]})

    def lying(asked: Asked) -> Response:
        return called(asked, {"findings": [claim(asked, title="Worse", evidence=[{"line": "1:1", "text": "made up"}])]})

    models.acts += [unsure, lying]
    after = await Engine(models.access()).explain(*report_run(1))
    assert after.findings[0].title == "First" and len(models.asked) == 2


async def test_a_sure_answer_is_asked_for_once(models: ModelServer) -> None:
    await Engine(models.access()).explain(*report_run(2))
    assert len(models.asked) == 1


async def test_equal_causes_are_asked_about_once(models: ModelServer) -> None:
    memory = Memo()
    engine = Engine(models.access(), memory=memory)
    first = await engine.explain(*report_run(2))
    again = await engine.explain(*report_run(2))
    assert len(models.asked) == 1 and again.findings == first.findings
    assert again.usage is not None and again.usage.remembered and again.usage.input_tokens == 0
    # Another model, other causes: asked anew.
    await Engine(models.access(model="other"), memory=memory).explain(*report_run(2))
    await engine.explain(*report_run(3))
    assert len(models.asked) == 3 and len(memory.kept) == 3


async def test_what_is_remembered_must_be_proven_by_this_run(models: ModelServer) -> None:
    """The same fingerprint, but other words in the log: numbers are masked in the one and count in the other."""
    engine = Engine(models.access(), memory=Memo())
    for price in (12, 34):
        log = LOG.replace("no price for article aa", f"no price {price} for article aa")
        after = await engine.explain(*log_run(log))
        assert f"no price {price} " in after.findings[0].evidence[0].text
    assert len(models.asked) == 2


async def test_the_limit_of_attempts(models: ModelServer) -> None:
    models.always = lambda asked: called(asked, {"findings": "none"})
    before, inputs = report_run(1)
    after = await Engine(models.access(), Terms(attempts=2), sleep=_no_sleep).explain(before, inputs)
    assert len(models.asked) == 2
    assert after.notes == ("the embedded engine: the model gave an answer that can't be used",)
    assert after.findings == before.findings and after.engine == "embedded"
    assert after.usage is not None and after.usage.requests == 2


async def _no_sleep(seconds: float) -> None:
    return None
