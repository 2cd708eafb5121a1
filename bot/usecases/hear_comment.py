"""A comment that asks something of us is noted, once."""

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.commands import read_commands
from bot.store.commands import add_command
from bot.store.hosting import find_installation, find_pull_request, save_repository
from bot.store.jobs import enqueue
from bot.store.models import CommentCommand
from bot.usecases.router import Router
from bot.usecases.services import Services
from providers.events import CommentAdded

router = Router()


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
        pull = await find_pull_request(session, repository.id, number=comment.number)
        row = await add_command(
            session,
            repository,
            number=comment.number,
            comment_id=comment.id,
            comment_kind=comment.kind,
            account=event.author.login,
            head_sha=pull.head_sha if pull is not None else "",
        )
        if row is None:
            return f"{where} was heard before"
        said = [str(command) for command in commands]
        await enqueue_for(session, services, "obey_comment", row, said=said)
    return f"{where} asks for {', '.join(said)}"


async def enqueue_for(
    session: AsyncSession, services: Services, function: str, row: CommentCommand, **arguments: object
) -> None:
    """Adds a job that is about a comment; only one of a kind is queued or runs at a time."""
    await enqueue(
        session,
        function,
        {"command_id": row.id, **arguments},
        organization_id=row.organization_id,
        dedupe_key=f"{function}:{row.id}",
        exclusive_key=f"{function}:{row.id}",
        now=services.clock(),
    )
