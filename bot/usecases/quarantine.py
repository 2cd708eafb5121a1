"""Tests are put into quarantine and taken out of it by people."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.excuses import last_day, plain
from bot.domain.masking import mask
from bot.store.hosting import audit
from bot.store.models import Quarantined, Repository
from bot.store.quarantine import add_quarantined, quarantined
from bot.usecases.errors import Invalid, Missing
from bot.usecases.excuse_failures import excuse_of
from bot.usecases.organization_policy import organization_policy
from bot.usecases.read_policy import last_branch_policy
from bot.usecases.services import Services
from bot.usecases.tell_excused import request_telling

_MOST = 1_000
"""Entries of one repository."""


async def put(
    session: AsyncSession,
    services: Services,
    repository: Repository,
    test: str,
    *,
    by: str,
    until: datetime | None,
    reason: str,
) -> str:
    """Puts a test, or what a pattern with `*` and `?` names, into quarantine; says what came of it.

    Doing it again changes its end and reason. Raises Invalid for a pattern that names everything, for an end that is
    past, and for too many.
    """
    name, why, at = plain(test), mask(plain(reason)), services.clock()
    if not name.strip("*? "):
        raise Invalid("name a test, or a pattern that does not match every test")
    if until is not None and until <= at:
        raise Invalid("that time is over already")
    here = await quarantined(session, repository.id, at)
    row = _find(here, name)
    if row is None:
        if len(here) >= _MOST:
            raise Invalid(f"{_MOST:,} tests are in quarantine already: take some out first")
        row = await add_quarantined(session, repository, name, automatic=False, by=by, reason=why, until=until)
    else:
        row.automatic, row.by, row.until, row.reason = False, by, until, why
    audit(session, repository.organization_id, by, "quarantine.put", f"{repository.path}: {name}")
    await request_telling(session, services, repository, [name], until)
    return f"{name} is in quarantine{_until(until)}"


async def lift(session: AsyncSession, services: Services, repository: Repository, test: str, *, by: str) -> str:
    """Takes a test or pattern out of quarantine, by the words it was put in with. Raises Missing with what is near."""
    name = plain(test)
    here = await quarantined(session, repository.id, services.clock())
    row = _find(here, name)
    if row is None:
        raise Missing(f"{name} was not put into quarantine{await _hint(session, services, repository, here, name)}")
    for each in here:
        # A rule and a person, or two at once, may have put it there.
        if name in (each.test, plain(each.test)):
            each.ended_at, each.ended_by = services.clock(), by
    audit(session, repository.organization_id, by, "quarantine.lifted", f"{repository.path}: {name}")
    await request_telling(session, services, repository, [row.test])
    return f"{name} is out of quarantine"


async def _hint(
    session: AsyncSession, services: Services, repository: Repository, here: Sequence[Quarantined], name: str
) -> str:
    """Says where a test is in quarantine if not by this name: by the policy, by a pattern, or by one that is near."""
    organization = await organization_policy(session, repository.organization_id)
    listed = {*organization.quarantine.tests}
    if repository.default_branch:
        listed |= {*last_branch_policy(services.policies, repository, repository.default_branch).quarantine.tests}
    if name in listed:
        return ": it is on the list in .agnox.yml, or in the policy of the organization, and is taken off there"
    by_pattern = next((each.test for each in map(excuse_of, here) if each.names(name)), "")
    if by_pattern:
        return f"; the pattern {by_pattern} was, which names it"
    near = get_close_matches(name, [each.test for each in here], n=1)
    return f", did you mean {near[0]}?" if near else ""


def _find(here: Sequence[Quarantined], name: str) -> Quarantined | None:
    return next((each for each in here if name in (each.test, plain(each.test))), None)


def _until(until: datetime | None) -> str:
    end = last_day(until) if until else None
    return f" until {end.day} {end:%B %Y}" if end else ""
