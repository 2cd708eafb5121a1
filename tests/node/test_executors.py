"""Nothing runs that the operator hasn't allowed."""

import pytest

from bot.node.executors import ExecutorNotAllowed, executors
from bot.node.process import ProcessExecutor
from bot.node.values import Task


def test_what_is_allowed_is_there() -> None:
    assert isinstance(executors(frozenset({"process"})).named("process"), ProcessExecutor)


@pytest.mark.parametrize(
    ("allowed", "name", "listed"),
    [(frozenset[str](), "process", "nothing"), (frozenset({"process"}), "docker", "process")],
)
def test_anything_else_is_refused_by_name(allowed: frozenset[str], name: str, listed: str) -> None:
    with pytest.raises(ExecutorNotAllowed, match=f"'{name}': AGNOX_EXECUTORS allows {listed}$"):
        executors(allowed).named(name)


def test_a_misspelt_setting_is_told_at_start() -> None:
    with pytest.raises(ValueError, match="AGNOX_EXECUTORS names proces; there is only: docker, process"):
        executors(frozenset({"proces", "process"}))


@pytest.mark.parametrize("limits", [{"time_limit": 0}, {"log_limit": 0}])
def test_a_limit_that_leaves_nothing_is_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="limits too small"):
        Task("true", **limits)  # type: ignore[arg-type]
