"""An organization with a project, and no git host."""

from dataclasses import dataclass
from typing import Any

import pytest

from bot.domain.trigger import Trigger
from bot.store.database import Database
from bot.store.models import Execution, Project
from bot.store.vault import new_key
from bot.usecases.administer import create_organization, create_project
from bot.usecases.caller import Caller
from bot.usecases.services import Services
from bot.usecases.start_cycle import start_cycle
from tests.usecases.nodes.node import services_on


@dataclass
class Yard:
    """Where runs are started and looked at."""

    services: Services
    key: str
    project: Project
    caller: Caller

    @property
    def database(self) -> Database:
        return self.services.database

    async def start(self, command: str = "true", **wire: Any) -> str:
        """Asks for a run; gives the execution."""
        trigger = Trigger.model_validate({"projectId": self.project.id, "command": command, **wire})
        return (await start_cycle(self.services, self.caller, trigger)).execution_id

    async def execution(self, execution_id: str) -> Execution:
        async with self.database.read() as session:
            return await session.get_one(Execution, execution_id)


@pytest.fixture
async def yard(database: Database) -> Yard:
    key = new_key()
    organization = await create_organization(database, "acme", actor="test")
    project = await create_project(database, "acme", "shop", actor="test")
    return Yard(services_on(database, key), key, project, Caller(organization.id, None, "ci"))
