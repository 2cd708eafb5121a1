"""Runs of a repository's tests one after another, on its main branch and on pull requests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.domain.context import CiContext
from bot.domain.cycle import CycleState
from bot.domain.flakiness import Outcome
from bot.store.cycles import add_cycle, add_execution, latest_execution
from bot.store.models import Execution, Project, TestCycle, TestOutcome
from bot.store.outcomes import Kept, add_outcomes
from bot.usecases.receive_results import Upload, receive_results
from simulators.azure.stage import AzureStage
from simulators.gitea.stage import GiteaStage
from simulators.github.stage import GithubStage
from simulators.gitlab.stage import GitlabStage
from simulators.stage import Pull
from tests.usecases.conftest import Desk


def commit(desk: Desk, files: Mapping[str, str] | None = None, branch: str = "main") -> str:
    """Puts files on a branch; gives the commit's sha."""
    content = {path: text.encode() for path, text in (files or {"notes.txt": "more"}).items()}
    match desk.stage:
        case GithubStage() | GiteaStage() as stage:
            return str(stage.simulator.commit(stage.repository, content, branch=branch))  # type: ignore[arg-type]
        case GitlabStage() as stage:
            return stage.simulator.commit(stage.project, content, branch=branch)
        case AzureStage() as stage:
            return stage.simulator.commit(stage.repository, content, ref=f"refs/heads/{branch}")
        case _:
            raise NotImplementedError


class Past:
    """Sends results as a CI would, has them worked off and tells what came of them."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder

    async def main(self, report: str, *, sha: str = "", branch: str = "main", log: str = "") -> Execution:
        """A run on a branch itself, on a new commit unless one is given."""
        sha = sha or commit(self.desk, branch=branch)
        stage = self.desk.stage
        context = {"source": stage.name, "repository": stage.path, "commitSha": sha, "branch": branch}
        return await self.send(context, report, log)

    async def change(self, pull: Pull, report: str, *, log: str = "") -> Execution:
        """A run on the head of a pull request."""
        return await self.send(self.desk.context(pull), report, log)

    async def send(
        self, context: Mapping[str, Any], report: str, log: str = "", *, suite: str = "", name: str = "build.log"
    ) -> Execution:
        parts = [("report", "junit.xml", report), ("log", name, log)]
        return await self._send(context, [self._file(*part) for part in parts if part[2]], suite)

    async def send_logs(self, context: Mapping[str, Any], logs: Mapping[str, str]) -> Execution:
        return await self._send(context, [self._file("log", name, text) for name, text in logs.items()], "")

    async def _send(self, context: Mapping[str, Any], uploads: list[Upload], suite: str) -> Execution:
        started = await receive_results(
            self.desk.services, self.desk.caller, CiContext.model_validate(context), uploads, suite=suite
        )
        await self.desk.drain()
        return await self.execution(started.execution_id)

    async def repeat(self, times: int) -> None:
        """More runs like the newest one, each on a commit of its own, without the work that makes them."""
        async with self.desk.database.write() as session:
            newest = (await session.scalars(select(TestCycle).order_by(TestCycle.id.desc()).limit(1))).one()
            last = await latest_execution(session, newest.id)
            kept = await session.scalars(select(TestOutcome).where(TestOutcome.execution_id == last.id))
            outcomes = [Kept(row.test_key, Outcome(row.outcome), row.fingerprint) for row in kept]
            project = await session.get_one(Project, newest.project_id)
            for number in range(times):
                context = (newest.ci_context or {}) | {"commitSha": f"{last.id}{number:08x}"}
                state = CycleState(newest.state)
                cycle = add_cycle(session, project, suite=newest.suite, state=state, ci_context=context, request={})
                await session.flush()
                execution = add_execution(session, cycle, 1, state, "")
                execution.counts = last.counts
                await session.flush()
                await add_outcomes(session, execution, outcomes)

    async def execution(self, execution_id: str) -> Execution:
        async with self.desk.database.read() as session:
            return await session.get_one(Execution, execution_id)

    async def states(self) -> list[str]:
        async with self.desk.database.read() as session:
            return list(await session.scalars(select(TestCycle.state).order_by(TestCycle.id)))

    def _file(self, kind: str, name: str, text: str) -> Upload:
        path = self.folder / name
        path.write_text(text)
        return Upload(kind, name, path)


def findings(execution: Execution) -> list[dict[str, Any]]:
    """What was found, as it is read back."""
    assert execution.analysis is not None
    found: list[dict[str, Any]] = execution.analysis["findings"]
    return found


def novelties(execution: Execution) -> list[str | None]:
    return [found.get("novelty") for found in findings(execution)]
