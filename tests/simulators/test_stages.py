"""Every stage keeps the promises that the demo and the tests of the bot rely on, seen by a real provider."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest

from providers.azure import AzureDevOpsHost
from providers.events import CommentAdded, Event, InstallationChanged, PullRequestChanged
from providers.gitea import GiteaHost
from providers.github import GithubHost
from providers.gitlab import GitlabHost
from providers.interface import CiProvider, Connection, Host
from providers.report import Check, Verdict
from providers.values import CommentRef, Permission, Reaction, Repository, Revision, Slot
from simulators.azure.sides import sides
from simulators.diff import FileDiff
from simulators.faults import Fault
from simulators.names import STAGES
from simulators.stage import Post, Pull, Stage
from simulators.stages import make_stage
from tests.stages import a_stage

pytestmark = pytest.mark.anyio

HOSTS: Mapping[str, Callable[[Mapping[str, str]], Host]] = {
    "azure": AzureDevOpsHost,
    "gitea": GiteaHost,
    "github": GithubHost,
    "gitlab": GitlabHost,
}
RESOLVING = frozenset({"azure"})
# Nobody listens there: what the simulated host sends by itself is lost at once.
HOOK, SECRET = "http://127.0.0.1:9/webhooks/host/key", "correct horse"
MODIFIED = FileDiff("shop/cart.py", "@@ -3,2 +3,3 @@ def total():\n a\n-b\n+c\n+d")
ADDED = FileDiff("shop/new.py", "@@ -0,0 +1,2 @@\n+x\n+y")


@dataclass
class Guest:
    """A provider that was let in as the bot is."""

    stage: Stage
    host: Host
    provider: CiProvider
    repository: Repository
    hook: str
    secret: str

    def heard(self, posts: Sequence[Post]) -> list[Event]:
        """What webhooks tell; each must go to our hook and prove itself."""
        events: list[Event] = []
        for post in posts:
            assert post.path == self.hook
            headers = {name.lower(): value for name, value in post.headers.items()}
            self.host.webhooks.verify(headers, post.body, [self.secret])
            event = self.host.webhooks.identify(headers, post.body).event
            events += self.host.webhooks.parse(event, headers, post.body)
        return events

    def change(self, posts: Sequence[Post]) -> PullRequestChanged:
        """The one change of a pull request that webhooks tell of."""
        (change,) = self.heard(posts)
        assert isinstance(change, PullRequestChanged)
        return change

    async def judge(self, pull: Pull, verdict: Verdict, name: str = "suite") -> None:
        """Says a verdict as the bot does."""
        revision = Revision(self.repository, pull.head_sha, pull.number, pull.branch)
        check = Check(name, verdict, f"it {verdict}", "in short", details_url="https://bot.example.com/cycle")
        # The receipts are not kept, so the provider looks for what stands.
        slot = Slot(unsure=True)
        if self.provider.capabilities.checks:
            await self.provider.put_check(revision, check, name, slot)
        else:
            await self.provider.put_status(revision, check, slot)


@pytest.fixture(params=STAGES)
async def guest(request: pytest.FixtureRequest) -> AsyncIterator[Guest]:
    stage = a_stage(request.param)
    with stage.serve():
        host = HOSTS[stage.name](stage.settings())
        hook, secret = f"/webhooks/{stage.name}", stage.settings().get("webhook_secret", SECRET)
        if stage.integration is None:
            connection = Connection(installation=_installation(host, stage))
        else:
            credential, address, place = stage.integration
            connection = Connection(credential=credential, base_url=address)
            hook = urlsplit(HOOK).path
            assert stage.installed() == stage.opened(stage.open_pull()) == []
            await host.connect(connection).ensure_hooks(place, HOOK, secret)
        provider = host.connect(connection)
        repository = await provider.get_repository(Repository("", stage.path))
        yield Guest(stage, host, provider, repository, hook, secret)
        await host.aclose()
    assert not stage.violations


def _installation(host: Host, stage: Stage) -> str:
    (post,) = stage.installed()
    (event,) = host.webhooks.parse("installation", {}, post.body)
    assert isinstance(event, InstallationChanged)
    return event.installation


def test_an_unknown_host_is_told_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no host 'svn'.*azure, gitea, github, gitlab"):
        make_stage("svn")


@pytest.mark.parametrize("host", STAGES)
def test_the_stage_has_the_name_by_which_it_is_made(host: str) -> None:
    stage = make_stage(host)
    assert (stage.name, list(stage.violations)) == (host, [])


async def test_webhooks_tell_of_a_pull_request(guest: Guest) -> None:
    pull = guest.stage.open_pull("topic", "Do it", sha="1" * 40)
    opened = guest.change(guest.stage.opened(pull))
    assert guest.stage.push(pull, sha="2" * 40) == pull.head_sha == "2" * 40
    pushed = guest.change(guest.stage.pushed(pull))
    guest.stage.close(pull)
    closed = guest.change(guest.stage.closed(pull))
    assert (opened.action, pushed.action, closed.action) == ("opened", "synchronize", "closed")
    assert [each.pull_request.head_sha for each in (opened, pushed)] == ["1" * 40, "2" * 40]
    assert [each.pull_request.open for each in (opened, closed)] == [True, False]
    assert {each.pull_request.repository for each in (opened, pushed, closed)} == {guest.repository}
    told = opened.pull_request
    assert (told.number, told.head_ref, told.title, told.from_fork) == (pull.number, "topic", "Do it", False)


async def test_a_pull_request_of_a_fork(guest: Guest) -> None:
    pull = guest.stage.open_pull(fork=True)
    assert guest.change(guest.stage.opened(pull)).pull_request.from_fork


async def test_somebody_comments_and_is_answered(guest: Guest) -> None:
    stage, pull = guest.stage, guest.stage.open_pull()
    comment = stage.comment(pull, "mallory", "/agnox rerun")
    (event,) = guest.heard(stage.commented(pull, comment))
    assert isinstance(event, CommentAdded)
    assert (event.comment.id, event.comment.number, event.body) == (comment, pull.number, "/agnox rerun")
    assert list(stage.reactions(pull, comment)) == []
    await guest.provider.react(event.comment, Reaction.SEEN)
    assert len(stage.reactions(pull, comment)) == 1
    stage.edit_comment(pull, comment, "never mind")
    read = await guest.provider.get_comment(CommentRef(guest.repository, pull.number, comment))
    assert (read.body, read.own) == ("never mind", False)
    assert stage.comments(pull) == []


async def test_somebody_may_write(guest: Guest) -> None:
    stage, pull = guest.stage, guest.stage.open_pull()
    (event,) = guest.heard(stage.commented(pull, stage.comment(pull, "mallory", "hello")))
    assert isinstance(event, CommentAdded)
    before = await guest.provider.permission(guest.repository, event.author)
    stage.allow("mallory")
    after = await guest.host.connect(_fresh(guest)).permission(guest.repository, event.author)
    assert before < Permission.WRITE <= after


def _fresh(guest: Guest) -> Connection:
    """Of another tenant, for whom nothing is remembered."""
    if guest.stage.integration is None:
        return Connection(installation=_installation(guest.host, guest.stage), tenant="other")
    credential, address, _ = guest.stage.integration
    return Connection(credential=credential, base_url=address, tenant="other")


async def test_our_comment_is_told_from_others(guest: Guest) -> None:
    stage, pull, other = guest.stage, guest.stage.open_pull(), guest.stage.open_pull("other")
    stage.comment(pull, "ada", "fine")
    written = await guest.provider.put_comment(guest.repository, pull.number, "red", Slot())
    (said,) = stage.comments(pull)
    assert (said.id, said.settled) == (written.id, False) and "red" in said.body
    slot = Slot(written.id, written.state)
    await guest.provider.put_comment(guest.repository, pull.number, "green", slot, resolved=True)
    (said,) = stage.comments(pull)
    assert (said.id, said.settled) == (written.id, stage.name in RESOLVING) and "green" in said.body
    assert stage.comments(other) == []


async def test_verdicts_are_those_that_count(guest: Guest) -> None:
    stage, pull = guest.stage, guest.stage.open_pull()
    await guest.judge(pull, Verdict.RUNNING)
    (begun,) = stage.verdicts(pull)
    assert (begun.name, begun.outcome, begun.finished) == ("suite", "pending", False)
    await guest.judge(pull, Verdict.FAILED)
    await guest.judge(pull, Verdict.PASSED, "other suite")
    failed, passed = stage.verdicts(pull)
    assert (failed.name, failed.outcome, passed.name, passed.outcome) == ("suite", "failed", "other suite", "passed")
    assert (failed.title, failed.url, failed.lines) == ("it failed", "https://bot.example.com/cycle", ())
    assert "it failed" in failed.text
    old = pull.head_sha
    stage.push(pull)
    assert stage.verdicts(pull) == []
    assert stage.verdicts(pull, old) == [failed, passed]


async def test_targets_name_the_requests_of_a_report(guest: Guest) -> None:
    stage, pull = guest.stage, guest.stage.open_pull()
    start = len(stage.calls)
    await guest.judge(pull, Verdict.RUNNING)
    await guest.judge(pull, Verdict.FAILED)
    written = await guest.provider.put_comment(guest.repository, pull.number, "red", Slot())
    await guest.provider.put_comment(guest.repository, pull.number, "green", Slot(written.id, written.state))
    calls = [(call.method, call.path) for call in stage.calls[start:]]
    for name in stage.targets.keys() - {"token"}:
        target = stage.targets[name]
        rule = Fault(method=target.method, path=target.path)
        assert sum(rule.matches(*call) for call in calls) > target.skip, name


async def test_the_page_shows_the_files_as_they_were_given(guest: Guest) -> None:
    stage = guest.stage
    pull = stage.open_pull(title="Take vouchers", files=[MODIFIED])
    stage.push(pull, [ADDED, MODIFIED])
    files = await guest.provider.changed_files(guest.repository, pull.number)
    assert {file.path: file.status for file in files} == {"shop/cart.py": "modified", "shop/new.py": "added"}
    stage.push(pull, [MODIFIED])
    (file,) = await guest.provider.changed_files(guest.repository, pull.number)
    assert file.path == "shop/cart.py"
    page = httpx2.get(stage.page(pull))
    assert page.status_code == 200
    assert "Take vouchers" in page.text and "shop/cart.py" in page.text and "shop/new.py" not in page.text


@pytest.mark.parametrize(
    ("file", "known", "before", "after"),
    [
        (MODIFIED, None, "\n\na\nb\n", "\n\na\nc\nd\n"),
        (MODIFIED, b"1\n2\n3\n4\n5\n", "1\n2\na\nb\n5\n", "1\n2\na\nc\nd\n5\n"),
        (ADDED, None, None, "x\ny\n"),
        (FileDiff("old.py", "@@ -1,2 +0,0 @@\n-x\n-y"), b"x\ny\n", "x\ny\n", None),
        (FileDiff("new.py", "@@ -2 +2 @@\n-x\n+y", "old.py"), b"1\nx\n3\n", "1\nx\n3\n", "1\ny\n3\n"),
        (FileDiff("a.py", "@@ -1,0 +2 @@\n+x"), b"1\n2\n", "1\n2\n", "1\nx\n2\n"),
        (
            FileDiff("a.py", "@@ -2 +1,0 @@\n-x\n@@ -4 +3,2 @@\n-y\n+z\n+z"),
            b"1\nx\n3\ny\n",
            "1\nx\n3\ny\n",
            "1\n3\nz\nz\n",
        ),
    ],
)
def test_a_diff_becomes_two_files(file: FileDiff, known: bytes | None, before: str | None, after: str | None) -> None:
    expected = tuple(None if text is None else text.encode() for text in (before, after))
    assert sides(file, known) == expected


def test_a_file_without_a_diff_is_not_text() -> None:
    for content in sides(FileDiff("logo.png")):
        with pytest.raises(UnicodeDecodeError):
            (content or b"").decode()
