"""Which hosts a test runs on, by what they can do."""

from collections.abc import Iterable, Mapping

import pytest

from simulators.names import STAGES
from tests.tracing import HOST_AND_DATABASE

WHERE: Mapping[str, frozenset[str]] = {
    "actions": frozenset({"github"}),
    "annotations": frozenset({"github"}),
    "awaits": frozenset({"azure"}),
    "checks": frozenset({"github"}),
    "hooks": frozenset(STAGES) - {"github"},
    "remarks": frozenset({"azure", "gitlab"}),
    "resolves": frozenset({"azure"}),
}
"""The hosts that have a capability, as they are set up by default; a test holds this against the hosts themselves."""


def on(hosts: Iterable[str] = STAGES) -> pytest.MarkDecorator:
    """Runs a test on each of the hosts, on SQLite; the first host's on PostgreSQL besides."""
    chosen = sorted(hosts, key=lambda name: (name != "github", name))
    pairs = [(chosen[0], "postgresql"), *((name, "sqlite") for name in chosen)]
    return pytest.mark.parametrize(HOST_AND_DATABASE, pairs, indirect=True)


def once_on(hosts: Iterable[str] = STAGES) -> pytest.MarkDecorator:
    """Runs a test on each of the hosts, on SQLite only."""
    pairs = [(name, "sqlite") for name in sorted(hosts)]
    return pytest.mark.parametrize(HOST_AND_DATABASE, pairs, indirect=True)
