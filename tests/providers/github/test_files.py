"""Files as GitHub gives them: raw, with whatever else may come instead."""

import pytest

from providers.errors import RateLimited, TooLarge, Unavailable
from providers.values import Repository
from simulators.faults import Fault
from tests.providers.benches.github import GithubBench
from tests.providers.weather import JSON

pytestmark = pytest.mark.anyio

CONTENTS = "/contents/"
OWNERS = ".github/CODEOWNERS"


@pytest.fixture
def owned(github: GithubBench) -> GithubBench:
    github.commit({OWNERS: b"* @acme\n"})
    return github


async def test_what_is_absent_costs_one_more_call(owned: GithubBench) -> None:
    assert await owned.provider.get_file(owned.repository, OWNERS, "main") == b"* @acme\n"
    assert owned.calls() == (1, 0)
    assert await owned.provider.get_file(owned.repository, "CODEOWNERS", "main") is None
    assert owned.calls() == (2, 0)


async def test_what_github_gives_in_no_form_is_too_large(owned: GithubBench) -> None:
    body = (
        b'{"message": "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the '
        b'API", "errors": [{"resource": "Blob", "field": "data", "code": "too_large"}]}'
    )
    owned.fault(Fault(path=CONTENTS, status=403, headers=JSON, body=body))
    with pytest.raises(TooLarge, match="up to 100 MB"):
        await owned.provider.get_file(owned.repository, OWNERS, "main")


async def test_a_page_of_html_is_no_file(owned: GithubBench) -> None:
    owned.fault(Fault(path=CONTENTS, status=200, headers={"content-type": "text/html"}, body=b"<p>Sign in</p>"))
    with pytest.raises(Unavailable):
        await owned.provider.get_file(owned.repository, OWNERS, "main")


async def test_a_refused_token_is_replaced(owned: GithubBench) -> None:
    owned.fault(Fault(path=CONTENTS, status=401, headers=JSON, body=b'{"message": "Bad credentials"}'))
    assert await owned.provider.get_file(owned.repository, OWNERS, "main") == b"* @acme\n"


async def test_a_limit_is_kept_for_files_too(owned: GithubBench) -> None:
    owned.fault(Fault(path=CONTENTS, status=429, headers={"retry-after": "60"}))
    for reads in (1, 0):
        with pytest.raises(RateLimited):
            await owned.provider.get_file(owned.repository, OWNERS, "main")
        assert owned.calls() == (reads, 0)


async def test_a_renamed_repository_is_followed(owned: GithubBench) -> None:
    owned.rename("acme/store")
    assert await owned.provider.get_file(Repository("", "acme/shop"), OWNERS, "main") == b"* @acme\n"
