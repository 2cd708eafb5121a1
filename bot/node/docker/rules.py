"""What a container of a suite is made with: its rights, its limits, its folders."""

import io
import tarfile
import time
from typing import Any

import docker
from docker.types import LogConfig, Mount, Ulimit

from bot.node.docker.options import DockerOptions

FOLDER = "/agnox"
"""Where the suite's own folders lie in the container."""
# Each is named: what is not, some engines raise, which they may not everywhere.
_LIMITS = (("core", 0), ("nofile", 16_384), ("nproc", 32_768))
_FOLDERS = ("work", "home", "tmp", "results")


def host_config(api: docker.APIClient, options: DockerOptions) -> dict[str, Any]:
    """Gives what the engine is told of the machine's side of a container: no rights, and limits."""
    made: dict[str, Any] = api.create_host_config(
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        privileged=False,
        network_mode=options.network,
        read_only=options.read_only,
        tmpfs={"/tmp": "rw,nosuid,nodev,mode=1777"} if options.read_only else None,  # noqa: S108
        mem_limit=options.memory,
        memswap_limit=options.memory,
        shm_size=options.shared_memory,
        nano_cpus=round(options.cpus * 1e9),
        pids_limit=options.pids,
        ulimits=[Ulimit(name=name, soft=most, hard=most) for name, most in _LIMITS],
        # Nothing of this machine: the volume is made for this container and goes with it.
        mounts=[Mount(target=FOLDER, source=None, type="volume")],
        log_config=LogConfig(type="none"),
    )
    return made


def skeleton() -> bytes:
    """The suite's folders, empty, for whatever user it runs as."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in _FOLDERS:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o777, int(time.time())
            archive.addfile(entry)
    return buffer.getvalue()
