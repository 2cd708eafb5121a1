"""Which executor runs a suite, and what its testing node must have."""

from collections.abc import Collection

from bot.domain.labels import EXECUTOR, parts
from bot.store.models import Project, TestCycle

AGNOX = "agnox"
"""Not a testing node but the organization's Agnox server."""
DOCKER = "docker"
PROCESS = "process"


def choose_executor(setting: str, image: str, allowed: Collection[str]) -> str:
    """Names the executor: the project's own setting, else docker for what names an image where that is allowed.

    Who may use it is not asked here: `Executors.named` refuses.
    """
    if setting:
        return setting
    if DOCKER in allowed and (image or PROCESS not in allowed):
        return DOCKER
    return PROCESS


def wanted_labels(project: Project, cycle: TestCycle) -> frozenset[str]:
    """Gives what a node must have: what the project and the request want, and the executor where that is settled."""
    settled = {EXECUTOR + project.executor} if project.executor else set()
    return parts(project.labels) | frozenset(cycle.request.get("labels", ())) | settled


def node_labels(labels: Collection[str], executors: Collection[str]) -> frozenset[str]:
    """Gives what a node has: its labels and the executors that it may use."""
    return frozenset(labels) | {EXECUTOR + name for name in executors}
