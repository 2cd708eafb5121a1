"""A runner that ran the tests itself sends its logs and reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.domain.known_secrets import KnownSecrets
from bot.domain.masking import mask
from bot.store.cycles import add_cycle, add_execution
from bot.store.jobs import enqueue
from bot.store.models import Artifact, Execution
from bot.usecases.artifacts import TooLarge, Unstorable, pack
from bot.usecases.caller import Caller
from bot.usecases.errors import Invalid
from bot.usecases.organization_secrets import organization_secrets
from bot.usecases.publishing import enqueue_locate
from bot.usecases.resolve_context import resolve_context
from bot.usecases.services import Services
from bot.usecases.start_cycle import StartedCycle, choose_project, dump_context

_FILES = 4
"""So many files of the largest size are taken together, counted when they are unpacked."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a client sent; `kind` is `report` or `log`, `path` holds it until the call returns."""

    kind: str
    name: str
    path: Path


async def receive_results(
    services: Services,
    caller: Caller,
    context: CiContext | None,
    uploads: Sequence[Upload],
    *,
    project_id: str | None = None,
    suite: str = "",
) -> StartedCycle:
    """Persists the files and a cycle to be analysed in one transaction. Raises Missing and Invalid."""
    resolved = await resolve_context(services, caller.organization_id, context, "context")
    async with services.database.read() as session:
        secrets = await organization_secrets(session, services.vault, caller.organization_id)
    files = await to_thread.run_sync(pack_all, uploads, secrets, services.upload_limit, limiter=services.packing)
    async with services.database.write() as session:
        project = await choose_project(session, caller, project_id)
        cycle = add_cycle(
            session,
            project,
            suite=f"{project.name} / {suite}" if suite else project.name,
            state=CycleState.ANALYZING,
            ci_context=dump_context(resolved.context),
            request={},
        )
        await session.flush()
        execution = add_execution(session, cycle, 1, CycleState.ANALYZING, f"apikey:{caller.key_name}")
        execution.started_at = services.clock()
        await session.flush()
        store_files(session, execution, files)
        await enqueue_analysis(session, services, execution)
        await enqueue_locate(session, services, cycle)
    return StartedCycle.of(services, cycle, execution.id, resolved.warnings)


def pack_all(
    uploads: Sequence[Upload],
    secrets: Iterable[str] | KnownSecrets,
    limit: int,
    packed: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Masks files and their names, and compresses them; two of one kind and name get a number.

    `limit` is for the plain bytes of one file, four times as many are allowed for all, those `packed` before counted
    in. Raises Invalid that names the file.
    """
    known = secrets if isinstance(secrets, KnownSecrets) else KnownSecrets(secrets)
    files: dict[tuple[str, str], dict[str, Any]] = {}
    left = _FILES * limit - sum(file["size"] for file in packed)
    for upload in uploads:
        named = mask(upload.name, known)
        try:
            content, size = pack(upload.path, known, min(limit, left))
        except Unstorable as error:
            reason = str(error)
            if left < limit and isinstance(error, TooLarge):
                reason = f"with it all files together are over the limit of {_FILES * limit} bytes"
            raise Invalid(f"{upload.kind} {named!r} can't be taken: {reason}") from error
        left -= size
        name, number = named[:500], 1
        while (upload.kind, name) in files:
            number += 1
            name = f"{named[:490]} ({number})"
        files[upload.kind, name] = {"kind": upload.kind, "name": name, "size": size, "content": content}
    return list(files.values())


def store_files(session: AsyncSession, execution: Execution, files: Sequence[dict[str, Any]]) -> None:
    """Adds packed files to an execution."""
    session.add_all(
        Artifact(organization_id=execution.organization_id, execution_id=execution.id, **file) for file in files
    )


async def enqueue_analysis(session: AsyncSession, services: Services, execution: Execution) -> None:
    """Has an execution analysed."""
    await enqueue(
        session,
        "analyze_execution",
        {"execution_id": execution.id},
        organization_id=execution.organization_id,
        dedupe_key=f"analyze:{execution.id}",
        exclusive_key=f"analyze:{execution.id}",
        on_dead="fail_execution",
        now=services.clock(),
    )
