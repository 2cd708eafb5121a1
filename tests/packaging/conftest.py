"""Both wheels, built and installed where nothing of the checkout can be seen."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Wheels:
    """The built wheels."""

    bot: Path
    client: Path


@dataclass(frozen=True)
class Place:
    """A virtual environment and an empty folder to work in."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv/bin/python"

    @property
    def agnox(self) -> Path:
        return self.folder / "venv/bin/agnox"

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder / "venv")}))

    @property
    def environment(self) -> dict[str, str]:
        foreign = ("AGNOX_", "PYTHON", "COV_", "COVERAGE_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return clean | {"AGNOX_DATA_DIR": str(self.folder / "data"), "COLUMNS": "80"}

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        """Runs a program there."""
        return subprocess.run(
            arguments, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    folder = tmp_path_factory.mktemp("wheels")
    for source in (ROOT, ROOT / "client"):
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
        subprocess.run(build, cwd=source, check=True, capture_output=True)
    [bot], [client] = folder.glob("agnox_bot-*.whl"), folder.glob("agnox_client-*.whl")
    return Wheels(bot, client)


@pytest.fixture(scope="session")
def alone(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """agnox-client and click: what a build machine has."""
    place = Place(tmp_path_factory.mktemp("alone"))
    venv.create(place.folder / "venv", with_pip=True)
    _install(place, wheels.client)
    for file in distribution("click").files or ():
        target = place.site_packages / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file.locate(), target)
    return place


@pytest.fixture(scope="session")
def installed(wheels: Wheels, alone: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Both distributions; what they depend on is borrowed from the environment of the tests."""
    place = Place(tmp_path_factory.mktemp("installed"))
    venv.create(place.folder / "venv", symlinks=True)
    _install(place, wheels.client, wheels.bot, pip=alone)
    # A .pth file inside a folder that is itself named by one is not read, so the checkout stays out of sight.
    (place.site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return place


def _install(place: Place, *wheels: Path, pip: Place | None = None) -> None:
    pip_there = ((pip or place).python, "-m", "pip", "--python", place.python)
    done = place.run(*pip_there, "install", "--quiet", "--no-index", "--no-deps", *wheels)
    assert done.returncode == 0, done.stderr
