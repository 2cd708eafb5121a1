"""Benches of Azure DevOps; it would refuse no request of theirs, and nothing that we write may set anything off."""

from collections.abc import Iterator

import pytest

from tests.providers.benches.azure import AzureBench


@pytest.fixture
def azure() -> Iterator[AzureBench]:
    made = AzureBench()
    yield made
    assert list(made.problems()) == []


@pytest.fixture
def collection() -> Iterator[AzureBench]:
    """A server's collection."""
    made = AzureBench(server=True)
    yield made
    assert list(made.problems()) == []
