"""`agnox llm`: an organization's own language model."""

import getpass
import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, administer_hosts, org_option
from bot.cli.context import Failure, Row, format_option, show, show_list

if TYPE_CHECKING:
    from bot.store.llm import DayOfModel
    from bot.store.models import LlmAccess
    from bot.usecases.llm_access import UsageView

MILLION = 1_000_000
_DEFAULT_BUDGET = 500_000


class Money(click.ParamType[int]):
    """An amount of money, as millionths of it."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or not 0 <= amount < MILLION:
            self.fail(f"{value!r} is no amount of money", param, ctx)
        return int(amount * MILLION)


@click.group(name="llm", short_help="Language models that explain failures.")
def command() -> None:
    """An organization's own language model, which explains its failures. Keys are kept encrypted and never shown."""


@command.command(name="set", short_help="Give an organization a model.")
@org_option
@click.option("--provider", type=click.Choice(["openai", "anthropic"]), required=True, help="How its server speaks.")
@click.option("--model", required=True, metavar="NAME", help="Its name, as its provider writes it.")
@click.option("--base-url", default="", metavar="URL", help="Its address; default: the provider's own.")
@click.option("--key-stdin", is_flag=True, required=True, expose_value=False, help="Read its key from stdin.")
@click.option(
    "--budget-tokens",
    type=click.IntRange(min=0),
    default=_DEFAULT_BUDGET,
    show_default=True,
    metavar="N",
    help="Tokens that it may take a day (UTC); 0: no limit.",
)
@click.option("--budget-money", type=Money(), metavar="X", help="Money that it may cost a day; needs the prices.")
@click.option("--price-input", type=Money(), default=0, metavar="X", help="Price of a million tokens that it reads.")
@click.option("--price-output", type=Money(), default=0, metavar="X", help="Price of a million that it writes.")
@click.option("--no-check", is_flag=True, help="Store it without asking the model whether it will do.")
@format_option
def set_(
    organization: str,
    provider: str,
    model: str,
    base_url: str,
    budget_tokens: int,
    budget_money: int | None,
    price_input: int,
    price_output: int,
    no_check: bool,
    shape: str,
) -> None:
    """Give an organization a model, in the place of an earlier one, and try it at once.

    From then on the distilled logs of its failed runs go to that model. The key is read from standard input, where no
    other user sees it.
    """
    from bot.llm.values import Maker
    from bot.usecases.llm_access import Wanted, set_llm

    wanted = Wanted(
        Maker(provider), model, base_url, budget_tokens or None, budget_money or None, price_input, price_output
    )
    key = _read_key()
    row, answer = administer_hosts(
        lambda services: set_llm(services, organization, wanted, key, actor=actor(), check=not no_check)
    )
    show(shape, {**_row(row), "answer": answer} if answer else _row(row))


@command.command(name="show", short_help="Show an organization's model.")
@org_option
@format_option
def show_(organization: str, shape: str) -> None:
    """Show which model an organization has, without its key."""
    from bot.usecases.llm_access import show_llm

    row, _ = administer(lambda database, _settings: show_llm(database, organization))
    show(shape, _row(row))


@command.command(short_help="Forget an organization's model and its key.")
@org_option
@format_option
def remove(organization: str, shape: str) -> None:
    """Forget an organization's model and its key; its failures are explained without one from then on."""
    from bot.usecases.llm_access import remove_llm

    row, _ = administer(lambda database, _settings: remove_llm(database, organization, actor=actor()))
    show(shape, _row(row))


@command.command(short_help="Ask a model whether it still works.")
@org_option
@format_option
def check(organization: str, shape: str) -> None:
    """Have an organization's model explain a small failure; exit status 1 when it can't be used."""
    from bot.usecases.llm_access import check_llm

    row, _, answer = administer_hosts(lambda services: check_llm(services, organization))
    show(shape, {**_row(row), "answer": answer})
    if row.broken:
        raise Failure(f"the model can't be used: {row.broken}")


@command.command(short_help="Show what models were used.")
@org_option
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="So many, with today (UTC).")
@format_option
def usage(organization: str, days: int, shape: str) -> None:
    """Show the calls and tokens of an organization by day and model, and what is left of today's budget."""
    from bot.usecases.llm_access import llm_usage

    view = administer_hosts(lambda services: llm_usage(services, organization, days))
    if shape == "json":
        show(shape, {"today": _today(view), "days": [_day(day) for day in view.days]})
        return
    columns = ["day", "model", "shared", "calls", "open", "input_tokens", "output_tokens", "cost"]
    show_list(shape, [_day(day) for day in view.days], columns=columns, empty=f"No calls in the last {days} days.")
    click.echo(_left(view))


def _left(view: "UsageView") -> str:
    today = f"Today: {view.tokens_today:,}"
    tokens = f"{today} of {view.budget_tokens:,} tokens" if view.budget_tokens is not None else f"{today} tokens"
    if view.budget_micros is None:
        return tokens
    return f"{tokens}, {_money(view.micros_today)} of {_money(view.budget_micros)} in money"


def _today(view: "UsageView") -> Row:
    return {
        "tokens": view.tokens_today,
        "cost": _money(view.micros_today),
        "budget_tokens": view.budget_tokens,
        "budget_money": _money(view.budget_micros),
    }


def _day(day: "DayOfModel") -> Row:
    return {
        "day": day.day.isoformat(),
        "provider": day.provider,
        "model": day.model,
        "shared": day.shared,
        "calls": day.calls,
        "open": day.open,
        "input_tokens": day.input_tokens,
        "output_tokens": day.output_tokens,
        "cost": _money(day.micros),
    }


def _row(row: "LlmAccess") -> Row:
    return {
        "provider": row.provider,
        "model": row.model,
        "organization_id": row.organization_id,
        "base_url": row.base_url,
        "budget_tokens": row.budget_tokens,
        "budget_money": _money(row.budget_micros),
        "price_input": _money(row.price_input),
        "price_output": _money(row.price_output),
        "checked_at": row.checked_at,
        "broken": row.broken,
        "created_at": row.created_at,
    }


def _money(micros: int | None) -> str | None:
    """An amount as people write it: two decimals, more only where there are any."""
    if micros is None:
        return None
    whole, rest = divmod(micros, MILLION)
    return f"{whole}.{f'{rest:06}'.rstrip('0').ljust(2, '0')}"


def _read_key() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Key: ").strip()
    return sys.stdin.buffer.read(65536).decode("utf-8", "replace").strip()


__all__ = ["command"]
