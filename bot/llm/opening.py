"""Opens a model; only then its libraries are loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

from anyio import to_thread

from bot.llm.errors import NotInstalled
from bot.llm.protocols import LanguageModel
from bot.llm.values import ModelAccess


@asynccontextmanager
async def open_model(access: ModelAccess, timeout: float) -> AsyncIterator[LanguageModel]:
    """Raises NotInstalled. `timeout` is in seconds and for one step of a call."""
    # In a thread: it takes seconds the first time, in which others want to be served.
    client = await to_thread.run_sync(load_client)
    async with client.connect(access, timeout) as model:
        yield model


def load_client() -> ModuleType:
    """Imports the libraries. Raises NotInstalled."""
    try:
        from bot.llm import client
    except ImportError as error:
        raise NotInstalled(detail=str(error)) from None
    return client
