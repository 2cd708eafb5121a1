"""What the git host knows of a change: which files it touches, and who owns what fails.

It is asked when a report is published: then it is known where the run belongs, the connection is open, and what can't
be had now only leaves the report a little poorer. What it says is kept with the analysis, so that a report stays as it
is.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from anyio import to_thread

from bot.analysis.changes import is_same, pointed_to, suspects_first
from bot.domain.codeowners import FLAVOURS, CodeOwners
from bot.store.models import Execution, PullRequest, Repository
from bot.store.publications import Told
from bot.usecases.services import Services
from providers import values
from providers.errors import Forbidden, NotFound, ProviderError, Rejected, Suspended
from providers.interface import CiProvider

logger = logging.getLogger(__name__)

CHANGED_FILES = 3_000
"""Files of a change that are looked at; no host tells more of one."""
OWNED_FINDINGS = 50
"""Findings whose owners are looked up, in the order of the analysis; no report shows more."""
KEPT_PATHS = 100
"""Changed files that are kept by name with an analysis; of a change of more, none."""


async def consult_change(
    services: Services,
    provider: CiProvider,
    repository: Repository,
    pull: PullRequest | None,
    head_sha: str,
    told: Sequence[Told],
) -> None:
    """Completes the findings on a head in place, and where they are kept; asks only for what nobody asked before.

    Never raises a ProviderError: the report goes out without, and the next one asks again.
    """
    open_ones = [one.execution for one in told if one.cycle.head_sha == head_sha and _is_open(one.execution)]
    if not open_ones:
        return
    change = _Change(services, provider, repository, pull, head_sha)
    try:
        changed, owners = await change.paths(), await change.owners()
    except ProviderError as error:
        logger.info("%s does not tell what %s changes: %s", provider.name, head_sha[:7], error)
        return
    for execution in open_ones:
        facts = await to_thread.run_sync(facts_of, execution.analysis or {}, changed, owners)
        async with services.database.write() as session:
            # Under lock: somebody may have looked into its history meanwhile.
            row = await session.get_one(Execution, execution.id, with_for_update=True)
            row.analysis = execution.analysis = _with(row.analysis or {}, facts, changed)


def facts_of(analysis: dict[str, Any], changed: Sequence[str], owners: CodeOwners) -> list[dict[str, Any]]:
    """Gives what is to be added to each of the first findings: the changed files that it points to, and the owners."""
    return [_facts(found, changed, owners) for found in analysis["findings"][:OWNED_FINDINGS]]


def _with(analysis: dict[str, Any], facts: Sequence[dict[str, Any]], changed: Sequence[str]) -> dict[str, Any]:
    nothing: dict[str, Any] = {}
    pairs = zip_longest(analysis["findings"], facts, fillvalue=nothing)
    change = {"files": len(changed), "paths": list(changed) if len(changed) <= KEPT_PATHS else []}
    return analysis | {"findings": [found | more for found, more in pairs], "change": change}


def _facts(found: dict[str, Any], changed: Sequence[str], owners: CodeOwners) -> dict[str, Any]:
    location = found.get("location") or {}
    places = [path for path in (location.get("path"), *found["suspects"]) if path]
    text = "\n".join((found["title"], *(line["text"] for line in found["evidence"])))
    pointed = pointed_to(changed, places, text)
    facts: dict[str, Any] = {"suspects": suspects_first(pointed, found["suspects"])}
    if pointed:
        facts["changed"] = pointed[: len(facts["suspects"])]
    if location and (path := next((path for path in pointed if is_same(location["path"], path)), None)):
        # Frames tell less or more of a path than the repository does, and remarks on lines want its own.
        facts["location"] = location | {"path": path}
    named = (owners.of(path) for path in dict.fromkeys((*pointed, *places)) if _is_inside(path))
    if mine := next(filter(None, named), None):
        facts["owners"] = list(mine)
    return facts


def _is_open(execution: Execution) -> bool:
    analysis = execution.analysis or {}
    return bool(analysis.get("findings")) and "change" not in analysis


def _is_inside(path: str) -> bool:
    return not path.startswith(("/", "~", "<")) and ".." not in path and ":" not in path and "\\" not in path


@dataclass(frozen=True, slots=True)
class _Change:
    """One head, asked about on its host."""

    services: Services
    provider: CiProvider
    repository: Repository
    pull: PullRequest | None
    head_sha: str

    async def paths(self) -> tuple[str, ...]:
        """Raises ProviderError."""
        if self.pull is None:
            return ()
        cache, key = self.services.changes.paths, (self.repository.id, self.pull.number, self.head_sha)
        if (known := cache.get(key)) is not None:
            return known
        files = await self.provider.changed_files(self._where, self.pull.number)
        paths = tuple(file.path for file in files[:CHANGED_FILES])
        cache[key] = paths
        return paths

    async def owners(self) -> CodeOwners:
        """Reads the rules of the base branch, which the change itself can't touch. Raises ProviderError."""
        flavour = FLAVOURS.get(self.provider.name)
        ref = self.pull.base_ref if self.pull is not None else self.head_sha
        if flavour is None or not ref:
            return CodeOwners(())
        cache, key = self.services.changes.owners, (self.repository.id, ref)
        if (known := cache.get(key)) is not None:
            return known
        owners = CodeOwners(())
        try:
            for place in flavour.places:
                content = await self.provider.get_file(self._where, place, ref)
                if content is not None:
                    owners = await to_thread.run_sync(flavour.parse, content.decode("utf-8", "replace"))
                    break
        except Suspended:
            raise
        except (Forbidden, NotFound, Rejected) as refusal:
            logger.info("%s shows no owners of %s: %s", self.provider.name, self.repository.path, refusal)
        cache[key] = owners
        return owners

    @property
    def _where(self) -> values.Repository:
        return values.Repository(id=self.repository.external_id, path=self.repository.path)
