"""What somebody asks of us in a comment is done once, if they may ask for it."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.commands import Command, read_commands
from bot.domain.masking import mask
from bot.store.commands import add_command
from bot.store.hosting import audit, find_installation, save_repository
from bot.store.jobs import enqueue
from bot.store.models import CommentCommand, Repository
from bot.usecases.admit import why_not
from bot.usecases.connect import Unconnected, connect
from bot.usecases.read_policy import read_policy
from bot.usecases.rerun import rerun_head
from bot.usecases.router import Router
from bot.usecases.services import Services
from bot.usecases.words_of import words_of
from providers import values
from providers.errors import NotFound, ProviderError, RateLimited, Unavailable
from providers.events import CommentAdded
from providers.interface import CiProvider
from providers.values import Account, CommentKind, CommentRef, Reaction

logger = logging.getLogger(__name__)
router = Router()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a comment; without a reaction nothing is shown on the host."""

    outcome: str
    reaction: Reaction | None = Reaction.CONFUSED


@dataclass(frozen=True, slots=True)
class _Order:
    """Commands of somebody who may give them, and the head that their pull request has now."""

    commands: Sequence[Command]
    account: Account
    head_sha: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A comment that asks something, and the way to its host."""

    row: CommentCommand
    repository: Repository
    provider: CiProvider | Unconnected

    @property
    def comment(self) -> CommentRef:
        where = values.Repository(id=self.repository.external_id, path=self.repository.path)
        return CommentRef(where, self.row.number, self.row.comment_id, CommentKind(self.row.comment_kind))


@router.on(CommentAdded)
async def hear_comment(services: Services, provider: str, event: CommentAdded) -> str:
    """Notes the first delivery of a comment that asks something; whether it may is found out by the job."""
    comment = event.comment
    where = f"the comment on {comment.repository.path}#{comment.number}"
    if event.author.bot:
        return f"{where} is a bot's"
    commands = await to_thread.run_sync(read_commands, event.body)
    if not commands:
        return f"{where} asks nothing of us"
    if not event.open:
        return f"{where} came after it was closed"
    async with services.database.write() as session:
        installation = await find_installation(session, provider, event.installation)
        if installation is None or not installation.active:
            return f"{where} comes from no active installation"
        repository = await save_repository(
            session,
            installation.organization_id,
            provider,
            external_id=comment.repository.id,
            path=comment.repository.path,
            installation_id=installation.id,
        )
        row = await add_command(
            session,
            repository,
            number=comment.number,
            comment_id=comment.id,
            comment_kind=comment.kind,
            account=event.author.login,
        )
        if row is None:
            return f"{where} was heard before"
        said = [str(command) for command in commands]
        await _enqueue(session, services, "obey_comment", row, said=said)
    return f"{where} asks for {', '.join(said)}"


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
        answer = order
        if isinstance(answer, _Order):
            answer = await _obey(session, services, asked, answer)
        row.outcome = mask(answer.outcome)
        subject = f"{asked.repository.path}#{row.number} {row.comment_id}: {row.outcome}"
        audit(session, row.organization_id, f"{asked.repository.provider}:{row.account}", "comment.answered", subject)
        if answer.reaction is not None:
            await _enqueue(session, services, "answer_comment", row, reaction=answer.reaction)


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
    return _Asked(row, repository, provider)


async def _listen(services: Services, asked: _Asked, said: Sequence[str]) -> _Order | _Answer:
    """Finds out from the host whether a comment is to be obeyed; whatever is not certain is no."""
    if isinstance(asked.provider, Unconnected):
        return _Answer(asked.provider.reason, None)
    try:
        return await _ask(services, asked.repository, asked.provider, asked.comment, said)
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        return _Answer(f"{asked.provider.name} refuses us: {refusal}")


async def _ask(
    services: Services, repository: Repository, provider: CiProvider, ref: CommentRef, said: Sequence[str]
) -> _Order | _Answer:
    try:
        comment = await provider.get_comment(ref)
    except NotFound:
        return _Answer("deleted", None)
    if comment.own or comment.author.bot:
        return _Answer("ignored: a bot wrote it", None)
    commands = await to_thread.run_sync(read_commands, comment.body)
    # Asked of the text itself: hosts call a comment edited too often and too seldom, and not only authors edit.
    if [str(command) for command in commands] != list(said):
        return _Answer("edited since: write a new comment", Reaction.CONFUSED if commands else None)
    await _react(provider, ref, Reaction.SEEN)
    right = await provider.permission(ref.repository, comment.author)
    pull = await provider.get_pull_request(ref.repository, ref.number)
    if not pull.open:
        return _Answer("the pull request is closed")
    reading = await read_policy(services.policies, provider, repository, pull.base_ref)
    if refusal := why_not(reading, comment.author, right, ref.repository.path):
        return _Answer(refusal)
    return _Order(commands, comment.author, pull.head_sha)


async def _react(provider: CiProvider, comment: CommentRef, reaction: Reaction) -> None:
    """Acknowledges a comment; that the host will not have it keeps us from nothing."""
    try:
        await provider.react(comment, reaction)
    except (RateLimited, Unavailable):
        raise
    except ProviderError as refusal:
        logger.warning("a comment on %s could not be acknowledged: %s", comment.repository.path, words_of(refusal))


async def _obey(session: AsyncSession, services: Services, asked: _Asked, order: _Order) -> _Answer:
    """Does one command after another; only if all are done it says done."""
    answers = []
    for command in order.commands:
        do = _COMMANDS.get(command.name, _unknown)
        answers.append(await do(session, services, asked, order, command))
    done = all(answer.reaction is Reaction.DONE for answer in answers)
    return _Answer("; ".join(answer.outcome for answer in answers), Reaction.DONE if done else Reaction.CONFUSED)


async def _rerun(session: AsyncSession, services: Services, asked: _Asked, order: _Order, command: Command) -> _Answer:
    if command.arguments:
        return _Answer(f"{command}: nothing can stand after `rerun` ({_usage()})")
    actor = f"{asked.repository.provider}:{order.account.login}"
    rerun = await rerun_head(session, services, asked.repository, asked.row.number, order.head_sha, actor)
    told = [f"{suite}: runs again" for suite in rerun.started] + list(rerun.refused)
    outcome = ", ".join(told) or f"there are no tests of {order.head_sha[:7]} yet"
    return _Answer(f"{command}: {outcome}", Reaction.DONE if rerun.started else Reaction.CONFUSED)


async def _unknown(
    session: AsyncSession, services: Services, asked: _Asked, order: _Order, command: Command
) -> _Answer:
    near = get_close_matches(command.name, _COMMANDS, n=1)
    hint = f", did you mean `{near[0]}`?" if near else ""
    return _Answer(f"{command}: there is no such command{hint} ({_usage()})")


def _usage() -> str:
    return "usage: " + ", ".join(f"`/agnox {name}`" for name in _COMMANDS)


_Do = Callable[[AsyncSession, Services, _Asked, _Order, Command], Awaitable[_Answer]]
_COMMANDS: Mapping[str, _Do] = MappingProxyType({"rerun": _rerun})


async def _enqueue(
    session: AsyncSession, services: Services, function: str, row: CommentCommand, **arguments: object
) -> None:
    await enqueue(
        session,
        function,
        {"command_id": row.id, **arguments},
        organization_id=row.organization_id,
        dedupe_key=f"{function}:{row.id}",
        exclusive_key=f"{function}:{row.id}",
        now=services.clock(),
    )
