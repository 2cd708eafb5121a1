"""Files as Gitea gives them, with a header that says what they are."""

import pytest

from providers.errors import NotFound, TooLarge
from simulators.faults import Fault
from tests.providers.benches.gitea import GiteaBench

pytestmark = pytest.mark.anyio

RAW = "/raw/"


async def test_what_is_absent_costs_one_more_call(gitea: GiteaBench) -> None:
    gitea.commit({"CODEOWNERS": b"* @acme\n"})
    assert await gitea.provider.get_file(gitea.repository, "CODEOWNERS", "main") == b"* @acme\n"
    assert gitea.calls() == (1, 0)
    assert await gitea.provider.get_file(gitea.repository, "docs/CODEOWNERS", "main") is None
    assert gitea.calls() == (2, 0)


@pytest.mark.parametrize(("kind", "content"), [({}, b"a"), ({"x-gitea-object-type": "symlink"}, None)])
async def test_versions_that_say_nothing_are_believed(
    gitea: GiteaBench, kind: dict[str, str], content: bytes | None
) -> None:
    gitea.fault(Fault(path=RAW, status=200, headers=kind, body=b"a"))
    assert await gitea.provider.get_file(gitea.repository, "CODEOWNERS", "main") == content


async def test_a_refusal_is_read_however_small_the_limit(gitea: GiteaBench) -> None:
    gitea.commit({"CODEOWNERS": b"* @acme\n"})
    with pytest.raises(TooLarge):
        await gitea.provider.get_file(gitea.repository, "CODEOWNERS", "main", limit=1)
    with pytest.raises(NotFound, match="404"):
        await gitea.provider.get_file(gitea.repository, "CODEOWNERS", "gone", limit=1)
