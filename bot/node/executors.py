"""Who can run a suite, and who of them may."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from bot.node.docker.options import DockerOptions
from bot.node.process import ProcessExecutor
from bot.node.values import MaskLine, Outcome, Task


class Executor(Protocol):
    """Runs suites in one kind of place: a process, a container, another service."""

    def run(self, task: Task, mask: MaskLine) -> AbstractAsyncContextManager[Outcome]:
        """Runs the suite on entering and removes everything of it on leaving.

        Whatever the suite does is told by the outcome. Raises OSError when the place itself fails; then nothing was
        learned about the suite and another try is right. Cancelling ends the suite.
        """
        ...


class ExecutorNotAllowed(LookupError):
    """An executor that the operator of this node has not allowed; the message is for people."""


def _process(_: DockerOptions) -> Executor:
    return ProcessExecutor()


def _docker(options: DockerOptions) -> Executor:
    # Its SDK is an extra.
    from bot.node.docker.executor import DockerExecutor

    return DockerExecutor(options)


KINDS: Mapping[str, Callable[[DockerOptions], Executor]] = MappingProxyType({"docker": _docker, "process": _process})
"""Every executor there is; each is made only where it is allowed."""


@dataclass(frozen=True, slots=True)
class Executors:
    """The executors that are allowed here, by name."""

    allowed: Mapping[str, Executor]

    def named(self, name: str) -> Executor:
        """Gives an executor. Raises ExecutorNotAllowed."""
        try:
            return self.allowed[name]
        except KeyError:
            raise ExecutorNotAllowed(
                f"this server may not run tests with {name!r}: AGNOX_EXECUTORS allows {_list(self.allowed)}"
            ) from None


def executors(allowed: frozenset[str], docker: DockerOptions = DockerOptions()) -> Executors:  # noqa: B008 - frozen
    """Makes the executors that the setting AGNOX_EXECUTORS names.

    Raises ValueError when there is no such executor, or what it needs is not installed.
    """
    unknown = allowed - KINDS.keys()
    if unknown:
        raise ValueError(f"AGNOX_EXECUTORS names {_list(unknown)}; there is only: {_list(KINDS)}")
    return Executors(MappingProxyType({name: KINDS[name](docker) for name in sorted(allowed)}))


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
