"""Benches of Gitea; no request may be one that it would refuse."""

from collections.abc import Iterator

import pytest

from tests.providers.benches.gitea import GiteaBench


@pytest.fixture
def gitea() -> Iterator[GiteaBench]:
    made = GiteaBench()
    yield made
    assert list(made.problems()) == []
