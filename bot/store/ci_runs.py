"""Queries on the runs of hosts' own CI, and on what they are for."""

from collections.abc import Sequence

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cycle import CycleState
from bot.domain.run_news import ENDED
from bot.store.models import (
    CiRun,
    Execution,
    Job,
    JobState,
    MergeGroup,
    Project,
    Publication,
    PullRequest,
    Repository,
    TestCycle,
)
from bot.store.policy_tests import by_policy

MOST = 200
"""Runs of one head that are looked at, the newest."""


async def find_run(session: AsyncSession, repository_id: str, external_id: str, *, lock: bool = False) -> CiRun | None:
    """Finds a run by the host's id."""
    query = select(CiRun).where(CiRun.repository_id == repository_id, CiRun.external_id == external_id[:255])
    return await session.scalar(query.with_for_update() if lock else query)


async def runs_on(session: AsyncSession, repository_id: str, sha: str) -> Sequence[CiRun]:
    """Gives the runs whose result belongs to a head, or that built it while it is not known where they belong."""
    mine = or_(CiRun.head_sha == sha, and_(CiRun.head_sha == "", CiRun.sha == sha))
    query = select(CiRun).where(CiRun.repository_id == repository_id, mine)
    return (await session.scalars(query.order_by(CiRun.id.desc()).limit(MOST))).all()[::-1]


async def runs_of(session: AsyncSession, repository_id: str, sha: str) -> Sequence[CiRun]:
    """Gives the runs that built a commit, and those whose result belongs to it."""
    query = select(CiRun).where(CiRun.repository_id == repository_id, or_(CiRun.head_sha == sha, CiRun.sha == sha))
    return (await session.scalars(query.order_by(CiRun.id.desc()).limit(MOST))).all()[::-1]


async def any_on_the_way(session: AsyncSession, repository_id: str, head_sha: str) -> bool:
    """Tells whether runs on a head that ended are still to be read or analysed."""
    mine = TestCycle.repository_id == repository_id, TestCycle.head_sha == head_sha, TestCycle.ci_run_id.is_not(None)
    analysing = select(TestCycle.id).where(*mine, TestCycle.state == CycleState.ANALYZING)
    if await session.scalar(analysing.limit(1)) is not None:
        return True
    ended = select(CiRun.id).where(
        CiRun.repository_id == repository_id,
        or_(CiRun.head_sha == head_sha, CiRun.sha == head_sha),
        CiRun.state == ENDED,
        CiRun.read == "",
        CiRun.outcome.in_(("failed", "passed")),
    )
    return await session.scalar(ended.limit(1)) is not None


async def verdict_is_open(session: AsyncSession, pull: PullRequest, whole: str) -> bool:
    """Tells whether a verdict of ours stands on a head that is not the last one; `whole` is what that on all is of."""
    at_head = TestCycle.pull_request_id == pull.id, TestCycle.head_sha == pull.head_sha
    executions = select(Execution.id).join(TestCycle, TestCycle.id == Execution.cycle_id).where(*at_head)
    mine = or_(Publication.subject.in_(executions), Publication.subject == whole)
    query = select(Publication.id).where(mine, Publication.external_id != "", ~Publication.settled)
    return await session.scalar(query.limit(1)) is not None


async def earlier_attempts_wait(session: AsyncSession, run_id: str) -> bool:
    """Tells whether attempts before the one that a run tells of are still to be read."""
    # The index is for one state only, which has to stand in the statement.
    queued = Job.state == literal(JobState.QUEUED.value, literal_execute=True)
    query = select(Job.id).where(queued, Job.dedupe_key.startswith(f"read:{run_id}:"))
    return await session.scalar(query.limit(1)) is not None


async def placed_run(session: AsyncSession, run: CiRun) -> CiRun | None:
    """Finds another run of the same commit of which it is known where it belongs."""
    query = select(CiRun).where(
        CiRun.repository_id == run.repository_id,
        CiRun.sha == run.sha,
        CiRun.source == run.source,
        CiRun.head_sha != "",
        CiRun.id != run.id,
    )
    return await session.scalar(query.order_by(CiRun.id.desc()).limit(1))


async def pulls_at(session: AsyncSession, repository_id: str, head_sha: str) -> Sequence[PullRequest]:
    """Gives the open pull requests with this head, the newest first."""
    query = select(PullRequest).where(
        PullRequest.repository_id == repository_id, PullRequest.head_sha == head_sha, PullRequest.open
    )
    return (await session.scalars(query.order_by(PullRequest.number.desc()).limit(MOST))).all()


async def is_base(session: AsyncSession, repository_id: str, branch: str) -> bool:
    """Tells whether pull requests go into a branch, or did."""
    query = select(PullRequest.id).where(
        PullRequest.repository_id == repository_id, PullRequest.base_ref == branch, PullRequest.base_ref != ""
    )
    return await session.scalar(query.limit(1)) is not None


async def find_group(session: AsyncSession, repository_id: str, sha: str) -> MergeGroup | None:
    return await session.scalar(
        select(MergeGroup).where(MergeGroup.repository_id == repository_id, MergeGroup.sha == sha)
    )


async def cycle_of(session: AsyncSession, run: CiRun) -> TestCycle | None:
    """Finds the cycle that was made of a run, and keeps others from changing it until the transaction ends."""
    return await session.scalar(select(TestCycle).where(TestCycle.ci_run_id == run.id).with_for_update())


async def newest_cycle_like(session: AsyncSession, run: CiRun) -> TestCycle | None:
    """Gives the newest cycle made of a run of the same name on the same branch, outside of pull requests."""
    query = (
        select(TestCycle)
        .join(CiRun, CiRun.id == TestCycle.ci_run_id)
        .where(
            TestCycle.repository_id == run.repository_id,
            TestCycle.pull_request_id.is_(None),
            CiRun.name == run.name,
            CiRun.branch == run.branch,
            CiRun.id != run.id,
        )
    )
    return await session.scalar(query.order_by(TestCycle.id.desc()).limit(1))


async def told_addresses(session: AsyncSession, repository_id: str, sha: str) -> Sequence[str]:
    """Gives the addresses of the CI runs on a head whose results clients sent us."""
    query = select(TestCycle.ci_context).where(
        TestCycle.repository_id == repository_id, TestCycle.head_sha == sha, TestCycle.ci_run_id.is_(None)
    )
    found = (await session.scalars(query.limit(MOST))).all()
    return [str(context["runUrl"]) for context in found if context and context.get("runUrl")]


async def ensure_project(session: AsyncSession, repository: Repository) -> Project:
    """Finds the project that a repository's runs belong to, or makes it, named by the path or nearly so.

    One that somebody else made is never joined: keys that are bound to it would reach these runs.
    """
    # Nobody else may make one for the same repository meanwhile.
    await session.get_one(Repository, repository.id, with_for_update={"key_share": True})
    mine = select(TestCycle.project_id).where(
        TestCycle.repository_id == repository.id, or_(TestCycle.ci_run_id.is_not(None), by_policy())
    )
    if (known := await session.scalar(mine.order_by(TestCycle.id.desc()).limit(1))) is not None:
        return await session.get_one(Project, known)
    plain, host = repository.path[:200], repository.provider
    for name in (plain, f"{plain} ({host})"):
        taken = select(Project.id).where(Project.organization_id == repository.organization_id, Project.name == name)
        if await session.scalar(taken) is None:
            break
    else:
        name = f"{plain} ({host} {repository.id})"
        own = select(Project).where(Project.organization_id == repository.organization_id, Project.name == name)
        if (found := await session.scalar(own)) is not None:
            return found
    project = Project(organization_id=repository.organization_id, name=name)
    session.add(project)
    await session.flush()
    return project


async def adopt_runs(session: AsyncSession, pull: PullRequest) -> Sequence[CiRun]:
    """Ties the runs that built a pull request's head before it was known to it; gives those."""
    query = select(CiRun).where(
        CiRun.repository_id == pull.repository_id,
        CiRun.sha == pull.head_sha,
        CiRun.pull_request_id.is_(None),
        CiRun.cause != "merge_queue",
        CiRun.default_branch.is_(False),
    )
    runs = (await session.scalars(query.limit(MOST))).all()
    for run in runs:
        run.pull_request_id, run.head_sha = pull.id, run.sha
        cycle = await session.scalar(select(TestCycle).where(TestCycle.ci_run_id == run.id))
        if cycle is not None:
            cycle.pull_request_id = cycle.pull_request_id or pull.id
        else:
            # What nobody waited for was not read.
            run.read, run.unread = "", ""
    return runs
