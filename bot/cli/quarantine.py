"""`agnox quarantine`: tests whose failures fail no check of a repository."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, administer_hosts, org_option
from bot.cli.context import Failure, format_option, show, show_list

if TYPE_CHECKING:
    from bot.store.models import Quarantined
    from bot.usecases.services import Services

repository_option = click.option(
    "--repository", required=True, metavar="PATH", help="The repository; HOST:PATH where several hosts have it."
)


@click.group(name="quarantine", short_help="Tests whose failures fail no check.")
def command() -> None:
    """Tests in quarantine: their failures are told, but fail no check of the repository."""


@command.command(name="list", short_help="List the tests in quarantine.")
@org_option
@repository_option
@click.option("--all", "all_", is_flag=True, help="Also what has ended.")
@format_option
def list_all(organization: str, repository: str, all_: bool, shape: str) -> None:
    """List the tests and patterns in quarantine, without those of .agnox.yml."""
    from bot.store.base import now
    from bot.usecases.list_quarantine import list_quarantine

    found = administer(lambda database, _settings: list_quarantine(database, organization, repository))
    rows = [_row(row, now()) for row in found]
    shown = [row for row in rows if all_ or not row["ended"]]
    columns = ["test", "by", "until", "reason", *(["ended"] if all_ else [])]
    show_list(shape, shown, columns=columns, empty="No tests are in quarantine.")


@command.command(short_help="Put a test into quarantine.")
@click.argument("test")
@org_option
@repository_option
@click.option("--for", "time", default="14d", show_default=True, metavar="TIME", help="How long, as 12h, 14d or 2w.")
@click.option("--until", metavar="DATE", help="To the end of that day (UTC) instead.")
@click.option("--forever", is_flag=True, help="Until somebody lifts it instead.")
@click.option("--because", "reason", default="", metavar="WORDS", help="Why; it is told with each failure.")
@format_option
def add(
    test: str, organization: str, repository: str, time: str, until: str | None, forever: bool, reason: str, shape: str
) -> None:
    """Put TEST, or what a pattern with * and ? names, into quarantine."""
    if forever and until:
        raise click.UsageError("Give either --until or --forever.")
    words = ["until", until] if until else ["for", time]
    said = administer_hosts(lambda services: _put(services, organization, repository, test, words, forever, reason))
    show(shape, {"test": test, "outcome": said})


@command.command(short_help="Take a test out of quarantine.")
@click.argument("test")
@org_option
@repository_option
@format_option
def lift(test: str, organization: str, repository: str, shape: str) -> None:
    """Take TEST, or a pattern, out of quarantine by the name it was put in with."""
    said = administer_hosts(lambda services: _lift(services, organization, repository, test))
    show(shape, {"test": test, "outcome": said})


async def _put(
    services: "Services", organization: str, repository: str, test: str, words: list[str], forever: bool, reason: str
) -> str:
    from bot.domain.deadline import read_deadline
    from bot.usecases.list_quarantine import find_repository
    from bot.usecases.quarantine import put

    try:
        until = None if forever else read_deadline(words, services.clock())
    except ValueError as error:
        raise Failure(str(error)) from None
    async with services.database.write() as session:
        row = await find_repository(session, organization, repository)
        return await put(session, services, row, test, by=actor(), until=until, reason=reason)


async def _lift(services: "Services", organization: str, repository: str, test: str) -> str:
    from bot.usecases.list_quarantine import find_repository
    from bot.usecases.quarantine import lift as take_out

    async with services.database.write() as session:
        row = await find_repository(session, organization, repository)
        return await take_out(session, services, row, test, by=actor())


def _row(row: "Quarantined", at: datetime) -> dict[str, object]:
    over = row.until is not None and row.until <= at
    return {
        "test": row.test,
        "by": row.by or "the policy",
        "automatic": row.automatic,
        "reason": row.reason,
        "since": row.created_at,
        "until": row.until,
        "ended": row.ended_by if row.ended_at is not None else "its time" if over else "",
        "ended_at": row.ended_at or (row.until if over else None),
    }
