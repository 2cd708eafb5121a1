"""Whose code fails, and which of the changed files a failure points to."""

from pathlib import Path

import pytest

from bot.domain.codeowners import FLAVOURS
from simulators.diff import FileDiff
from simulators.faults import Fault
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.hosts import on, once_on
from tests.usecases.past import Past, commit, findings
from tests.usecases.test_publishing import republish

pytestmark = pytest.mark.anyio

CHANGED = [
    FileDiff("docs/readme.md", "@@ -0,0 +1 @@\n+words"),
    FileDiff("shop/cart.py", "@@ -0,0 +1,4 @@\n+one\n+two\n+three\n+four"),
]
RULES = {"gitea": "docs/.* @docs\nshop/.* @acme/shop @ada\n"}
OWNED = frozenset(FLAVOURS)


def rules(desk: Desk) -> str:
    return RULES.get(desk.stage.name, "# who owns what\n* @acme/core\ndocs/ @docs\n/shop/ @acme/shop @ada\n")


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


@on()
async def test_the_changed_file_that_fails_comes_first_and_its_owner_is_named(past: Past) -> None:
    desk = past.desk
    commit(desk, {"CODEOWNERS": rules(desk)})
    pull = desk.stage.open_pull(files=CHANGED)
    execution = await past.change(pull, junit(1))
    (found,) = findings(await past.execution(execution.id))
    assert (found["suspects"][0], found["changed"]) == ("shop/cart.py", ["shop/cart.py"])
    (comment,) = desk.stage.comments(pull)
    assert "likely `shop/cart.py`, changed here" in comment.body
    if desk.stage.name in OWNED:
        assert found["owners"] == ["@acme/shop", "@ada"]
        assert "owned by `@acme/shop`, `@ada`" in comment.body
    else:
        assert "owners" not in found and "owned by" not in comment.body


@once_on(OWNED)
async def test_the_base_branch_says_who_owns_and_not_the_change(past: Past) -> None:
    desk = past.desk
    commit(desk, {"CODEOWNERS": rules(desk)})
    own = FileDiff("CODEOWNERS", "@@ -0,0 +1 @@\n+.* @mallory\n+* @mallory")
    pull = desk.stage.open_pull(files=[*CHANGED, own])
    await past.change(pull, junit(1))
    (comment,) = desk.stage.comments(pull)
    assert "`@acme/shop`" in comment.body and "mallory" not in comment.body


@pytest.mark.parametrize(
    ("host", "place"), [(name, place) for name in sorted(OWNED) for place in FLAVOURS[name].places], indirect=["host"]
)
@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_every_place_of_the_host_is_looked_at(past: Past, place: str) -> None:
    commit(past.desk, {place: rules(past.desk)})
    pull = past.desk.stage.open_pull(files=CHANGED)
    await past.change(pull, junit(1))
    (comment,) = past.desk.stage.comments(pull)
    assert "owned by `@acme/shop`, `@ada`" in comment.body


@once_on()
async def test_what_does_not_point_to_the_change_is_not_blamed_on_it(past: Past) -> None:
    pull = past.desk.stage.open_pull(files=CHANGED[:1])
    execution = await past.change(pull, junit(1))
    (found,) = findings(await past.execution(execution.id))
    assert "changed" not in found and found["suspects"][0] == "shop/cart.py"
    (comment,) = past.desk.stage.comments(pull)
    assert "changed here" not in comment.body


@once_on()
async def test_a_host_that_tells_nothing_of_the_change_does_not_hold_up_the_report(past: Past) -> None:
    desk = past.desk
    commit(desk, {"CODEOWNERS": rules(desk)})
    pull = desk.stage.open_pull(files=CHANGED)
    await desk.tell(desk.stage.opened(pull))
    fault = desk.stage.faults.add(Fault(method="GET", path=r"/(files|diffs|changes)(?!/.agnox)", status=503, times=99))
    await past.change(pull, junit(1))
    (comment,) = desk.stage.comments(pull)
    assert "1 of 3 tests failed" in comment.body and "changed here" not in comment.body
    assert desk.verdict(pull).outcome == "failed"
    fault.times = 0
    await republish(desk)
    (comment,) = desk.stage.comments(pull)
    assert "changed here" in comment.body


@once_on()
async def test_a_head_is_asked_about_once(past: Past) -> None:
    desk = past.desk
    commit(desk, {"CODEOWNERS": rules(desk)})
    pull = desk.stage.open_pull(files=CHANGED)
    await desk.tell(desk.stage.opened(pull))
    await past.change(pull, junit(1))
    desk.stage.calls.clear()
    await republish(desk)
    assert not list(desk.stage.calls)
    await past.change(pull, junit(2))
    reads, _ = desk.calls()
    assert not [call for call in reads if any(word in call.path for word in ("files", "diffs", "CODEOWNERS"))]
    # Another head has other changes, but its base still has the same owners.
    desk.stage.push(pull, CHANGED)
    await desk.tell(desk.stage.pushed(pull))
    await past.change(pull, junit(1))
    reads, _ = desk.calls()
    assert not [call for call in reads if "CODEOWNERS" in call.path + str(call.query)]
    assert "changed here" in desk.stage.comments(pull)[0].body


@once_on({"github"})
async def test_a_green_run_asks_nothing(past: Past) -> None:
    desk = past.desk
    pull = desk.stage.open_pull(files=CHANGED)
    await desk.tell(desk.stage.opened(pull))
    await past.change(pull, junit(0))
    reads, _ = desk.calls()
    assert not [call for call in reads if "files" in call.path or "CODEOWNERS" in call.path]


@once_on({"github"})
async def test_a_commit_without_a_pull_request_has_owners_too(past: Past) -> None:
    sha = commit(past.desk, {".github/CODEOWNERS": rules(past.desk)})
    execution = await past.main(junit(1), sha=sha)
    (found,) = findings(await past.execution(execution.id))
    assert found["owners"] == ["@acme/shop", "@ada"] and "changed" not in found
