"""Commands that decide something for others: heads of forks, the quarantine; and whose right is remembered how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cachetools import TTLCache
from sqlalchemy import select

from bot.store.models import AuditEntry, Organization, PullRequest, Quarantined, Repository
from bot.usecases.known_rights import KnownRights, right_of
from bot.usecases.read_policy import KnownPolicies
from providers.values import Account, Permission
from simulators.faults import Fault
from tests.usecases.comments.conftest import CONFUSED, DONE, SEEN, Talk
from tests.usecases.comments.test_answers import answers
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.past import commit

pytestmark = pytest.mark.anyio


async def fork_of(desk: Desk, role: str = "maintain") -> Talk:
    """A pull request from a fork, which we know of; `grace` has a right on its target."""
    desk.simulator.set_role(desk.repository, "grace", role)
    talk = Talk(desk, desk.stage.open_pull(fork=True))
    await desk.tell(desk.stage.opened(talk.pull))
    await looked_at(desk)
    return talk


async def looked_at(desk: Desk) -> None:
    """Lets time go by since we heard of the heads."""
    async with desk.database.write() as session:
        for row in await session.scalars(select(PullRequest)):
            assert row.head_at is not None
            row.head_at -= timedelta(minutes=1)


async def allowed(talk: Talk) -> tuple[str, str]:
    async with talk.desk.database.read() as session:
        pull = (await session.scalars(select(PullRequest))).one()
        return pull.allowed_sha, pull.allowed_by


@once_on({"github"})
async def test_a_maintainer_lets_the_head_of_a_fork_run_and_no_later_one(desk: Desk) -> None:
    talk = await fork_of(desk)
    comment = await talk.ask("grace", "/agnox allow")
    assert talk.shows(comment, SEEN, DONE)
    head = talk.pull.head_sha
    assert await allowed(talk) == (head, "grace")
    assert (await answers(talk))[0].outcome == f"{head[:7]} may run, and no later head"
    desk.stage.push(talk.pull)
    await desk.tell(desk.stage.pushed(talk.pull))
    assert (await allowed(talk))[0] != talk.pull.head_sha
    async with desk.database.read() as session:
        (entry,) = await session.scalars(select(AuditEntry).where(AuditEntry.action == "head.allowed"))
    assert (entry.actor, entry.subject.endswith(head)) == ("github:grace", True)


@pytest.mark.parametrize("body", ["/agnox allow", "/agnox allow {seen}"])
@once_on({"github"})
async def test_what_was_pushed_after_the_word_is_not_allowed(desk: Desk, body: str) -> None:
    talk = await fork_of(desk)
    comment = talk.says("grace", body.format(seen=talk.pull.head_sha[:7]))
    await talk.tell(comment)
    desk.stage.push(talk.pull)
    await desk.drain()
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await allowed(talk) == ("", "")
    assert "look at it, then say" in (await answers(talk))[0].outcome


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("named", [False, True])
@once_on({"github"})
async def test_a_head_that_came_while_the_word_was_on_its_way_is_not_allowed(
    desk: Desk, named: bool, whole: bool
) -> None:
    """Unless it is the very head that was meant: a few digits are soon made to fit."""
    talk = await fork_of(desk)
    coming = "ab12" * 10
    word = (coming if whole else coming[:7]) if named else ""
    comment = talk.says("grace", f"/agnox allow {word}")
    desk.stage.push(talk.pull, sha=coming)
    await desk.tell(desk.stage.pushed(talk.pull))
    await talk.tell(comment)
    await desk.drain()
    assert (await allowed(talk))[0] == (coming if named and whole else "")
    if not (named and whole):
        assert "came while your comment was on its way" in (await answers(talk))[0].outcome
        await looked_at(desk)
        await talk.ask("grace", "/agnox allow")
        assert (await allowed(talk))[0] == coming


@once_on({"github"})
async def test_the_hosts_clock_may_be_ahead_of_ours(desk: Desk) -> None:
    behind = desk.services.clock() - timedelta(minutes=5)
    desk.services = replace(desk.services, clock=lambda: behind)
    talk = await fork_of(desk)
    comment = talk.says("grace", "/agnox allow")
    desk.stage.push(talk.pull)
    await desk.tell(desk.stage.pushed(talk.pull))
    await talk.tell(comment)
    await desk.drain()
    assert await allowed(talk) == ("", "")


@once_on({"github"})
async def test_a_pull_request_that_is_new_to_us_needs_the_name_of_its_head(desk: Desk) -> None:
    desk.simulator.set_role(desk.repository, "grace", "maintain")
    talk = Talk(desk, desk.stage.open_pull(fork=True))
    await talk.ask("grace", "/agnox allow")
    assert await allowed(talk) == ("", "")
    assert "is new to us" in (await answers(talk))[0].outcome
    await looked_at(desk)
    await talk.ask("grace", f"/agnox allow {talk.pull.head_sha[:10]}")
    assert await allowed(talk) == (talk.pull.head_sha, "grace")


@pytest.mark.parametrize("policy", ["", "commands: {allow: [read]}", 'commands: {allow: ["@grace"]}'])
@once_on({"github"})
async def test_who_is_no_maintainer_allows_nothing_whatever_the_policy_says(desk: Desk, policy: str) -> None:
    commit(desk, {".agnox.yml": policy})
    talk = await fork_of(desk, "write")
    comment = await talk.ask("grace", "/agnox allow")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await allowed(talk) == ("", "")
    assert "it takes maintain access" in (await answers(talk))[0].outcome


@once_on({"github"})
async def test_what_is_from_here_needs_no_word(talk: Talk) -> None:
    talk.desk.simulator.set_role(talk.desk.repository, "grace", "admin")
    await talk.ask("grace", "/agnox allow")
    assert (await answers(talk))[0].outcome.startswith("nothing to allow")
    assert await allowed(talk) == ("", "")


async def entries(talk: Talk) -> list[Quarantined]:
    async with talk.desk.database.read() as session:
        return list(await session.scalars(select(Quarantined).order_by(Quarantined.id)))


@once_on()
async def test_a_test_goes_into_quarantine_and_comes_out(talk: Talk) -> None:
    comment = await talk.ask("grace", '/agnox quarantine “pays, with card” for 2w because it\'s the "sandbox".')
    assert talk.shows(comment, SEEN, DONE)
    (row,) = await entries(talk)
    assert (row.test, row.reason, row.automatic) == ("pays, with card", 'it\'s the "sandbox".', False)
    assert row.by.endswith("grace")
    assert row.until is not None
    assert row.until - row.created_at > timedelta(days=13)
    comment = await talk.ask("grace", "/agnox unquarantine 'pays, with card'")
    assert talk.shows(comment, SEEN, DONE)
    assert (await entries(talk))[0].ended_at is not None


@once_on({"github"})
async def test_a_quarantine_ends_by_itself_if_nobody_says_when(talk: Talk) -> None:
    await talk.ask("grace", "/agnox quarantine test_a")
    (row,) = await entries(talk)
    assert row.until is not None
    assert timedelta(days=13) < row.until - row.created_at <= timedelta(days=14)


@once_on({"github"})
async def test_strangers_quarantine_nothing(talk: Talk) -> None:
    comment = await talk.ask("mallory", "/agnox quarantine *a")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await entries(talk) == []


@once_on({"github"})
async def test_the_policy_is_shown_with_where_it_comes_from(talk: Talk) -> None:
    commit(talk.desk, {".agnox.yml": "comment: always\ncommands: {allow: [write, '@bob']}"})
    talk.desk.services = replace(talk.desk.services, policies=KnownPolicies())
    async with talk.desk.database.write() as session:
        (await session.scalars(select(Organization))).one().policy = "ai: {budget: 7}"
    comment = await talk.ask("grace", "/agnox config")
    assert talk.shows(comment, SEEN, DONE)
    file, organization, defaults = (await answers(talk))[0].outcome.splitlines()
    assert file == 'From .agnox.yml: `comment: always`; `commands.allow: ["write", "@bob"]`'
    assert organization == "From the organization: `ai.budget: 7`"
    assert defaults.startswith("From the defaults: `version: 1`; `checks.name: Agnox`; ")


@once_on({"github"})
async def test_mistakes_of_the_policy_are_told(talk: Talk) -> None:
    commit(talk.desk, {".agnox.yml": "comment: of"})
    talk.desk.services = replace(talk.desk.services, policies=KnownPolicies())
    await talk.ask("grace", "/agnox config")
    assert "line 1, column 10" in (await answers(talk))[0].outcome


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@once_on({"github"})
async def test_a_right_is_remembered_for_a_minute_and_a_refusal_for_less(talk: Talk) -> None:
    clock = Clock()
    known = KnownRights(TTLCache(10, 60, timer=clock), TTLCache(10, 15, timer=clock))
    async with talk.desk.database.read() as session:
        repository = (await session.scalars(select(Repository))).one()
    provider = await talk.desk.provider()
    grace, mallory = Account("", "grace"), Account("", "mallory")
    assert await right_of(known, provider, repository, grace) is Permission.WRITE
    assert await right_of(known, provider, repository, mallory) < Permission.WRITE
    talk.desk.simulator.set_role(talk.desk.repository, "grace", "read")
    talk.desk.simulator.set_role(talk.desk.repository, "mallory", "write")
    clock.now = 14
    assert await right_of(known, provider, repository, grace) is Permission.WRITE
    assert await right_of(known, provider, repository, mallory) < Permission.WRITE
    clock.now = 16
    assert await right_of(known, provider, repository, mallory) is Permission.WRITE
    clock.now = 61
    assert await right_of(known, provider, repository, grace) is Permission.READ


@once_on({"github"})
async def test_what_one_organization_was_told_of_a_right_no_other_is(talk: Talk) -> None:
    await talk.ask("grace", "/agnox status")
    ((organization, repository, _, login),) = talk.desk.services.rights.granted
    assert (organization, login) == (talk.desk.caller.organization_id, "grace")
    talk.desk.stage.faults.add(Fault(path=r"/permission$", status=403, times=None))
    await talk.ask("grace", "/agnox status")
    assert (await answers(talk))[-1].outcome.startswith(talk.pull.head_sha[:7])
    talk.desk.services.rights.granted.clear()
    await talk.ask("grace", "/agnox status")
    assert (await answers(talk))[-1].outcome.startswith("github refuses us: ")
    assert repository
