"""Causes are told with the names that the base branch's policy has for parts of the repository."""

from pathlib import Path

import pytest

from simulators.diff import FileDiff
from tests.e2e.suites import junit
from tests.usecases.conftest import Desk
from tests.usecases.hosts import once_on
from tests.usecases.past import Past
from tests.usecases.test_policy_followed import FILE, rule

pytestmark = pytest.mark.anyio

ONE = FileDiff("docs/guide.md", "@@ -0,0 +1 @@\n+one")
TWO = FileDiff("web/index.html", "@@ -0,0 +1 @@\n+two")
OWN = FileDiff(FILE, '@@ -0,0 +1 @@\n+paths: {"**": {label: mine}}')


@pytest.fixture
def past(desk: Desk, tmp_path: Path) -> Past:
    return Past(desk, tmp_path)


async def told(past: Past, *files: FileDiff) -> str:
    """The comment's line on a failure of `tests/test_shop.py` in `shop/cart.py`."""
    pull = past.desk.stage.open_pull(files=files)
    await past.desk.tell(past.desk.stage.opened(pull))
    await past.change(pull, junit(1))
    (comment,) = past.desk.stage.comments(pull)
    return next(line for line in comment.body.splitlines() if line.startswith("**") and "article aa" in line)


@once_on()
async def test_the_failing_files_decide(past: Past) -> None:
    rule(past, 'paths: {"shop/**": {label: shop floor}, "docs/": {label: guide}}')
    line = await told(past, ONE, OWN)
    assert line.startswith("**shop floor · ") and "guide" not in line and "mine" not in line


@pytest.mark.parametrize(("files", "label"), [((ONE,), "guide · "), ((ONE, TWO), "")])
@once_on()
async def test_else_the_only_part_that_is_changed(past: Past, files: tuple[FileDiff, ...], label: str) -> None:
    rule(past, 'paths: {"docs/": {label: guide}, "web/": {label: front}}')
    assert (await told(past, *files)).startswith(f"**{label}`")


@once_on({"github"})
async def test_a_change_of_very_many_files_decides_nothing(past: Past) -> None:
    rule(past, 'paths: {"docs/": {label: guide}}')
    assert "guide" not in await told(past, *(FileDiff(f"docs/{n}.md", "@@ -0,0 +1 @@\n+x") for n in range(101)))
