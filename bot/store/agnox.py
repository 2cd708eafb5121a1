"""Queries on Agnox servers and what runs on them."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import AgnoxRun, AgnoxServer


async def find_server(session: AsyncSession, organization_id: str) -> AgnoxServer | None:
    """Finds an organization's Agnox server."""
    return await session.scalar(select(AgnoxServer).where(AgnoxServer.organization_id == organization_id))


async def find_server_at(session: AsyncSession, hook_key: str) -> AgnoxServer | None:
    """Finds the server whose webhook has a key."""
    return await session.scalar(select(AgnoxServer).where(AgnoxServer.hook_key == hook_key))


async def find_run(session: AsyncSession, server_id: str, task_id: str) -> AgnoxRun | None:
    """Finds what is known of a server's task."""
    return await session.scalar(select(AgnoxRun).where(AgnoxRun.server_id == server_id, AgnoxRun.task_id == task_id))


async def run_of(session: AsyncSession, execution_id: str) -> AgnoxRun | None:
    """Finds where an execution runs, if it does on an Agnox server."""
    return await session.scalar(select(AgnoxRun).where(AgnoxRun.execution_id == execution_id))
