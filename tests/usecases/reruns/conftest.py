"""Fixtures of tests on reruns."""

from pathlib import Path

import pytest

from tests.usecases.conftest import Desk
from tests.usecases.reruns.bench import Again
from tests.usecases.runs.bench import Ci


@pytest.fixture
def again(desk: Desk, tmp_path: Path) -> Again:
    return Again(desk, tmp_path)


@pytest.fixture
def ci(desk: Desk) -> Ci:
    return Ci(desk)
