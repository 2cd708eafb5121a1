"""A bench per provider; `provider_name` picks one by its parametrization."""

from collections.abc import Callable, Iterator
from functools import cache, partial

import pytest

from providers.github import auth
from tests.providers.benches.azure import AzureBench
from tests.providers.benches.bench import Bench
from tests.providers.benches.gitea import GiteaBench
from tests.providers.benches.github import GithubBench
from tests.providers.benches.gitlab import GitlabBench

BENCHES: dict[str, Callable[[], Bench]] = {
    "azure": AzureBench,
    "azure-server": partial(AzureBench, server=True),
    "gitea": GiteaBench,
    "github": GithubBench,
    "gitlab": GitlabBench,
    "gitlab-threads": partial(GitlabBench, comment="discussion"),
}


@pytest.fixture(scope="session", autouse=True)
def _each_key_is_read_once() -> Iterator[None]:
    """Reading a private key takes longer than a test, and every bench of GitHub has the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "load_key", cache(auth.load_key))
        yield


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Every provider in turn; no request may be one that its host would refuse."""
    made = BENCHES[request.param]()
    yield made
    assert list(made.problems()) == []


@pytest.fixture
def github() -> Iterator[GithubBench]:
    made = GithubBench()
    yield made
    assert made.problems() == []
