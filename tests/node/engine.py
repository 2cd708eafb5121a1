"""A real container engine: Docker's where there is one, else a Podman that is started on folders of its own."""

import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

IMAGE = "localhost/agnox-suite:latest"
TOOLS = ("sh", "cat", "env", "grep", "head", "id", "ls", "mkdir", "rm", "sleep", "tail", "touch", "wc")
SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True)
class Engine:
    """Where it listens, and what else can be asked of it."""

    host: str
    api: docker.APIClient

    def suites(self) -> list[str]:
        """The names of our containers that are there, running or not."""
        found = self.api.containers(all=True, filters={"label": "io.agnox.suite"})
        return [name.strip("/") for container in found for name in container["Names"]]

    def volumes(self) -> int:
        return len(self.api.volumes()["Volumes"] or [])


@contextmanager
def an_engine() -> Iterator[Engine]:
    """Starts one if need be and gives it the image; skips the test where none can be had."""
    if SOCKET.exists():
        yield _with_image(f"unix://{SOCKET}")
        return
    podman = shutil.which("podman")
    if podman is None or os.geteuid() != 0:
        pytest.skip("there is neither Docker nor a Podman that may be started")
    # Not a folder of pytest's, which would later trip over what an engine leaves behind.
    folder = Path(tempfile.mkdtemp(prefix="agnox-engine-"))
    address = f"unix://{folder / 'engine.sock'}"
    config = folder / "containers.conf"
    config.write_text(
        f'[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\nruntime = "{_runtime()}"\n', encoding="utf-8"
    )
    places = ["--root", str(folder / "root"), "--runroot", str(folder / "run"), "--tmpdir", str(folder / "tmp")]
    service = subprocess.Popen(
        [podman, *places, "system", "service", "--time=0", address],
        env={**os.environ, "CONTAINERS_CONF": str(config)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _with_image(address)
    finally:
        service.terminate()
        service.wait(20)
        for mounted in re.findall(rf" ({re.escape(str(folder))}\S*) ", Path("/proc/mounts").read_text("utf-8")):
            subprocess.run(["umount", "-l", mounted], check=False)
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def _runtime() -> str:
    return "runc" if shutil.which("runc") else "crun"


def _with_image(address: str) -> Engine:
    until = time.monotonic() + 20
    while not Path(address.removeprefix("unix://")).exists() and time.monotonic() < until:
        time.sleep(0.05)
    api = docker.APIClient(base_url=address, version="auto", timeout=30)
    told = api.import_image_from_data(_filesystem(), repository=IMAGE.rpartition(":")[0], tag="latest")
    assert "error" not in told, told
    return Engine(address, api)


def _filesystem() -> bytes:
    """A file system of this machine's shell and a few tools, with the libraries that they need."""
    tools = {f"bin/{tool}": Path(found).resolve() for tool in TOOLS if (found := shutil.which(tool))}
    linked = subprocess.run(["ldd", *map(str, tools.values())], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"(?:=> |^\s)(/\S+)", linked, re.MULTILINE))
    libraries = {path.strip("/"): Path(path).resolve() for path in sorted(needed)}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for name in ("tmp", "proc", "dev", "sys", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            archive.addfile(entry)
        for name, path in {**tools, **libraries}.items():
            archive.add(path, name)
    return buffer.getvalue()
