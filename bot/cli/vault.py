"""`agnox vault`: the keys that stored secrets are sealed with."""

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.administration import actor, administer, vault_of
from bot.cli.context import Failure, format_option, load_settings, show, show_list

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.database import Database


@click.group(name="vault", short_help="The keys that stored secrets are sealed with.")
def command() -> None:
    """The keys that stored secrets are sealed with."""


@command.command(name="new-key", short_help="Make a key.")
@click.option("--save", is_flag=True, help="Put it in front of the key file of this embedded instance.")
@format_option
def new_key_(save: bool, shape: str) -> None:
    """Make a key and print it, to be put in front of AGNOX_SECRET_KEYS."""
    from bot.store.keyfile import add_key
    from bot.store.vault import VaultError, new_key

    if not save:
        key = new_key()
        if shape == "json":
            show(shape, {"id": key.partition(":")[0], "key": key})
        else:
            click.echo(key)
        return
    settings = load_settings()
    if settings.secret_keys.get_secret_value() or settings.key_file is None:
        raise Failure("this instance takes its keys from AGNOX_SECRET_KEYS: leave out --save and put the key there")
    try:
        newest = add_key(settings.key_file).newest
    except VaultError as error:
        raise Failure(str(error)) from None
    show(shape, {"id": newest, "file": str(settings.key_file)})
    if shape == "text":
        click.echo("Now seal the stored secrets with it: `agnox vault rotate`.", err=True)


@command.command(short_help="Count the stored secrets by key.")
@format_option
def status(shape: str) -> None:
    """Count the stored secrets by the key that sealed them."""
    from bot.store.rotation import count_by_key

    async def read(database: "Database", settings: "Settings") -> list[dict[str, object]]:
        ring, counts = vault_of(settings).keyring, await count_by_key(database)
        return [
            {"key": key, "secrets": counts[key], "state": _state(key, ring.ids)}
            for key in (*ring.ids, *sorted(set(counts) - set(ring.ids)))
        ]

    show_list(shape, administer(read), columns=["key", "secrets", "state"], empty="")


def _state(key: str, ids: tuple[str, ...]) -> str:
    if key not in ids:
        return "missing" if key else "damaged"
    return "newest" if key == ids[0] else "older"


@command.command(short_help="Seal all stored secrets with the newest key.")
@format_option
def rotate(shape: str) -> None:
    """Seal all stored secrets with the newest key.

    Servers may run meanwhile, if they know the newest key. It may be stopped and started again at any time.
    """
    from bot.store.hosting import audit
    from bot.store.rotation import Outcome, rotate_all

    async def work(database: "Database", settings: "Settings") -> Outcome:
        outcome = await rotate_all(database, vault_of(settings), _progress)
        if outcome.resealed:
            async with database.write() as session:
                audit(session, None, actor(), "vault.rotated", f"{outcome.resealed} secrets, key {outcome.newest}")
        return outcome

    outcome = administer(work)
    _erase_progress()
    if shape == "json":
        unreadable = [{"secret": secret, "reason": reason} for secret, reason in outcome.unreadable]
        row = {"newest": outcome.newest, "resealed": outcome.resealed, "unreadable": unreadable}
        show(shape, {**row, "unused_keys": list(outcome.unused)})
    else:
        click.echo(f"{outcome.resealed} secrets were sealed anew, with key {outcome.newest}.")
        if outcome.unused:
            click.echo(f"No longer in use, so they can be removed from the key ring: {', '.join(outcome.unused)}.")
    for secret, reason in outcome.unreadable:
        click.echo(f"agnox: {secret}: {reason}", err=True)
    if outcome.unreadable:
        sys.exit(1)


def _progress(seen: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{seen} of {total} secrets", nl=False, err=True)


def _erase_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
