"""`agnox jobs`: what is to be done, and what could not be done."""

from typing import TYPE_CHECKING

import click

from bot.cli.administration import org_filter
from bot.cli.context import Failure, format_option, organization_id, run, show, show_list

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database
    from bot.store.models import Job

_STATES = ["queued", "running", "done", "dead"]


@click.group(name="jobs", short_help="Jobs: what waits, runs, or could not be done.")
def command() -> None:
    """Jobs: what waits, runs, or could not be done (dead)."""


@command.command(name="list", short_help="List jobs, newest first.")
@org_filter
@click.option("--state", type=click.Choice(_STATES), help="Only jobs in this state.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@format_option
def list_all(organization: str | None, state: str | None, limit: int, shape: str) -> None:
    """List jobs, newest first."""

    async def work(database: "Database", _settings: "Settings") -> list[dict[str, object]]:
        from sqlalchemy import select

        from bot.store.models import Job

        statement = select(Job).order_by(Job.id.desc()).limit(limit)
        async with database.read() as session:
            if organization:
                statement = statement.where(Job.organization_id == await organization_id(session, organization))
            if state:
                statement = statement.where(Job.state == state)
            return [_row(job) for job in await session.scalars(statement)]

    rows = run(work)
    empty = f"No {state} jobs." if state else "No jobs."
    for row in rows:
        # The last line of a traceback is the one that says what happened.
        row["last_error"] = (str(row["error"]).strip().splitlines() or [""])[-1]
    columns = ["id", "queue", "function", "state", "run_at", "attempts", "last_error"]
    show_list(shape, rows, columns=columns, empty=empty)


@command.command(name="show", short_help="Show one job with its error.")
@click.argument("job_id", metavar="ID")
@format_option
def show_one(job_id: str, shape: str) -> None:
    """Show the job ID with its arguments and its last error."""

    async def work(database: "Database", _settings: "Settings") -> dict[str, object] | None:
        from bot.store.models import Job

        async with database.read() as session:
            job = await session.get(Job, job_id)
            return _row(job) if job else None

    row = run(work)
    if row is None:
        raise Failure(f"there is no job {job_id}")
    show(shape, row)


@command.command(short_help="Queue dead jobs again.")
@click.argument("job_ids", metavar="ID...", nargs=-1, required=True)
@format_option
def requeue(job_ids: tuple[str, ...], shape: str) -> None:
    """Queue the dead jobs ID... again, as if they were new; all of them or none."""

    async def work(database: "Database", _settings: "Settings") -> None:
        from bot.store.base import now
        from bot.store.jobs import NotDead, revive

        try:
            async with database.write() as session:
                for job_id in job_ids:
                    await revive(session, job_id, now=now())
        except (NotDead, LookupError) as error:
            raise Failure(str(error)) from None

    run(work)
    show_list(shape, [{"id": job_id, "state": "queued"} for job_id in job_ids], columns=["id", "state"], empty="")


def _row(job: "Job") -> dict[str, object]:
    return {
        "id": job.id,
        "organization_id": job.organization_id,
        "queue": job.queue,
        "function": job.function,
        "arguments": job.arguments,
        "state": job.state,
        "run_at": job.run_at,
        "attempts": job.attempts,
        "first_failed_at": job.first_failed_at,
        "lease_owner": job.lease_owner,
        "lease_until": job.lease_until,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "error": job.error,
    }
