"""What somebody asks of us in a comment is done once, if they may ask for it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands.admit import why_not
from bot.commands.definition import Outcome, Request
from bot.commands.registry import KNOWN, unknown
from bot.domain.commands import Command, read_commands
from bot.domain.masking import mask
from bot.domain.policy import Policy
from bot.store.hosting import audit, find_pull_request
from bot.store.models import CommentCommand, PullRequest, Repository
from bot.usecases.connect import Unconnected, connect
from bot.usecases.errors import Refused
from bot.usecases.hear_comment import enqueue_for
from bot.usecases.known_rights import right_of
from bot.usecases.organization_policy import organization_policy
from bot.usecases.publishing import request_report
from bot.usecases.read_policy import Reading, read_policy
from bot.usecases.services import Services
from bot.usecases.track_pull_request import remember
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import NotFound, ProviderError, RateLimited, Unavailable
from providers.interface import CiProvider
from providers.values import Account, CommentKind, CommentRef, Permission, Reaction

logger = logging.getLogger(__name__)

LONGEST = 4_000
"""Characters of an answer that are kept."""
LONGEST_COMMAND = 200
"""Characters of a command that its answer repeats."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why nothing that a comment asks is done; without a reaction nobody is told."""

    words: str
    reaction: Reaction | None = Reaction.CONFUSED
    told: bool = True
    """Whether the report says so too."""


@dataclass(frozen=True, slots=True)
class _Order:
    """Commands of somebody who may give them, and their pull request as it is now."""

    commands: Sequence[Command]
    account: Account
    right: Permission
    pull: values.PullRequest
    reading: Reading
    written_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Settled:
    """What came of a comment; without a pull request the report says nothing of it."""

    words: str
    reaction: Reaction | None
    pull: PullRequest | None
    answers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A comment that asks something, and the way to its host."""

    row: CommentCommand
    repository: Repository
    provider: CiProvider | Unconnected
    organization: Policy = field(default_factory=Policy)

    @property
    def comment(self) -> CommentRef:
        where = values.Repository(id=self.repository.external_id, path=self.repository.path)
        return CommentRef(where, self.row.number, self.row.comment_id, CommentKind(self.row.comment_kind))


async def obey_comment(services: Services, command_id: str, said: Sequence[str]) -> None:
    """Does what a comment asks, as it reads now; `said` is what it asked when it was written.

    What was done and that it was done are one transaction. RateLimited and Unavailable are raised before it.
    """
    asked = await _open(services, command_id)
    if asked is None or asked.row.outcome:
        return
    order = await _listen(services, asked, said)
    async with services.database.write() as session:
        row = await session.get_one(CommentCommand, command_id, with_for_update=True)
        if row.outcome:
            return
        if isinstance(order, _Order):
            settled = await _obey(session, services, asked, order)
        else:
            settled = await _refuse(session, row, order, said)
        if settled.pull is not None:
            row.head_sha, row.answers = settled.pull.head_sha, settled.answers
            await request_report(session, services, row.organization_id, settled.pull.id)
        row.outcome = mask(settled.words)
        subject = f"{asked.repository.path}#{row.number} {row.comment_id}: {row.outcome}"
        audit(session, row.organization_id, f"{asked.repository.provider}:{row.account}", "comment.answered", subject)
        if settled.reaction is not None:
            await enqueue_for(session, services, "answer_comment", row, reaction=settled.reaction)


async def answer_comment(services: Services, command_id: str, reaction: str) -> None:
    """Shows on the host how a comment was answered."""
    asked = await _open(services, command_id)
    if asked is not None and not isinstance(asked.provider, Unconnected):
        await _react(asked.provider, asked.comment, Reaction(reaction))


async def _open(services: Services, command_id: str) -> _Asked | None:
    async with services.database.read() as session:
        row = await session.get(CommentCommand, command_id)
        if row is None:
            return None
        repository = await session.get_one(Repository, row.repository_id)
        if repository.organization_id != row.organization_id:
            return _Asked(row, repository, Unconnected("its repository was given to another organization"))
        provider = await connect(services, session, row.organization_id, repository.provider, repository)
        organization = await organization_policy(session, row.organization_id)
    return _Asked(row, repository, provider, organization)


async def _listen(services: Services, asked: _Asked, said: Sequence[str]) -> _Order | _Refusal:
    """Finds out from the host whether a comment is to be obeyed; whatever is not certain is no."""
    if isinstance(asked.provider, Unconnected):
        return _Refusal(asked.provider.reason, None, told=False)
    try:
        return await _ask(services, asked, asked.provider, said)
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        return _Refusal(f"{asked.provider.name} refuses us: {refusal}")


async def _ask(services: Services, asked: _Asked, provider: CiProvider, said: Sequence[str]) -> _Order | _Refusal:
    repository, ref = asked.repository, asked.comment
    try:
        comment = await provider.get_comment(ref)
    except NotFound:
        return _Refusal("deleted", None, told=False)
    if comment.own or comment.author.bot:
        return _Refusal("ignored: a bot wrote it", None, told=False)
    commands = await to_thread.run_sync(read_commands, comment.body)
    # Asked of the text itself: hosts call a comment edited too often and too seldom, and not only authors edit.
    if [str(command) for command in commands] != list(said):
        reaction = Reaction.CONFUSED if commands else None
        return _Refusal("edited since: write a new comment", reaction, told=bool(commands))
    await _react(provider, ref, Reaction.SEEN)
    right = await right_of(services.rights, provider, repository, comment.author)
    pull = await provider.get_pull_request(ref.repository, ref.number)
    if not pull.open:
        return _Refusal("the pull request is closed", told=False)
    reading = await read_policy(services.policies, provider, repository, pull.base_ref)
    if refusal := why_not(reading, asked.organization, comment.author, right, ref.repository.path):
        return _Refusal(refusal)
    return _Order(commands, comment.author, right, pull, reading, comment.created_at)


async def _react(provider: CiProvider, comment: CommentRef, reaction: Reaction) -> None:
    """Acknowledges a comment; that the host will not have it keeps us from nothing."""
    try:
        await provider.react(comment, reaction)
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        logger.warning("a comment on %s could not be acknowledged: %s", comment.repository.path, words_of(refusal))


async def _refuse(session: AsyncSession, row: CommentCommand, refusal: _Refusal, said: Sequence[str]) -> _Settled:
    pull = await find_pull_request(session, row.repository_id, number=row.number) if refusal.told else None
    answer = _answer(said[0], Outcome(refusal.words)) | {"refused": True}
    return _Settled(refusal.words, refusal.reaction, pull if pull is not None and pull.open else None, [answer])


async def _obey(session: AsyncSession, services: Services, asked: _Asked, order: _Order) -> _Settled:
    """Does one command after another; only if all are done it says done."""
    pull = await remember(session, asked.repository, order.pull, services.clock())
    said: list[str] = []
    answers: list[dict[str, Any]] = []
    done = True
    for command in order.commands:
        outcome = await _do(
            Request(
                session=session,
                services=services,
                repository=asked.repository,
                pull=pull,
                account=order.account,
                right=order.right,
                reading=order.reading,
                organization=asked.organization,
                seen_sha=asked.row.head_sha,
                written_at=order.written_at,
                known=KNOWN,
                command=command,
            )
        )
        said.append(f"{command}: {outcome.words}")
        answers.append(_answer(str(command), outcome))
        done = done and outcome.done
    return _Settled("; ".join(said), Reaction.DONE if done else Reaction.CONFUSED, pull, answers)


async def _do(request: Request) -> Outcome:
    definition = KNOWN.get(request.command.name)
    if definition is None:
        return Outcome(unknown(request.command.name), done=False)
    if request.right < definition.least:
        return Outcome(f"it takes {definition.least.name.lower()} access to {request.repository.path}", done=False)
    try:
        return await definition.do(request)
    except Refused as refusal:
        return Outcome(str(refusal), done=False)


def _answer(command: str, outcome: Outcome) -> dict[str, Any]:
    said, words = _cut(mask(command), LONGEST_COMMAND), _cut(mask(outcome.words), LONGEST)
    return {"command": said, "outcome": words, "findings": list(outcome.findings)}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
