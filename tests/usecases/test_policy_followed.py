"""What stands on the host follows the policy of the branch that a pull request goes into."""

from dataclasses import replace
from pathlib import Path

import pytest
from cachetools import TTLCache

from bot.usecases.read_policy import HEAD_SECONDS, KnownPolicies
from providers.errors import Unavailable
from simulators.diff import FileDiff
from simulators.faults import Fault
from simulators.stage import Pull
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.hosts import WHERE, on, once_on
from tests.usecases.past import Past, commit
from tests.usecases.test_calls import remarks
from tests.usecases.test_publishing import republish

pytestmark = pytest.mark.anyio

FILE = ".agnox.yml"
CART = [FileDiff("shop/cart.py", "@@ -0,0 +1,4 @@\n+one\n+two\n+three\n+four")]


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


def rule(past: Past, text: str) -> None:
    """Puts a policy on the main branch; nobody has read another before."""
    commit(past.desk, {FILE: text})
    past.desk.services = replace(past.desk.services, policies=KnownPolicies())


async def opened(past: Past, *, own: str = "") -> Pull:
    files = [*CART, FileDiff(FILE, f"@@ -0,0 +1 @@\n+{own}")] if own else CART
    pull = past.desk.stage.open_pull(files=files)
    await past.desk.tell(past.desk.stage.opened(pull))
    return pull


def policy_reads(past: Past) -> int:
    reads, _ = past.desk.calls()
    return sum("agnox" in call.path + str(call.query) for call in reads)


@on()
async def test_our_verdicts_are_called_as_the_base_branch_says(past: Past) -> None:
    rule(past, "checks: {name: Gate}")
    pull = await opened(past, own="checks: {name: Mine}")
    await past.change(pull, junit(1))
    assert past.desk.standing(pull) == {"Gate / shop": "failed"}


@once_on(WHERE["awaits"])
async def test_so_is_a_verdict_that_is_to_come(past: Past) -> None:
    rule(past, "checks: {name: Gate}")
    pull = await opened(past)
    await past.change(pull, junit(0))
    past.desk.stage.push(pull)
    await past.desk.tell(past.desk.stage.pushed(pull))
    await past.desk.drain()
    assert past.desk.standing(pull) == {"Gate / shop": "pending"}


@on()
async def test_a_commit_without_a_pull_request_can_not_choose_its_name(past: Past) -> None:
    sha = commit(past.desk, {FILE: "checks: {name: Gate}"})
    past.desk.calls()
    await past.main(junit(1), sha=sha)
    assert policy_reads(past) == 0


@once_on()
@pytest.mark.parametrize(("comment", "green", "red"), [("always", 1, 1), ("failures", 0, 1), ("off", 0, 0)])
async def test_when_there_is_a_comment(past: Past, comment: str, green: int, red: int) -> None:
    rule(past, f"comment: {comment}")
    pull = await opened(past)
    await past.change(pull, junit(0))
    assert len(past.desk.stage.comments(pull)) == green
    past.desk.stage.push(pull)
    await past.desk.tell(past.desk.stage.pushed(pull))
    await past.change(pull, junit(1))
    assert len(past.desk.stage.comments(pull)) == red
    assert past.desk.verdict(pull).outcome == "failed"


@once_on()
async def test_only_what_came_with_the_change_makes_a_comment_where_that_is_wanted(past: Past) -> None:
    rule(past, "comment: changes")
    await past.main(junit(1))
    old, new = await opened(past), past.desk.stage.open_pull("other", files=CART)
    await past.desk.tell(past.desk.stage.opened(new))
    await past.change(old, junit(1))
    assert past.desk.stage.comments(old) == []
    assert past.desk.verdict(old).outcome == "failed"
    await past.change(new, junit(2))
    assert len(past.desk.stage.comments(new)) == 1


@once_on()
async def test_a_comment_that_stands_is_kept_true_where_none_is_wanted_any_more(past: Past) -> None:
    pull = await opened(past)
    await past.change(pull, junit(1))
    rule(past, "comment: off")
    past.desk.stage.push(pull)
    await past.desk.tell(past.desk.stage.pushed(pull))
    await past.change(pull, junit(0))
    (comment,) = past.desk.stage.comments(pull)
    assert "2 tests passed" in comment.body


@once_on(WHERE["annotations"])
async def test_checks_have_no_annotations_where_none_are_wanted(past: Past) -> None:
    rule(past, "checks: {annotations: false}")
    pull = await opened(past)
    await past.change(pull, junit(2))
    assert past.desk.verdict(pull).lines == ()
    assert "KeyError" in past.desk.verdict(pull).text


@once_on(WHERE["remarks"])
async def test_remarks_go_away_where_none_are_wanted_any_more(past: Past) -> None:
    past.desk.services = replace(past.desk.services, line_remarks=2)
    pull = await opened(past)
    await past.change(pull, junit(2))
    assert [asks for _, asks in remarks(past.desk.stage, pull)] == [True, True]
    rule(past, "checks: {annotations: false}")
    await past.change(pull, junit(3))
    assert not any(asks for _, asks in remarks(past.desk.stage, pull))


@on()
async def test_a_mistake_is_told_and_the_defaults_hold(past: Past) -> None:
    rule(past, "comment: off\nchecks:\n  nmae: '@all <b>'\n")
    pull = await opened(past)
    await past.change(pull, junit(1))
    (comment,), verdict = past.desk.stage.comments(pull), past.desk.verdict(pull)
    told = [comment.body, *([verdict.text] if past.desk.stage.name in WHERE["checks"] else [])]
    for text in told:
        assert "so the defaults hold" in text
        assert "line 3, column 3" in text
        assert "@all" not in text and "<b>" not in text
    assert past.desk.standing(pull) == {"Agnox / shop": "failed"}


@once_on(WHERE["checks"])
async def test_the_words_of_a_mistake_are_escaped(past: Past) -> None:
    rule(past, 'comment: "@octocat <img> [x](https://evil.example)"')
    pull = await opened(past)
    await past.change(pull, junit(1))
    for text in (past.desk.stage.comments(pull)[0].body, past.desk.verdict(pull).text):
        assert "line 1, column 10" in text
        assert "<img>" not in text and "](https://evil" not in text and " @octocat" not in text


@once_on({"github"})
async def test_a_file_that_can_not_be_seen_is_told(past: Past) -> None:
    body = b'{"message": "Resource not accessible by integration"}'
    past.desk.stage.faults.add(Fault(path=r"/contents/\.agnox", status=403, times=None, body=body))
    pull = await opened(past)
    await past.change(pull, junit(1))
    assert "can't be read, so the defaults hold" in past.desk.stage.comments(pull)[0].body


@once_on()
async def test_nothing_is_said_by_the_wrong_rules_while_the_host_is_away(past: Past) -> None:
    rule(past, "{comment: off, checks: {name: Gate}}")
    pull = await opened(past)
    await past.desk.drain()
    past.desk.services = replace(past.desk.services, policies=KnownPolicies())
    fault = past.desk.stage.faults.add(Fault(method="GET", path=r"agnox|/items", status=503, times=None))
    with pytest.raises(Unavailable):
        await past.change(pull, junit(1))
    assert not past.desk.stage.verdicts(pull)
    fault.times = 0
    await republish(past.desk)
    assert past.desk.standing(pull) == {"Gate / shop": "failed"}
    assert past.desk.stage.comments(pull) == []


@on()
@pytest.mark.parametrize("text", ["checks: {name: Gate}", ""])
async def test_the_policy_is_read_once_for_a_head(past: Past, text: str) -> None:
    commit(past.desk, {FILE: text} if text else None)
    now = 0.0
    known = KnownPolicies(TTLCache(10, 60, lambda: now), TTLCache(10, HEAD_SECONDS, lambda: now))
    past.desk.services = replace(past.desk.services, policies=known)
    pull = await opened(past)
    past.desk.calls()
    await past.change(pull, junit(1))
    assert policy_reads(past) >= 1
    now += HEAD_SECONDS - 1
    await past.change(pull, junit(2))
    assert policy_reads(past) == 0
    # However long ago it was, what did not change asks nothing.
    now += 10 * HEAD_SECONDS
    past.desk.stage.calls.clear()
    await republish(past.desk)
    assert not list(past.desk.stage.calls)
    past.desk.stage.push(pull)
    await past.desk.tell(past.desk.stage.pushed(pull))
    await past.change(pull, junit(1))
    assert policy_reads(past) >= 1
