"""The policy is read from the base branch, seldom, and what can't be read is told."""

import pytest
from cachetools import TTLCache
from sqlalchemy import select

from bot.domain.policy import Comment, Policy
from bot.store.models import Repository
from bot.usecases.read_policy import SECONDS, KnownPolicies, Reading, read_policy
from providers.errors import RateLimited, Suspended, Unavailable
from simulators.faults import Fault, html_page
from simulators.github.faults import secondary_limit
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on

pytestmark = [pytest.mark.anyio, once_on({"github"})]


class Reader:
    """Reads again and again, by a clock that is set by hand."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now = desk, 0.0
        self.known = KnownPolicies(TTLCache(10, SECONDS, lambda: self.now))

    async def __call__(self, ref: str = "main") -> Reading:
        async with self.desk.database.read() as session:
            repository = (await session.scalars(select(Repository))).one()
        return await read_policy(self.known, await self.desk.provider(), repository, ref)

    def put(self, content: bytes, branch: str = "main") -> str:
        return self.desk.simulator.commit(self.desk.repository, {".agnox.yml": content}, branch=branch)


@pytest.fixture
def reader(desk: Desk) -> Reader:
    return Reader(desk)


async def test_a_repository_without_the_file_has_the_defaults(reader: Reader) -> None:
    assert await reader() == Reading(Policy())
    assert Reading().notes == ()


async def test_each_branch_has_its_own(reader: Reader) -> None:
    reader.put(b"comment: off")
    reader.put(b"comment: always", "release/1.x")
    assert (await reader()).policy.comment is Comment.OFF
    assert (await reader("release/1.x")).policy.comment is Comment.ALWAYS


async def test_it_is_asked_for_once_a_minute(reader: Reader) -> None:
    reader.put(b"comment: off")
    reader.desk.calls()
    first = await reader()
    reader.put(b"comment: always")
    assert await reader() is first
    assert len(reader.desk.calls()[0]) == 1
    reader.now += SECONDS
    assert (await reader()).policy.comment is Comment.ALWAYS
    assert len(reader.desk.calls()[0]) == 1


async def test_the_same_contents_are_parsed_once(reader: Reader) -> None:
    reader.put(b"comment: off")
    reader.put(b"comment: off", "next")
    assert (await reader()).policy is (await reader("next")).policy


async def test_a_mistake_is_told_and_the_defaults_hold(reader: Reader) -> None:
    reader.put(b"comment: off\nchecks: {name: 1}\n")
    reading = await reader()
    assert reading.policy == Policy()
    assert reading.notes == (
        ".agnox.yml can't be followed, so the defaults hold:",
        'line 2, column 16: checks.name: 1 can\'t stand here; did you mean "1"? '
        "(accepted: text, in one line, at most 50 characters)",
    )


async def test_of_many_mistakes_the_first_are_told(reader: Reader) -> None:
    reader.put(b"a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n")
    notes = (await reader()).notes
    assert notes[0] == ".agnox.yml can't be followed, so the defaults hold, and 2 more:"
    assert [note.split(":")[0] for note in notes[1:]] == [f"line {line}, column 1" for line in (1, 2, 3)]


async def test_a_file_that_is_too_large(reader: Reader) -> None:
    reader.put(b"#" * 65_537)
    reading = await reader()
    assert (reading.policy, reading.refusal) == (Policy(), "")
    assert reading.notes[1] == "line 1, column 1: the file has more than 65,536 bytes"


async def test_what_can_not_be_seen_is_no_missing_file(reader: Reader) -> None:
    reading = await reader("no-such-branch")
    assert reading.policy == Policy()
    assert reading.refusal
    assert reading.notes[0].startswith(".agnox.yml can't be read, so the defaults hold: ")


async def test_without_the_right_to_read_files_the_defaults_hold(reader: Reader) -> None:
    reader.put(b"comment: off")
    reader.desk.stage.faults.add(Fault(path=r"/contents/", status=403, body=b'{"message": "Resource not accessible"}'))
    reading = await reader()
    assert reading.policy == Policy()
    assert "Resource not accessible" in reading.refusal


async def test_a_host_that_is_away_is_asked_again(reader: Reader) -> None:
    reader.put(b"comment: off")
    reader.desk.stage.faults.add(html_page(503, path=r"/contents/"))
    with pytest.raises(Unavailable):
        await reader()
    assert (await reader()).policy.comment is Comment.OFF


async def test_a_host_that_wants_us_to_wait_is_heard(reader: Reader) -> None:
    reader.desk.stage.faults.add(secondary_limit(60, path=r"/contents/"))
    with pytest.raises(RateLimited):
        await reader()


async def test_a_suspended_installation_has_no_policy(reader: Reader) -> None:
    reader.desk.stage.faults.add(
        Fault(path=r"/contents/", status=403, body=b'{"message": "This installation has been suspended"}')
    )
    with pytest.raises(Suspended):
        await reader()
