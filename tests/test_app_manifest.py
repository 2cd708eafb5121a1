"""app.yml asks GitHub for what the code uses, and for nothing else."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
import yaml

from providers.errors import Forbidden
from providers.github.webhooks import GithubWebhooks
from providers.interface import CiProvider
from providers.report import Verdict
from providers.runs import CiRun, FetchLimits, Reading, RerunScope, RunState
from providers.values import Account, Reaction, Revision, Slot
from tests.providers.benches.github import GithubBench
from tests.providers.github.actions import ended
from tests.providers.samples import TIMEOUT, report, suite

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[1]
MANIFEST: Mapping[str, Any] = yaml.safe_load((ROOT / "app.yml").read_text(encoding="utf-8"))
PERMISSIONS: Mapping[str, str] = MANIFEST["default_permissions"]

Verb = Callable[[GithubBench], Awaitable[object]]


def put_comment(bench: GithubBench) -> Awaitable[object]:
    body = bench.provider.render_comment(report(suite(Verdict.FAILED, TIMEOUT)))
    return bench.provider.put_comment(bench.repository, bench.pull.number, body, Slot())


def put_check(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.put_check(_revision(bench), _check(bench), "run-1", Slot())


def put_status(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.put_status(_revision(bench), _check(bench), Slot())


def react(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.react(bench.stranger_says("/agnox rerun"), next(iter(Reaction)))


def permission(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.permission(bench.repository, Account("", "octocat"))


def get_comment(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.get_comment(bench.stranger_says("/agnox rerun"))


def get_repository(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.get_repository(bench.repository)


def inspect_access(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.inspect()


def get_pull_request(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.get_pull_request(bench.repository, bench.pull.number)


def get_commit(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.get_commit(bench.repository, bench.pull.head_sha)


def find_pull_requests(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.find_pull_requests(bench.repository, bench.pull.head_sha)


def changed_files(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.changed_files(bench.repository, bench.pull.number)


def get_file(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.get_file(bench.repository, "CODEOWNERS", bench.pull.head_sha)


def repositories(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.repositories()


def open_pull_requests(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.open_pull_requests(bench.repository)


def get_run(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.get_run(bench.repository, str(ended(bench).id))


def find_runs(bench: GithubBench) -> Awaitable[object]:
    return bench.provider.find_runs(_revision(bench))


async def fetch_run(bench: GithubBench) -> object:
    run = CiRun(str(ended(bench).id), "CI", bench.pull.head_sha, RunState.ENDED)
    with TemporaryDirectory() as folder:
        return await bench.provider.fetch_run(bench.repository, run, Path(folder), Reading.FAILED, FetchLimits())


def rerun(bench: GithubBench) -> Awaitable[object]:
    run = CiRun(str(ended(bench).id), "CI", bench.pull.head_sha, RunState.ENDED)
    return bench.provider.rerun(bench.repository, run, RerunScope.FAILED)


def cancel_run(bench: GithubBench) -> Awaitable[object]:
    run = CiRun(str(ended(bench).id), "CI", bench.pull.head_sha, RunState.ENDED)
    return bench.provider.cancel_run(bench.repository, run)


def resend_missed(bench: GithubBench) -> Awaitable[object]:
    return bench.host.resend_missed(datetime.now(UTC))


def _revision(bench: GithubBench) -> Revision:
    return Revision(bench.repository, bench.pull.head_sha, bench.pull.number)


def _check(bench: GithubBench) -> Any:
    each = report(suite(Verdict.FAILED, TIMEOUT))
    return bench.provider.render_check(each.suites[0], each)


VERBS: tuple[Verb, ...] = (
    put_comment,
    put_check,
    put_status,
    react,
    permission,
    get_pull_request,
    get_commit,
    find_pull_requests,
    changed_files,
    get_file,
    get_comment,
    get_repository,
    inspect_access,
    repositories,
    open_pull_requests,
    get_run,
    find_runs,
    fetch_run,
    rerun,
    cancel_run,
    resend_missed,
)


def used() -> list[Verb]:
    """The verbs that the bot calls."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    return [verb for verb in VERBS if f"provider.{verb.__name__}(" in code]


async def refused(granted: Mapping[str, str], verbs: Iterable[Verb]) -> list[str]:
    """The verbs that an installation with these permissions may not do."""
    bench, found = GithubBench(), []
    bench.installation.permissions = dict(granted)
    for verb in verbs:
        try:
            await verb(bench)
        except Forbidden:
            found.append(verb.__name__)
    return found


def test_every_verb_is_tried() -> None:
    verbs = {name for name, found in inspect.getmembers(CiProvider, inspect.iscoroutinefunction)}
    elsewhere = {"put_remarks", "ensure_hooks", "hooks", "remove_hooks"}
    assert {verb.__name__.removesuffix("_access") for verb in VERBS} == verbs - elsewhere
    assert {put_comment, put_check, put_status} <= set(used())


async def test_the_permissions_are_enough() -> None:
    assert await refused(PERMISSIONS, used()) == []


@pytest.mark.parametrize("name", sorted(PERMISSIONS.keys() - {"metadata"}))
async def test_no_permission_is_more_than_is_needed(name: str) -> None:
    without = {other: level for other, level in PERMISSIONS.items() if other != name}
    assert await refused(without, used())
    if PERMISSIONS[name] == "write":
        assert await refused({**without, name: "read"}, used())


def test_metadata_comes_with_every_other_permission() -> None:
    assert PERMISSIONS["metadata"] == "read"


def test_events_are_those_that_mean_something() -> None:
    read = set()
    for path in (ROOT / "tests/data/github").glob("*.json"):
        event, body = path.name.partition(".")[0], path.read_bytes()
        app = orjson.loads(body).get("check_run", {}).get("app", {}).get("id", "")
        if GithubWebhooks(str(app)).parse(event, {"content-type": "application/json"}, body):
            read.add(event)
    # GitHub Docs, Webhook events: an app is told of its installations whatever it asks for.
    unasked = {"installation", "installation_repositories"}
    assert read - unasked == set(MANIFEST["default_events"])
    assert unasked <= read


def test_the_webhook_goes_to_our_door() -> None:
    assert MANIFEST["hook_attributes"] == {"url": "https://example.com/webhooks/github", "active": True}
