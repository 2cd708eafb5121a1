"""Artifacts that hold test reports (Azure DevOps REST, Build: Artifacts; Pipelines: Artifacts).

Build artifacts lie on the host itself. Pipeline artifacts lie elsewhere: of those the host signs an address, which
works without our token.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from providers.azure.client import Client
from providers.errors import Forbidden, NotFound, TooLarge, Unauthenticated
from providers.fetching.basket import Basket
from providers.payloads import Json, child, items, number, word
from providers.values import Repository

SECONDS = 600.0
"""For one archive."""
_MOST = 60
"""Archives of one build that are looked into."""
_UNNAMED = 10_000_000
"""Bytes of an archive that is looked into though its name does not speak of tests."""

_TESTS = re.compile(
    r"(?i)test|report|junit|result|spec|surefire|failsafe|xunit|nunit|pytest|jest|mocha|cypress|playwright|e2e|trx|ctrf"
)
_OTHERS = re.compile(r"(?i)coverage|lcov|codecov|codeanalysis|sarif|sbom|lint|docs?\b|binar|wheel|image|bundle|dist\b")
_HERE, _ELSEWHERE = "container", "pipelineartifact"


async def fetch_artifacts(client: Client, where: Repository, build: Json, basket: Basket) -> None:
    """Downloads and unpacks those that may hold reports, those named after tests first."""
    project, number_ = where.id.partition("/")[0], number(build, "id")
    found: list[Json] = []
    async with basket.noting("list of artifacts"):
        found = items(await client(lambda sdk: sdk.build.get_artifacts(project, number_)))
    for item in _chosen(found):
        await _add(client, project, build, item, basket)


async def _add(client: Client, project: str, build: Json, item: Json, basket: Basket) -> None:
    name, size = word(item, "name"), _size(item)
    if _kind(item) not in (_HERE, _ELSEWHERE):
        basket.note(f"The artifact {name} is left out: it is not kept by Azure DevOps")
        return
    limit = basket.room.total if _TESTS.search(name) else min(basket.room.total, _UNNAMED)
    if basket.full or size > limit:
        basket.note(f"The artifact {name} is left out: its {size:,} bytes are over the limit")
        return
    archive = basket.place(".zip")
    try:
        async with basket.noting(f"artifact {name}"):
            await _download(client, project, build, item, archive, limit)
            await basket.unpack(archive, f"artifact {name}", within=name)
    finally:
        archive.unlink(missing_ok=True)


async def _download(client: Client, project: str, build: Json, item: Json, path: Path, limit: int) -> None:
    name, number_ = word(item, "name"), number(build, "id")
    try:
        if _kind(item) == _HERE:
            await _pour(client, project, number_, name, path, limit)
            return
        pipeline = number(child(build, "definition"), "id")
        told = await client(
            lambda sdk: sdk.pipelines.get_artifact(project, pipeline, number_, name, expand="signedContent")
        )
    except Unauthenticated as error:
        # The build was read with this token: it is another right that lacks.
        raise Forbidden(str(error)) from error
    address = word(child(told, "signedContent"), "url")
    if not address:
        raise NotFound("Azure DevOps signs no address of it")
    await client.storage.whole(address, path, limit)


async def _pour(client: Client, project: str, build: int, name: str, path: Path, limit: int) -> None:
    left = limit
    with path.open("wb") as file:

        def write(data: bytes) -> None:
            nonlocal left
            left -= len(data)
            if left < 0:
                raise TooLarge(f"more than {limit:,} bytes")
            file.write(data)

        await client(lambda sdk: sdk.pour_artifact(project, build, name, write), seconds=SECONDS)


def _chosen(found: Iterable[Json]) -> list[Json]:
    """Of other names only small ones are looked into."""
    named = [item for item in found if word(item, "name")]
    tests = [item for item in named if _TESTS.search(word(item, "name"))]
    others = [item for item in named if item not in tests and not _OTHERS.search(word(item, "name"))]
    small = [item for item in others if _size(item) <= _UNNAMED and _kind(item) in (_HERE, _ELSEWHERE)]
    return [*tests, *small][:_MOST]


def _kind(item: Json) -> str:
    return word(child(item, "resource"), "type").lower()


def _size(item: Json) -> int:
    """Gives the bytes as the agent counted them, unpacked; 0 where it did not tell."""
    told = word(child(item, "resource", "properties"), "artifactsize")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0
