"""`agnox jobs` and `agnox deliveries`, as people type them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import pytest
from click.testing import CliRunner, Result

from bot.cli import deliveries, jobs
from bot.store.database import Database
from bot.store.jobs import claim, enqueue, finish
from bot.store.models import Delivery, DeliveryState, JobState, Organization

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = NOW - NOW


class Shell:
    """Runs commands on one database."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, command: click.Command, *words: str, url: str | None = None) -> Result:
        environment = {"AGNOX_DATABASE_URL": url or self.url, "COLUMNS": "200"}
        return CliRunner().invoke(command, list(words), env=environment, catch_exceptions=False)

    def json(self, command: click.Command, *words: str) -> Any:
        result = self(command, *words, "--format", "json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def do(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async def run() -> T:
            database = Database(self.url)
            try:
                return await work(database)
            finally:
                await database.aclose()

        return asyncio.run(run())


@pytest.fixture
def shell(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(database_url)


def add_job(shell: Shell, *, state: JobState = JobState.QUEUED, error: str = "", **options: Any) -> str:
    async def add(database: Database) -> str:
        async with database.write() as session:
            job_id = await enqueue(session, "publish_report", {"pull_request_id": "p"}, now=NOW, **options)
            assert job_id is not None
            if state is not JobState.QUEUED:
                job = await claim(session, job_id, token="t", lease=LEASE, now=NOW)
                assert job is not None
                await finish(session, job, state, error=error, now=NOW)
        return job_id

    return shell.do(add)


def add_delivery(shell: Shell, state: DeliveryState, key: str = "k", note: str = "") -> str:
    async def add(database: Database) -> str:
        delivery = Delivery(
            provider="github",
            dedupe_key=key,
            event="issue_comment",
            headers={"x-secret": "s3cret"},
            body=b'{"action": "created"}',
            state=state,
            note=note,
        )
        async with database.write() as session:
            session.add(delivery)
        return delivery.id

    return shell.do(add)


def test_without_jobs_the_list_says_so(shell: Shell) -> None:
    assert shell(jobs.command, "list").output == "No jobs.\n"
    assert shell(jobs.command, "list", "--state", "dead").output == "No dead jobs.\n"
    assert shell.json(jobs.command, "list") == []


def test_jobs_are_listed_newest_first_with_the_line_that_says_why(shell: Shell) -> None:
    dead = add_job(shell, state=JobState.DEAD, error="Traceback:\n  line\nForbidden: \x1b[31mno\n")
    queued = add_job(shell, queue="tests")
    lines = shell(jobs.command, "list").output.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["ID", "QUEUE", "FUNCTION", "STATE"],
        [queued, "tests", "publish_report", "queued"],
        [dead, "default", "publish_report", "dead"],
    ]
    assert lines[2].endswith("Forbidden: ?[31mno")
    assert [row["id"] for row in shell.json(jobs.command, "list", "--state", "dead")] == [dead]
    assert [row["id"] for row in shell.json(jobs.command, "list", "--limit", "1")] == [queued]


def test_jobs_are_listed_by_organization(shell: Shell) -> None:
    async def add(database: Database) -> str:
        organization = Organization(name="acme")
        async with database.write() as session:
            session.add(organization)
        return organization.id

    organization = shell.do(add)
    mine = add_job(shell, organization_id=organization)
    add_job(shell, organization_id="another")
    for name in ("acme", organization):
        assert [row["id"] for row in shell.json(jobs.command, "list", "--org", name)] == [mine]
    result = shell(jobs.command, "list", "--org", "nobody")
    assert (result.exit_code, result.output) == (1, "agnox: there is no organization 'nobody'\n")


def test_one_job_is_shown_with_its_error(shell: Shell) -> None:
    job = add_job(shell, state=JobState.DEAD, error="Traceback:\n  in line 1\nValueError: no")
    shown = shell.json(jobs.command, "show", job)
    assert (shown["state"], shown["arguments"], shown["attempts"]) == ("dead", {"pull_request_id": "p"}, 1)
    assert datetime.fromisoformat(shown["finished_at"]) == NOW
    text = shell(jobs.command, "show", job).output
    assert "finished_at      2026-03-01 12:00:00Z\n" in text
    assert "error            Traceback:\n                   in line 1\n                 ValueError: no\n" in text
    assert shell(jobs.command, "show", "x").output == "agnox: there is no job x\n"


def test_a_dead_job_is_queued_again(shell: Shell) -> None:
    dead, queued = add_job(shell, state=JobState.DEAD), add_job(shell)
    refused = shell(jobs.command, "requeue", dead, queued)
    assert (refused.exit_code, refused.output) == (1, f"agnox: job {queued} is queued, not dead\n")
    assert shell.json(jobs.command, "show", dead)["state"] == "dead"
    assert shell.json(jobs.command, "requeue", dead) == [{"id": dead, "state": "queued"}]
    shown = shell.json(jobs.command, "show", dead)
    assert (shown["state"], shown["attempts"]) == ("queued", 0)


def test_deliveries_are_listed_and_shown_without_their_headers(shell: Shell) -> None:
    assert shell(deliveries.command, "list").output == "No deliveries yet.\n"
    handled = add_delivery(shell, DeliveryState.HANDLED, "a", note="started a cycle")
    failed = add_delivery(shell, DeliveryState.FAILED, "b", note="not JSON")
    assert [row["id"] for row in shell.json(deliveries.command, "list")] == [failed, handled]
    assert [row["id"] for row in shell.json(deliveries.command, "list", "--state", "failed")] == [failed]
    assert shell.json(deliveries.command, "list", "--provider", "gitlab") == []
    shown = shell.json(deliveries.command, "show", handled)
    assert (shown["event"], shown["note"], shown["size"]) == ("issue_comment", "started a cycle", 21)
    assert "s3cret" not in shell(deliveries.command, "show", handled).output
    assert shell(deliveries.command, "show", handled, "--body").output == '{"action": "created"}'
    assert shell(deliveries.command, "show", "x").output == "agnox: there is no delivery x\n"


def test_a_failed_delivery_is_handled_again(shell: Shell) -> None:
    failed, ignored = (add_delivery(shell, state, state) for state in (DeliveryState.FAILED, DeliveryState.IGNORED))
    refused = shell(deliveries.command, "requeue", failed, ignored)
    assert (refused.exit_code, refused.output) == (1, f"agnox: delivery {ignored} is ignored, not failed\n")
    assert shell(deliveries.command, "requeue", "x").output == "agnox: there is no delivery x\n"
    assert shell.json(jobs.command, "list") == []
    assert shell.json(deliveries.command, "requeue", failed) == [{"id": failed, "state": "received"}]
    assert shell.json(deliveries.command, "show", failed)["state"] == "received"
    (job,) = shell.json(jobs.command, "list")
    assert (job["function"], job["arguments"], job["state"]) == ("handle_delivery", {"delivery_id": failed}, "queued")


def test_the_states_to_choose_from_are_those_there_are() -> None:
    for command, states in ((jobs.command, JobState), (deliveries.command, DeliveryState)):
        option = next(each for each in command.commands["list"].params if each.name == "state")
        assert isinstance(option.type, click.Choice)
        assert list(option.type.choices) == [state.value for state in states]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///gone/agnox.db", "there is no database at gone/agnox.db: run `agnox db upgrade` first"),
        ("sqlite:///empty.db", "the database sqlite:///empty.db has no tables: run `agnox db upgrade` first"),
        ("sqlite:///text.db", "the database sqlite:///text.db can't be reached: file is not a database"),
        ("mysql://host/agnox", "AGNOX_DATABASE_URL: database 'mysql' is not supported; use sqlite:// or postgresql://"),
        (
            "nonsense",
            "AGNOX_DATABASE_URL: this is no URL of a database; use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
        ),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_database_that_is_not_there_is_one_clear_line(shell: Shell, url: str, reason: str) -> None:
    Path("empty.db").touch()
    Path("text.db").write_text("no database " * 100)
    result = shell(jobs.command, "list", url=url)
    assert (result.exit_code, result.output) == (1, f"agnox: {reason}\n")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_server_that_can_not_be_reached_is_one_clear_line_without_the_password(shell: Shell) -> None:
    result = shell(jobs.command, "list", url="postgresql://me:s3cret@127.0.0.1:1/agnox")
    assert result.exit_code == 1
    assert result.output.startswith("agnox: the database postgresql://me:***@127.0.0.1:1/agnox can't be reached: ")
    assert result.output.count("\n") == 1
    gone = shell(jobs.command, "list", url=shell.url.replace("/test_", "/gone_"))
    assert gone.exit_code == 1
    assert "does not exist" in gone.output
    assert gone.output.count("\n") == 1
