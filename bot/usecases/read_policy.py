"""The policy of a repository, as its file stands on a branch now."""

import hashlib
from dataclasses import dataclass, field

from anyio import to_thread
from cachetools import LRUCache, TTLCache

from bot.domain.policy import FILE, LARGEST, Mistake, Policy, PolicyErrors, parse, too_large
from bot.store.models import PullRequest, Repository
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import Forbidden, NotFound, Rejected, Suspended, TooLarge
from providers.interface import CiProvider

SECONDS = 60
"""How long a file is not asked for again."""
HEAD_SECONDS = 600
"""How long a head that has a report keeps the policy that this was written by."""
_TOLD = 3
"""Mistakes that are told in a report; `agnox policy check` tells all."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a repository asks for; while there are mistakes, or a refusal, that is nothing: the defaults.

    `refusal` says why the file could not be seen. Whoever obeys nobody by mistake takes it for a no.
    """

    policy: Policy = field(default_factory=Policy)
    mistakes: tuple[Mistake, ...] = ()
    refusal: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says of it; the words of the file in there are not escaped."""
        if self.refusal:
            return (f"{FILE} can't be read, so the defaults hold: {self.refusal}",)
        if not self.mistakes:
            return ()
        told = [f"line {one.line}, column {one.column}: {one.text}" for one in self.mistakes[:_TOLD]]
        rest = len(self.mistakes) - len(told)
        also = f", and {rest} more" if rest else ""
        return (f"{FILE} can't be followed, so the defaults hold{also}:", *told)


def _readings() -> TTLCache[tuple[str, str], Reading]:
    return TTLCache(10_000, SECONDS)


def _heads() -> TTLCache[tuple[str, str, str], Reading]:
    return TTLCache(10_000, HEAD_SECONDS)


def _last() -> LRUCache[tuple[str, str], Reading]:
    return LRUCache(10_000)


def _contents() -> LRUCache[str, Reading]:
    return LRUCache(1_000)


@dataclass(frozen=True)
class KnownPolicies:
    """Readings by our id of the repository, which belongs to one organization, and the ref; and by a file's blob id.

    `heads` has those that reports were written by, by the head besides; `last` the newest, however old.
    """

    readings: TTLCache[tuple[str, str], Reading] = field(default_factory=_readings)
    heads: TTLCache[tuple[str, str, str], Reading] = field(default_factory=_heads)
    last: LRUCache[tuple[str, str], Reading] = field(default_factory=_last)
    contents: LRUCache[str, Reading] = field(default_factory=_contents)

    def forget(self, repository: Repository, ref: str) -> None:
        """Has the file on a branch read again."""
        self.readings.pop((repository.id, ref), None)
        for key in [key for key in self.heads if key[:2] == (repository.id, ref)]:
            self.heads.pop(key, None)


async def read_policy(known: KnownPolicies, provider: CiProvider, repository: Repository, ref: str) -> Reading:
    """Reads `.agnox.yml` at `ref`, the branch that a pull request goes into, or gives what was read a minute ago.

    Raises Unauthenticated, Suspended, Unavailable and RateLimited, as any call to a host.
    """
    key = (repository.id, ref)
    if (before := known.readings.get(key)) is not None:
        return before
    where = values.Repository(id=repository.external_id, path=repository.path)
    try:
        content = await provider.get_file(where, FILE, ref, limit=LARGEST)
        reading = await _read(known, content) if content is not None else Reading()
    except Suspended:
        raise
    except TooLarge:
        reading = Reading(mistakes=(too_large(),))
    except (Forbidden, NotFound, Rejected) as error:
        reading = Reading(refusal=words_of(error))
    known.readings[key] = known.last[key] = reading
    return reading


async def read_head_policy(
    known: KnownPolicies, provider: CiProvider, repository: Repository, pull: PullRequest | None, head_sha: str
) -> Reading:
    """Reads the policy that the report on a head is written by, so that a changed report asks for no file.

    Without a pull request there is no branch whose word counts more than the commit's own: the defaults hold. Raises
    what `read_policy` raises.
    """
    if pull is None or not pull.base_ref:
        return Reading()
    key = (repository.id, pull.base_ref, head_sha)
    if (before := known.heads.get(key)) is not None:
        return before
    known.heads[key] = reading = await read_policy(known, provider, repository, pull.base_ref)
    return reading


def last_head_policy(known: KnownPolicies, repository: Repository, pull: PullRequest | None, head_sha: str) -> Reading:
    """Gives what the report on a head was most likely written by, without a call."""
    if pull is None or not pull.base_ref:
        return Reading()
    by_head = known.heads.get((repository.id, pull.base_ref, head_sha))
    return by_head or known.last.get((repository.id, pull.base_ref)) or Reading()


def last_branch_policy(known: KnownPolicies, repository: Repository, branch: str) -> Policy:
    """Gives what was read on a branch last, without a call."""
    return (known.last.get((repository.id, branch)) or Reading()).policy


async def _read(known: KnownPolicies, content: bytes) -> Reading:
    blob = hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()
    if (before := known.contents.get(blob)) is not None:
        return before
    try:
        reading = Reading(await to_thread.run_sync(parse, content))
    except PolicyErrors as error:
        reading = Reading(mistakes=error.mistakes)
    known.contents[blob] = reading
    return reading
