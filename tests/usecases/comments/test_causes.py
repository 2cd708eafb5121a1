"""Commands that are about a cause: by its number, its title or its test, remembered by its fingerprint."""

import pytest
from sqlalchemy import select

from bot.commands.head import causes_of, meant, only
from bot.domain.commands import MOST
from bot.store.models import AuditEntry, IgnoredFinding
from bot.usecases import compose_answers
from bot.usecases.errors import Invalid, Missing
from providers.report import Finding, Novelty, Report, Suite, Verdict
from tests.e2e.suites import suite
from tests.usecases.comments.conftest import CONFUSED, DONE, SEEN, Talk
from tests.usecases.comments.test_answers import answers
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.test_loop import trigger

pytestmark = pytest.mark.anyio

REFUND = Finding(
    "KeyError: no price", ("shop/test_pay.py::test_refund", "shop/test_pay.py::test_pay"), fingerprint="ab12cd34"
)
SLOW = Finding("TimeoutError: [waiting]", ("e2e > pays with card",), fingerprint="ab12ff00")
REST = Finding("3 more causes", ("shop/test_cart.py::test_sum",))
CAUSES = (REFUND, SLOW, REST)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("1", [REFUND]),
        ("#2", [SLOW]),
        ("ab12cd", [REFUND]),
        ("AB12FF00", [SLOW]),
        ("ab12cd34", [REFUND]),
        ("KeyError: no price", [REFUND]),
        ("keyerror*", [REFUND]),
        ("timeouterror: [waiting]", [SLOW]),
        ("*test_pay.py*", [REFUND]),
        ("test_refund", [REFUND]),
        ("e2e > pays with card", [SLOW]),
        ("[", [SLOW]),
        ("error", [REFUND, SLOW]),
        ("test_sum", [REST]),
    ],
)
def test_a_cause_is_found_by_what_people_call_it(word: str, found: list[Finding]) -> None:
    assert list(meant(CAUSES, word)) == found


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("0", "there is no cause 0: the report has 3"),
        ("4", "there is no cause 4: the report has 3"),
        ("test_refnd", "did you mean `shop/test_pay.py::test_refund`?"),
        ("ab12ee", "a number of the report will do"),
    ],
)
def test_what_is_near_is_named_where_nothing_is_found(word: str, hint: str) -> None:
    with pytest.raises(Missing) as caught:
        meant(CAUSES, word)
    assert hint in str(caught.value)


def test_where_one_is_wanted_several_are_told_by_their_numbers() -> None:
    with pytest.raises(Invalid, match="means 2 causes, so give a number: 1 KeyError: no price; 2 TimeoutError"):
        only(CAUSES, "error")
    with pytest.raises(Missing, match="nothing failed on this head"):
        only((), "1")


def test_numbers_are_those_of_the_comment() -> None:
    known = Finding("old", novelty=Novelty.KNOWN)
    new = Finding("young", novelty=Novelty.NEW)
    report = Report(
        "a1b2c3d", (Suite("a", Verdict.FAILED, findings=(known,)), Suite("b", Verdict.FAILED, findings=(new,)))
    )
    assert causes_of(report) == [new, known]


@pytest.fixture
async def three(desk: Desk) -> Talk:
    """A pull request with three causes."""
    desk.stage.allow("grace")
    talk = Talk(desk, desk.stage.open_pull())
    await trigger(desk, talk.pull, suite(3))
    await desk.drain()
    return talk


async def ignored(talk: Talk) -> list[tuple[str, str]]:
    async with talk.desk.database.read() as session:
        rows = await session.scalars(select(IgnoredFinding).order_by(IgnoredFinding.id))
        return [(row.title, row.by.rpartition("\\")[2]) for row in rows]


@once_on({"github"})
async def test_a_cause_is_explained_in_full(three: Talk) -> None:
    comment = await three.ask("grace", "/agnox explain 2\n/agnox explain test_ac\n/agnox explain")
    assert three.shows(comment, SEEN, DONE)
    second, named, all_ = await answers(three)
    assert [len(answer.findings) for answer in (second, named, all_)] == [1, 1, 3]
    assert second.findings == (all_.findings[1],)
    assert second.findings[0].evidence
    assert named.findings[0].tests == ("tests/test_shop.py::test_ac",)
    assert second.outcome == second.findings[0].title
    assert all_.outcome == "3 causes"


@once_on()
async def test_a_cause_is_ignored_and_heeded_again(three: Talk) -> None:
    comment = await three.ask("grace", "/agnox ignore 1")
    assert three.shows(comment, SEEN, DONE)
    (row,) = await ignored(three)
    (answer,) = await answers(three)
    assert answer.outcome == f"{row[0]}: fails no check of this pull request any more"
    assert row[1].endswith("grace")
    lines = f"/agnox ignore '{row[0]}'\n/agnox unignore '{row[0]}'\n/agnox unignore 1"
    await three.ask("grace", lines)
    again, back, none = (await answers(three))[1:]
    assert again.outcome.endswith("is ignored on this pull request already")
    assert back.outcome.endswith("counts again on this pull request")
    assert none.outcome == "nothing is ignored on this pull request"
    assert await ignored(three) == []
    async with three.desk.database.read() as session:
        actions = list(await session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("finding."))))
    assert actions == ["finding.ignored", "finding.heeded"]


@once_on({"github"})
async def test_a_cause_that_is_ignored_may_be_gone_from_the_head(three: Talk) -> None:
    await three.ask("grace", "/agnox ignore 1\n/agnox ignore 2")
    three.desk.stage.push(three.pull)
    await trigger(three.desk, three.pull, suite(0))
    await three.desk.drain()
    (first, second) = [title for title, _ in await ignored(three)]
    await three.ask("grace", f"/agnox unignore '{first}'")
    assert [title for title, _ in await ignored(three)] == [second]


@once_on({"github"})
async def test_strangers_ignore_nothing(three: Talk) -> None:
    comment = await three.ask("mallory", "/agnox ignore 1")
    assert three.shows(comment, SEEN, CONFUSED)
    assert await ignored(three) == []


@once_on({"github"})
async def test_each_pull_request_has_its_own_ignored_causes(three: Talk) -> None:
    await three.ask("grace", "/agnox ignore 1")
    other = Talk(three.desk, three.desk.stage.open_pull("other"))
    await trigger(other.desk, other.pull, suite(3))
    await other.desk.drain()
    comment = await other.ask("grace", "/agnox unignore 1")
    assert other.shows(comment, SEEN, CONFUSED)
    assert len(await ignored(three)) == 1


def test_as_many_answers_stand_as_one_comment_may_have_commands() -> None:
    assert compose_answers.MOST == MOST
