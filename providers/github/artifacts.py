"""Artifacts that hold test reports (GitHub REST, Artifacts)."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from providers.fetching.archives import unpack
from providers.fetching.basket import Basket
from providers.github.client import Client, names
from providers.github.runs import moment
from providers.payloads import Json, child, number, word
from providers.runs import CiRun, FileKind
from providers.values import Repository

_LIST = "/repos/{owner}/{repo}/actions/runs/{id}/artifacts{?per_page}"
_ZIP = "/repos/{owner}/{repo}/actions/artifacts/{id}/{format}"
_PAGES = 5
_MOST = 60
"""Archives of one run that are looked into."""
_UNNAMED = 10_000_000
"""Bytes of an archive that is looked into though its name does not speak of tests."""

_TESTS = re.compile(
    r"(?i)test|report|junit|result|spec|surefire|failsafe|xunit|nunit|pytest|jest|mocha|cypress|playwright|e2e|trx|ctrf"
)
_OTHERS = re.compile(r"(?i)coverage|lcov|codecov|sarif|sbom|lint|docs?\b|binar|wheel|image|bundle|dist\b|pages")
_LOGS = frozenset({".log", ".txt"})


async def fetch_artifacts(
    client: Client, repository: Repository, run: CiRun, basket: Basket, *, went_on: bool = False
) -> None:
    """Downloads and unpacks those that may hold reports; only the newest of a name, and none of earlier attempts.

    Where the run `went_on` after this attempt, those of later ones are left out, too.
    """
    where = names(repository)
    found: list[Json] = []
    async with basket.noting("list of artifacts"):
        query = where | {"id": run.id, "per_page": "100"}
        found = [child(item) async for item in client.pages(_LIST, query, "artifacts", _PAGES)]
    if went_on and run.updated_at is not None:
        found = [item for item in found if not ((made := moment(item, "created_at")) and made > run.updated_at)]
    for item in _chosen(found, run):
        await _fetch(client, where | {"id": word(item, "id"), "format": "zip"}, item, basket)


async def _fetch(client: Client, where: dict[str, str], item: Json, basket: Basket) -> None:
    name, size, room = word(item, "name"), number(item, "size_in_bytes"), basket.room
    if item.get("expired") is True:
        basket.note(f"The artifact {name} has expired")
        return
    if basket.full or size > room.total:
        basket.note(f"The artifact {name} is left out: its {size:,} bytes are over the limit")
        return
    archive = basket.place(".zip")
    try:
        async with basket.noting(f"artifact {name}"):
            address = await client.location(_ZIP, where)
            await client.downloads.whole(address, archive, room.total)
            unpacked, problems = await asyncio.to_thread(unpack, archive, basket.place, room)
            for each in unpacked:
                kind = FileKind.LOG if PurePosixPath(each.name).suffix.lower() in _LOGS else FileKind.REPORT
                basket.add(kind, f"{name}/{each.name}", each.path, each.size)
            for problem in problems:
                basket.note(f"In the artifact {name}: {problem}")
    finally:
        archive.unlink(missing_ok=True)


def _chosen(found: Iterable[Json], run: CiRun) -> list[Json]:
    """Puts those named after tests first, then small ones of other names."""
    newest: dict[str, Json] = {}
    for item in sorted(found, key=lambda item: number(item, "id")):
        made = moment(item, "created_at")
        if word(item, "id") and not (made and run.started_at and run.attempt > 1 and made < run.started_at):
            newest[word(item, "name")] = item
    tests = [item for name, item in newest.items() if _TESTS.search(name)]
    others = [
        item
        for name, item in newest.items()
        if not _TESTS.search(name)
        and not _OTHERS.search(name)
        and number(item, "size_in_bytes") <= _UNNAMED
        and item.get("expired") is not True
    ]
    return [*tests, *others][:_MOST]
