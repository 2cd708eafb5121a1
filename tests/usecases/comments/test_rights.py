"""Who is obeyed, by the policy of the branch that a pull request goes into."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.commands.admit import why_not
from bot.domain.policy import Policy
from bot.store.models import Organization
from bot.usecases.read_policy import KnownPolicies, Reading
from providers.errors import Unavailable
from providers.values import Account, Permission
from simulators.faults import Fault
from tests.usecases.comments.conftest import CONFUSED, DONE, SEEN, Talk
from tests.usecases.hosts import on, once_on
from tests.usecases.past import commit

pytestmark = pytest.mark.anyio

GONE = r"agnox|/items"
"""Requests for the policy on each host."""


def allow(talk: Talk, people: str) -> None:
    commit(talk.desk, {".agnox.yml": f"commands: {{allow: {people}}}"})
    forget(talk)


def forget(talk: Talk) -> None:
    talk.desk.services = replace(talk.desk.services, policies=KnownPolicies())


@on()
async def test_nobody_is_obeyed_where_nobody_is_named(talk: Talk) -> None:
    allow(talk, "[]")
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    (outcome,) = await talk.outcomes()
    assert outcome.endswith(" is not named in `commands.allow` of .agnox.yml")


@once_on({"github", "gitea", "gitlab"})
async def test_who_is_named_is_obeyed_whatever_their_right(talk: Talk) -> None:
    allow(talk, '["@Mallory"]')
    await talk.ask("mallory", "/agnox rerun")
    assert await talk.attempts() == [1, 2]
    await talk.desk.drain()
    await talk.ask("grace", "/agnox rerun")
    assert await talk.attempts() == [1, 2]


@once_on()
async def test_a_higher_right_can_be_asked_for(talk: Talk) -> None:
    allow(talk, "[admin]")
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    assert f"has no admin access to {talk.desk.stage.path}" in (await talk.outcomes())[0]


@once_on({"github"})
@pytest.mark.parametrize(("role", "obeyed"), [("read", False), ("triage", True), ("maintain", True)])
async def test_a_lower_right_may_do(talk: Talk, role: str, obeyed: bool) -> None:
    allow(talk, "[triage]")
    talk.desk.simulator.set_role(talk.desk.repository, "mallory", role)
    await talk.ask("mallory", "/agnox rerun")
    assert (await talk.attempts() == [1, 2]) is obeyed


@once_on()
async def test_nobody_is_obeyed_while_the_policy_can_not_be_seen(talk: Talk) -> None:
    forget(talk)
    talk.desk.stage.faults.add(Fault(method="GET", path=GONE, status=403, times=None, body=b'{"message": "no"}'))
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, CONFUSED)
    assert await talk.attempts() == [1]
    assert "nobody is obeyed while .agnox.yml can't be read" in (await talk.outcomes())[0]


@once_on()
async def test_a_command_waits_while_the_host_does_not_tell_the_policy(talk: Talk) -> None:
    forget(talk)
    fault = talk.desk.stage.faults.add(Fault(method="GET", path=GONE, status=503, times=None))
    with pytest.raises(Unavailable):
        await talk.ask("grace", "/agnox rerun")
    assert await talk.outcomes() == [""]
    fault.times = 0
    await talk.again("obey_comment")
    assert await talk.attempts() == [1, 2]


@once_on()
async def test_with_a_mistake_in_it_the_defaults_hold(talk: Talk) -> None:
    commit(talk.desk, {".agnox.yml": "commands: {allow: [grave]}\nx: 1\n"})
    forget(talk)
    comment = await talk.ask("grace", "/agnox rerun")
    assert talk.shows(comment, SEEN, DONE)
    await talk.desk.drain()
    await talk.ask("mallory", "/agnox rerun")
    assert await talk.attempts() == [1, 2]


@pytest.mark.parametrize("right", Permission)
def test_the_default_asks_for_write(right: Permission) -> None:
    refusal = why_not(Reading(), Policy(), Account("1", "grace"), right, "acme/shop")
    assert refusal == ("" if right >= Permission.WRITE else "grace has no write access to acme/shop")


@once_on({"github"})
async def test_what_the_organization_asks_for_holds_where_the_repository_is_silent(talk: Talk) -> None:
    async with talk.desk.database.write() as session:
        (await session.scalars(select(Organization))).one().policy = "commands: {allow: [admin]}"
    await talk.ask("grace", "/agnox rerun")
    assert "has no admin access" in (await talk.outcomes())[0]
    allow(talk, "[write]")
    await talk.ask("grace", "/agnox rerun")
    assert await talk.attempts() == [1, 2]
