"""What containers of suites may do; nothing of it comes from who asks for tests."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

_GIGABYTE = 1_000_000_000
_SHARED_MEMORY = 1 << 30
_NETWORK = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")


class Pull(StrEnum):
    """When an image is fetched."""

    ALWAYS = "always"
    MISSING = "missing"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class DockerOptions:
    """The operator's rules for containers; sizes in bytes. Raises ValueError, fit for people."""

    host: str = ""
    """The engine's address; empty: what DOCKER_HOST says, or Docker's own socket."""
    image: str = ""
    """For suites that name none."""
    images: frozenset[str] = frozenset()
    """Patterns of the images that are allowed; empty: any."""
    pull: Pull = Pull.MISSING
    network: str = "bridge"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables of the worker that suites get too."""
    user: str = "1000:1000"
    """Empty: what the image says."""
    memory: int = 2 * _GIGABYTE
    cpus: float = 2.0
    pids: int = 2_048
    read_only: bool = False
    """Only the suite's own folders and /tmp may be written."""

    def __post_init__(self) -> None:
        # "host" and "container:NAME" would let a suite into networks that are not its own.
        if self.network == "host" or not _NETWORK.fullmatch(self.network):
            raise ValueError(
                f"AGNOX_DOCKER_NETWORK is {self.network!r}: expected none, bridge or the name of a network"
            )

    @property
    def shared_memory(self) -> int:
        """The size of /dev/shm: browsers need more than an engine gives, and it counts as memory."""
        return min(_SHARED_MEMORY, self.memory // 2)

    def allows(self, image: str) -> bool:
        """Tells whether suites may run in an image, by its name as it was asked for."""
        return not self.images or any(fnmatchcase(image, pattern) for pattern in self.images)
