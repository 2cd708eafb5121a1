"""A pull request on which commands are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.queue.stories import job_functions
from bot.store.models import (
    CommentCommand,
    Delivery,
    Execution,
    Job,
)
from bot.usecases.receive_delivery import handle_delivery
from providers.values import Reaction
from simulators.stage import Pull
from tests.e2e.suites import suite
from tests.usecases.conftest import Desk
from tests.usecases.test_loop import trigger

SEEN, DONE, CONFUSED = Reaction.SEEN, Reaction.DONE, Reaction.CONFUSED
SIGNS: Mapping[str, Mapping[Reaction, str]] = {
    "azure": {SEEN: "like"},
    "gitea": {SEEN: "eyes", DONE: "+1", CONFUSED: "confused"},
    "github": {SEEN: "eyes", DONE: "+1", CONFUSED: "confused"},
    "gitlab": {SEEN: "eyes", DONE: "thumbsup", CONFUSED: "confused"},
}
"""How the hosts show our signs; one that is missing can't be shown."""

NO_RUNS = frozenset({"run_execution"})
REACT = r"/reactions$"


@dataclass
class Talk:
    """A pull request with one finished suite that we ran; `grace` may write to its repository."""

    desk: Desk
    pull: Pull

    @classmethod
    async def open(cls, desk: Desk, *, fork: bool = False) -> "Talk":
        desk.stage.allow("grace")
        talk = cls(desk, desk.stage.open_pull(fork=fork))
        await trigger(desk, talk.pull, suite(1))
        await desk.drain()
        desk.stage.calls.clear()
        return talk

    def says(self, login: str, body: str) -> str:
        return self.desk.stage.comment(self.pull, login, body)

    async def tell(self, comment: str) -> str:
        """Brings the host's news of a comment; its job waits. Gives the delivery's note."""
        (delivery,) = await self.desk.tell(self.desk.stage.commented(self.pull, comment))
        return delivery.note

    async def tell_again(self) -> str:
        """Brings the last news once more under another key, as a second hook does; gives the delivery's note."""
        async with self.desk.database.write() as session:
            last = (await session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1))).one()
            kept = {name: getattr(last, name) for name in ("provider", "event", "hook_key", "headers", "body")}
            row = Delivery(dedupe_key=f"{last.dedupe_key} again", **kept)
            session.add(row)
        await handle_delivery(self.desk.services, row.id)
        async with self.desk.database.read() as session:
            return (await session.get_one(Delivery, row.id)).note

    async def ask(self, login: str, body: str) -> str:
        """Somebody comments, and all that follows from it is done, but for the tests themselves."""
        comment = self.says(login, body)
        await self.tell(comment)
        await self.desk.drain(but=NO_RUNS)
        return comment

    def shows(self, comment: str, *signs: Reaction) -> bool:
        """Whether these are our signs, so far as the host can show them."""
        words = SIGNS[self.desk.stage.name]
        return list(self.desk.stage.reactions(self.pull, comment)) == [words[sign] for sign in signs if sign in words]

    async def again(self, name: str) -> None:
        """Runs the job of that name once more, as after a crash or a failure."""
        async with self.desk.database.read() as session:
            job = (await session.scalars(select(Job).where(Job.function == name))).one()
        await job_functions(timedelta(1)).get(name).call(self.desk.services, **job.arguments)

    async def outcomes(self) -> list[str]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(CommentCommand.outcome).order_by(CommentCommand.id)))

    async def attempts(self) -> list[int]:
        """The attempts of all cycles in the order of their making."""
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(Execution.attempt).order_by(Execution.id)))


@pytest.fixture
async def talk(desk: Desk) -> Talk:
    return await Talk.open(desk)
