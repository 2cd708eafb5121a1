"""The bot as real processes beside a simulated git host."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulators.demo.story import Story
from simulators.github import GithubSimulator

Begin = Callable[..., Story]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Makes a story with a configured bot that does not run yet; at the end no request may have been a wrong one."""
    simulators: list[GithubSimulator] = []
    with ExitStack() as stack:

        def make(settings: Mapping[str, str] | None = None) -> Story:
            simulator = GithubSimulator()
            simulators.append(simulator)
            github = stack.enter_context(simulator.serve())
            return Story.begin(simulator, github, tmp_path, {"AGNOX_JOB_LEASE": "1", **(settings or {})})

        yield make
    for simulator in simulators:
        assert not simulator.violations
