"""A build machine with a client that writes down how it is called."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from agnox import __version__
from simulators.serving import serving
from tests.client.conftest import Scripted

KEY = "agx_9b1f6c0d3e8a47"
TOOLS = [
    "bash",
    "sh",
    "dash",
    "busybox",
    "cat",
    "chmod",
    "env",
    "grep",
    "ln",
    "mkdir",
    "mktemp",
    "printf",
    "readlink",
    "rm",
    "rmdir",
    "sed",
    "sleep",
    "tail",
    "tr",
    "true",
    "false",
]

# Beside its arguments it says whether it was given the key, runs what stands behind --, and ends as it was told.
_CLIENT = """\
#!/bin/sh
if [ "$1" = --version ]; then echo "agnox, version ${STUB_VERSION:-%s}"; exit; fi
if [ "${2:-}" = --print-context ]; then exit "${STUB_CONTEXT:-0}"; fi
for each in "$@"; do printf '%%s\\0' "$each"; done >"$STUB_CALLS.arguments"
env -0 >"$STUB_CALLS.variables"
if [ "$1" = run ]; then
    while [ "$1" != -- ]; do shift; done
    shift
    exec "$@"
fi
exit "${STUB_CODE:-0}"
"""


@dataclass
class Machine:
    """A PATH with the tools of a small image, and nothing else."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def bin(self) -> Path:
        return self.folder / "bin"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "PATH": str(self.bin),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "STUB_CALLS": str(self.folder / "called"),
            "AGNOX_URL": "https://agnox.acme.test",
            "AGNOX_API_KEY": KEY,
            **self.variables,
        }

    def program(self, name: str, text: str) -> Path:
        """Puts a program on the PATH."""
        path = self.bin / name
        path.write_text(text)
        path.chmod(stat.S_IRWXU)
        return path

    def client(self) -> None:
        """Puts the client there that writes down how it is called."""
        self.program("agnox", client_text())

    def real_client(self) -> None:
        """Puts the real client there."""
        self.program("agnox", f'#!/bin/sh\nexec "{sys.executable}" -m agnox "$@"\n')

    @property
    def called(self) -> list[str] | None:
        """The client's arguments, nothing where it was not called."""
        path = self.folder / "called.arguments"
        return path.read_bytes().decode().split("\0")[:-1] if path.exists() else None

    @property
    def given(self) -> Mapping[str, str]:
        """The client's variables."""
        lines = self.folder.joinpath("called.variables").read_bytes().decode().split("\0")[:-1]
        return dict(line.split("=", 1) for line in lines)


def client_text() -> str:
    """The program that writes down how it is called."""
    return _CLIENT % __version__


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for name in ("bin", "work", "home", "tmp"):
        tmp_path.joinpath(name).mkdir()
    for name in TOOLS:
        if found := shutil.which(name):
            tmp_path.joinpath("bin", name).symlink_to(os.path.realpath(found))
    return Machine(tmp_path)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A server that writes down what it is sent."""
    told = Scripted()
    with serving(Starlette(routes=[Route("/{path:path}", told.answer, methods=["POST"])])) as told.url:
        yield told
