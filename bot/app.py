"""The one place where everything is put together."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from bot.host_settings import read_host_settings
from bot.inbound.calls import Calls
from bot.inbound.envelope import exception_handlers
from bot.inbound.health import Check, NotReady, database_check
from bot.inbound.openapi import make_document
from bot.inbound.routes import routes
from bot.llm_settings import llm_policy
from bot.node.docker.options import DockerOptions
from bot.node.executors import executors
from bot.settings import Settings
from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.jobs import QueuedJob
from bot.store.keyfile import open_vault
from bot.store.migrate import prepare
from bot.usecases.choose_executor import node_labels
from bot.usecases.hook_secrets import HookSecrets
from bot.usecases.ingest.sessions import Sessions
from bot.usecases.services import Services
from bot.usecases.wait_in_line import TESTS
from bot.web.api_page import ApiPage
from bot.web.cycles import Pages
from providers.factory import Registry

if TYPE_CHECKING:
    from bot.queue.arq_runner import ArqRunner
    from bot.queue.redis_queue import RedisQueue
    from bot.queue.run import JobRunner

logger = logging.getLogger(__name__)

DEFAULT = "default"


def queues(settings: Settings, names: Sequence[str] = (DEFAULT, TESTS)) -> Mapping[str, int]:
    """Says how many jobs of each queue run at a time in one process."""
    return {name: settings.test_jobs if name == TESTS else settings.worker_jobs for name in names}


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Opens what use cases work with. Raises SchemaError, VaultError, OSError and ValueError, each fit for people."""
    async with AsyncExitStack() as stack:
        database = Database(settings.effective_database_url)
        stack.push_async_callback(database.aclose)
        await prepare(database, upgrade=database.is_sqlite)
        yield await stack.enter_async_context(services_on(database, settings))


@asynccontextmanager
async def services_on(database: Database, settings: Settings) -> AsyncIterator[Services]:
    """Opens the rest on a database that is ready. Raises VaultError and ValueError, each fit for people."""
    registry = Registry.from_entry_points(read_host_settings())
    try:
        yield Services(
            database=database,
            vault=open_vault(settings.secret_keys.get_secret_value(), settings.key_file),
            registry=registry,
            public_url=settings.public_url,
            executors=executors(settings.executors, docker_options(settings)),
            execution_limit=settings.execution_limit,
            log_limit=settings.log_limit,
            upload_limit=settings.upload_limit,
            line_remarks=settings.line_remarks,
            session_silence=settings.session_silence,
            llm=llm_policy(settings),
        )
    finally:
        await registry.aclose()


def docker_options(settings: Settings) -> DockerOptions:
    """Gives the rules for containers. Raises ValueError."""
    return DockerOptions(
        host=settings.docker_host,
        image=settings.docker_image,
        images=settings.docker_images,
        pull=settings.docker_pull,
        network=settings.docker_network,
        environment={name: value for name, value in os.environ.items() if name in settings.docker_env},
        user=settings.docker_user,
        memory=settings.docker_memory,
        cpus=settings.docker_cpus,
        pids=settings.docker_pids,
        read_only=settings.docker_read_only,
    )


def make_runner(settings: Settings, services: Services) -> "JobRunner":
    """Makes what runs one job, for either kind of runner."""
    # Imported here, as in what follows: a process that only takes requests does without analysis and runners.
    from bot.queue.run import JobRunner
    from bot.queue.stories import job_functions
    from bot.store.line import Line

    return JobRunner(
        services.database,
        job_functions(settings.execution_limit),
        services,
        lease=settings.job_lease,
        organization_jobs=settings.organization_jobs,
        lines={TESTS: Line(node_labels(settings.labels, services.executors.allowed), settings.organization_tests)},
        clock=services.clock,
    )


@asynccontextmanager
async def open_app(settings: Settings, services: Services, *, worker: bool) -> AsyncIterator[Starlette]:
    """Opens the web app; on an embedded instance with `worker`, it runs the jobs as well."""
    checks: dict[str, Check] = {"database": database_check(services.database)}
    async with AsyncExitStack() as stack:
        if not settings.embedded:
            checks["redis"] = _redis_check(await stack.enter_async_context(_announcing(settings, services.database)))
        elif worker:
            from bot.queue.inprocess import InProcessRunner

            jobs = make_runner(settings, services)
            runner = InProcessRunner(jobs, queues(settings))
            services.database.on_enqueued = runner.wake
            await stack.enter_async_context(_testing_node(jobs))
            checks["jobs"] = await stack.enter_async_context(_running(runner.run(), runner.stop, "jobs"))
        inbox = await stack.enter_async_context(Inbox(services.database, wake=_wake(services.database)))
        sessions = await stack.enter_async_context(Sessions(services))
        yield Starlette(
            routes=[
                *routes(
                    registry=services.registry,
                    put=inbox.put,
                    calls=Calls.of(services),
                    sessions=sessions,
                    upload_limit=settings.upload_limit,
                    checks=checks,
                    find_secrets=HookSecrets(services).find,
                ),
                *Pages(services).routes(),
                *ApiPage(make_document).routes(),
            ],
            exception_handlers=exception_handlers(),
        )


@asynccontextmanager
async def open_worker(settings: Settings, services: Services, names: Sequence[str]) -> AsyncIterator["ArqRunner"]:
    """Opens a runner of jobs that come through Redis; `names` are its queues."""
    from bot.queue.arq_runner import ArqRunner

    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(_announcing(settings, services.database))
        jobs = make_runner(settings, services)
        if TESTS in names:
            await stack.enter_async_context(_testing_node(jobs))
        yield ArqRunner(jobs, queue, queues(settings, names))


@asynccontextmanager
async def _testing_node(jobs: "JobRunner") -> AsyncIterator[None]:
    """Has others know of this process as a testing node."""
    from bot.queue.heartbeat import Heartbeat

    heart = Heartbeat(jobs.database, jobs.worker, jobs.lines[TESTS].labels, clock=jobs.clock)
    async with _running(heart.run(), heart.stop, "telling of this testing node"):
        yield


@asynccontextmanager
async def _announcing(settings: Settings, database: Database) -> AsyncIterator["RedisQueue"]:
    from bot.queue.redis_queue import RedisQueue

    queue = RedisQueue(settings.redis_url, in_line={TESTS})
    database.on_enqueued = queue.wake
    async with _running(queue.run(), queue.stop, "announcing jobs"):
        yield queue


def _redis_check(queue: "RedisQueue") -> Check:
    async def check() -> None:
        try:
            await queue.redis.ping()
        except Exception as error:
            raise NotReady("Redis does not answer") from error

    return check


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None], stop: Callable[[], None], name: str) -> AsyncIterator[Check]:
    """Runs something beside the web app until it has stopped; the check fails when it ended by itself."""
    task = asyncio.create_task(work, name=name)

    async def check() -> None:
        if task.done():
            raise NotReady(f"{name} stopped; the log says why")

    task.add_done_callback(_tell_failure)
    try:
        yield check
    finally:
        stop()
        await asyncio.gather(task, return_exceptions=True)


def _tell_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.critical("%s stopped", task.get_name(), exc_info=error)


def _wake(database: Database) -> Callable[[Sequence[str]], None]:
    return lambda ids: database.wake([QueuedJob(job_id) for job_id in ids])
