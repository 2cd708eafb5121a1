"""Benches of GitLab; no request may be one that it would refuse, and nothing that we write may set anything off."""

from collections.abc import Iterator

import pytest

from tests.providers.benches.gitlab import GitlabBench


@pytest.fixture
def gitlab() -> Iterator[GitlabBench]:
    made = GitlabBench()
    yield made
    assert list(made.problems()) == []


@pytest.fixture
def threads() -> Iterator[GitlabBench]:
    """Where our comment is a thread to be resolved."""
    made = GitlabBench(comment="discussion")
    yield made
    assert list(made.problems()) == []
