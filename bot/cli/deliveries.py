"""`agnox deliveries`: what git hosts sent us, and what came of it."""

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.context import Failure, format_option, run, show, show_list

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database
    from bot.store.models import Delivery

_STATES = ["received", "handled", "ignored", "failed"]


@click.group(name="deliveries", short_help="Webhook deliveries and what came of them.")
def command() -> None:
    """Webhook deliveries: what git hosts sent us, and what came of it."""


@command.command(name="list", short_help="List deliveries, newest first.")
@click.option("--state", type=click.Choice(_STATES), help="Only deliveries in this state.")
@click.option("--provider", metavar="NAME", help="Only deliveries of this git host.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1), help="How many at most.")
@format_option
def list_all(state: str | None, provider: str | None, limit: int, shape: str) -> None:
    """List deliveries, newest first."""

    async def work(database: "Database", _settings: "Settings") -> list[dict[str, object]]:
        from sqlalchemy import func, select
        from sqlalchemy.orm import defer

        from bot.store.models import Delivery

        # Bodies are large: their size is enough.
        statement = select(Delivery, func.length(Delivery.body)).options(defer(Delivery.body))
        if state:
            statement = statement.where(Delivery.state == state)
        if provider:
            statement = statement.where(Delivery.provider == provider)
        async with database.read() as session:
            found = await session.execute(statement.order_by(Delivery.id.desc()).limit(limit))
            return [_row(delivery, size) for delivery, size in found]

    columns = ["id", "received_at", "provider", "event", "state", "note"]
    show_list(shape, run(work), columns=columns, empty=f"No {state} deliveries." if state else "No deliveries yet.")


@command.command(name="show", short_help="Show one delivery.")
@click.argument("delivery_id", metavar="ID")
@click.option("--body", is_flag=True, help="Print the body as it came instead.")
@format_option
def show_one(delivery_id: str, body: bool, shape: str) -> None:
    """Show the delivery ID."""

    async def work(database: "Database", _settings: "Settings") -> "Delivery | None":
        from bot.store.models import Delivery

        async with database.read() as session:
            return await session.get(Delivery, delivery_id)

    delivery = run(work)
    if delivery is None:
        raise Failure(f"there is no delivery {delivery_id}")
    if body:
        sys.stdout.buffer.write(delivery.body)
    else:
        show(shape, _row(delivery, len(delivery.body)))


@command.command(short_help="Handle failed deliveries again.")
@click.argument("delivery_ids", metavar="ID...", nargs=-1, required=True)
@format_option
def requeue(delivery_ids: tuple[str, ...], shape: str) -> None:
    """Have the failed deliveries ID... handled again; all of them or none."""

    async def work(database: "Database", _settings: "Settings") -> None:
        from sqlalchemy import update

        from bot.store.base import now
        from bot.store.jobs import enqueue
        from bot.store.models import Delivery, DeliveryState

        async with database.write() as session:
            for delivery_id in delivery_ids:
                failed = (Delivery.id == delivery_id, Delivery.state == DeliveryState.FAILED)
                statement = update(Delivery).where(*failed).values(state=DeliveryState.RECEIVED, note="")
                if await session.scalar(statement.returning(Delivery.id)) is None:
                    delivery = await session.get(Delivery, delivery_id)
                    raise Failure(
                        f"delivery {delivery_id} is {delivery.state}, not failed"
                        if delivery
                        else f"there is no delivery {delivery_id}"
                    )
                await enqueue(session, "handle_delivery", {"delivery_id": delivery_id}, now=now())

    run(work)
    show_list(shape, [{"id": each, "state": "received"} for each in delivery_ids], columns=["id", "state"], empty="")


def _row(delivery: "Delivery", size: int) -> dict[str, object]:
    # Headers stay out: some hosts send their secret in one.
    return {
        "id": delivery.id,
        "provider": delivery.provider,
        "event": delivery.event,
        "dedupe_key": delivery.dedupe_key,
        "state": delivery.state,
        "note": delivery.note,
        "size": size,
        "received_at": delivery.received_at,
    }


@command.command(short_help="Have the git hosts send again what was lost.")
@format_option
def missed(shape: str) -> None:
    """Ask the git hosts for what they could not bring us in the last three days. The bot does it hourly by itself."""
    from bot.cli.administration import administer_hosts
    from bot.usecases.mend_deliveries import resend_all

    found = administer_hosts(resend_all)
    rows: list[dict[str, object]] = [
        {"place": place, "sent_again": resent.count, "problem": resent.problem} for place, resent in found.items()
    ]
    show_list(shape, rows, columns=["place", "sent_again", "problem"], empty="No webhook of ours hangs anywhere.")
