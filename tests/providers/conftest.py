"""A bench per provider; `provider_name` picks one by its parametrization."""

from collections.abc import Iterator

import pytest

from tests.providers.benches.bench import Bench
from tests.providers.benches.github import GithubBench

BENCHES = {"github": GithubBench}


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Every provider in turn; no request may be one that its host would refuse."""
    made: Bench = BENCHES[request.param]()
    yield made
    assert list(made.problems()) == []


@pytest.fixture
def github() -> Iterator[GithubBench]:
    made = GithubBench()
    yield made
    assert made.problems() == []
