"""Fixtures of tests on CI runs."""

import pytest

from tests.usecases.conftest import Desk
from tests.usecases.runs.bench import Ci


@pytest.fixture
def ci(desk: Desk) -> Ci:
    return Ci(desk)
