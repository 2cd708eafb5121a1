"""The script that all steps share: where the client comes from, and what becomes of a command without it."""

import ensurepip
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from agnox import __version__
from tests.integrations.conftest import KEY, Machine, client_text
from tests.integrations.hosts import SCRIPT

SHELLS = (("bash", "-euo", "pipefail"), ("bash", "--posix"), ("sh",), ("dash", "-eu"), ("busybox", "sh"))

# What each of them is asked to do, done: a folder with the client in it.
_UV = 'mkdir -p "$UV_TOOL_BIN_DIR"; cp "$CLIENT" "$UV_TOOL_BIN_DIR/agnox"\n'
_PIPX = 'mkdir -p "$PIPX_BIN_DIR"; cp "$CLIENT" "$PIPX_BIN_DIR/agnox"\n'
_NOTE = '#!/bin/sh\necho "$0 $* key=${AGNOX_API_KEY-none}" >>"$NOTES"\n'


@pytest.fixture(params=[shell for shell in SHELLS if shutil.which(shell[0])], ids=" ".join)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    given: tuple[str, ...] = request.param
    return given


def script(machine: Machine, *arguments: str, shell: tuple[str, ...] = ("sh",)) -> tuple[int, str]:
    """Runs the script; gives its exit code and all that it wrote."""
    ended = subprocess.run(
        (*shell, str(SCRIPT), *arguments),
        env=machine.environment,
        cwd=machine.work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout


def installer(machine: Machine, name: str, text: str) -> Path:
    """Puts an installer there that writes down what it is asked; gives where it does."""
    machine.bin.joinpath("cp").symlink_to(os.path.realpath(shutil.which("cp") or ""))
    client = machine.folder / "client.sh"
    client.write_text(client_text())
    client.chmod(0o755)
    notes = machine.folder / "notes"
    machine.variables |= {"CLIENT": str(client), "NOTES": str(notes)}
    machine.program(name, _NOTE + text)
    return notes


def python(machine: Machine) -> None:
    """Puts a Python there; the pip that it brings is used as it is packed, as unpacking takes seconds."""
    # Distributions of Linux may keep it elsewhere.
    folders = (Path(ensurepip.__file__).parent / "_bundled", Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "-"))
    packed = next(wheel for folder in folders for wheel in folder.glob("pip-*.whl"))
    machine.variables["PYTHONPATH"] = str(packed)
    quick = f'case "$1 $2" in "-m venv") exec "{sys.executable}" -m venv --without-pip "$3" ;; esac\n'
    machine.program("python3", f'#!/bin/sh\n{quick}exec "{sys.executable}" "$@"\n')


def wheel(machine: Machine) -> None:
    """Makes the pinned client to be had by pip, and nothing else."""
    folder = machine.folder / "index"
    folder.mkdir()
    info = f"agnox_client-{__version__}.dist-info"
    with zipfile.ZipFile(folder / f"agnox_client-{__version__}-py3-none-any.whl", "w") as archive:
        archive.writestr("agnox/__init__.py", "")
        archive.writestr(
            "agnox/__main__.py",
            f"import os, sys\ndef main():\n    if '--version' in sys.argv: print('agnox, version {__version__}')\n"
            "    else: open(os.environ['STUB_CALLS'] + '.arguments', 'w').write(chr(0).join([*sys.argv[1:], '']))\n",
        )
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: agnox-client\nVersion: {__version__}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", "[console_scripts]\nagnox = agnox.__main__:main\n")
        archive.writestr(f"{info}/RECORD", "")
    machine.variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def test_the_client_that_is_there_is_taken(machine: Machine, shell: tuple[str, ...]) -> None:
    machine.client()
    assert script(machine, "upload", "a b.xml", "*.xml", shell=shell) == (0, "")
    assert machine.called == ["upload", "a b.xml", "*.xml"]
    assert script(machine, "run", "--report", "x", "--", "sh", "-c", "echo said; exit 4", shell=shell) == (4, "said\n")


@pytest.mark.parametrize(("name", "text"), [("uv", _UV), ("pipx", _PIPX)])
def test_an_installer_is_asked_once_and_without_the_key(machine: Machine, name: str, text: str) -> None:
    notes = installer(machine, name, text)
    python(machine)
    machine.program("agnox", '#!/bin/sh\necho "agnox, version 0.0.9"\n')
    for _ in range(2):
        assert script(machine, "upload", "a.xml") == (0, "")
        assert machine.called == ["upload", "a.xml"]
    (line,) = notes.read_text().splitlines()
    assert " install " in line
    assert line.endswith(f" agnox-client=={__version__} key=none")
    assert machine.given["AGNOX_API_KEY"] == KEY


def test_another_version_is_another_client(machine: Machine) -> None:
    notes = installer(machine, "uv", _UV)
    for version in ("0.2.0", "0.3.0rc1", "0.2.0"):
        machine.variables |= {"AGNOX_STEP_VERSION": version, "STUB_VERSION": version}
        assert script(machine, "upload", "a.xml") == (0, "")
    asked = [line.split()[-2] for line in notes.read_text().splitlines()]
    # The stub says any version, so that the first one serves again.
    assert asked == ["agnox-client==0.2.0", "agnox-client==0.3.0rc1"]


def test_a_version_is_no_place_for_more(machine: Machine) -> None:
    notes = installer(machine, "uv", _UV)
    for version in ("../0.1.0", "0.1.0 --index-url=https://evil.test", "0.1.0\nx"):
        machine.variables["AGNOX_STEP_VERSION"] = version
        assert "is no version" in script(machine, "upload", "a.xml")[1]
    assert not notes.exists()


def test_a_kept_client_that_broke_is_installed_again(machine: Machine) -> None:
    notes = installer(machine, "uv", _UV)
    assert script(machine, "upload", "a.xml") == (0, "")
    link = machine.folder / "home/.cache/agnox-step" / __version__ / "agnox"
    link.resolve().unlink()
    assert script(machine, "upload", "a.xml") == (0, "")
    assert len(notes.read_text().splitlines()) == 2


def test_a_machine_without_a_home(machine: Machine) -> None:
    installer(machine, "uv", _UV)
    machine.variables["HOME"] = ""
    assert script(machine, "upload", "a.xml") == (0, "")
    assert machine.called == ["upload", "a.xml"]


def test_python_alone_is_enough(machine: Machine) -> None:
    wheel(machine)
    python(machine)
    assert script(machine, "upload", "a.xml") == (0, "")
    assert machine.called == ["upload", "a.xml"]
    assert machine.folder.joinpath("home/.cache/agnox-step", __version__, "venv/bin/agnox").exists()


def test_a_python_without_venv(machine: Machine) -> None:
    wheel(machine)
    machine.program("python3", f'#!/bin/sh\ncase "$*" in "-m venv"*) exit 1 ;; esac\nexec "{sys.executable}" "$@"\n')
    assert script(machine, "upload", "a b.xml") == (0, "")
    assert machine.called == ["upload", "a b.xml"]


def test_a_failed_installation_leaves_nothing(machine: Machine) -> None:
    installer(machine, "uv", "echo 'No solution found' >&2\nexit 1\n")
    machine.program("python3", "#!/bin/sh\nexit 1\n")
    code, said = script(machine, "upload", "a.xml")
    assert (code, said) == (0, f"agnox: agnox-client {__version__} can't be installed: No solution found\n")
    assert list(machine.folder.joinpath("home/.cache/agnox-step").iterdir()) == []


@pytest.mark.parametrize(("strict", "code", "ends"), [("", 0, 0), ("", 5, 5), ("1", 0, 1), ("1", 5, 5)])
def test_a_command_without_the_client(machine: Machine, strict: str, code: int, ends: int) -> None:
    machine.variables |= {"AGNOX_STRICT": strict}
    ended, said = script(machine, "run", "--report", "a.xml", "--", "sh", "-c", f"echo said; exit {code}")
    assert (ended, said.splitlines()[-1]) == (ends, "said")


def test_a_command_whose_context_is_broken_runs_all_the_same(machine: Machine) -> None:
    machine.client()
    machine.variables["STUB_CONTEXT"] = "2"
    assert script(machine, "run", "--", "sh", "-c", "exit 5")[0] == 5
    assert machine.called is None


def test_a_run_without_a_command_is_told(machine: Machine) -> None:
    code, said = script(machine, "run", "make", "test")
    assert (code, "put it behind --" in said) == (2, True)


def test_strict_as_an_option_is_heard(machine: Machine) -> None:
    machine.client()
    machine.variables["STUB_CODE"] = "1"
    assert script(machine, "upload", "a.xml")[0] == 0
    assert script(machine, "upload", "--strict", "a.xml")[0] == 1
    assert script(machine, "upload", "--", "--strict")[0] == 0


@pytest.mark.parametrize("tracing", ["bash -x", "dash -x"])
def test_no_shell_shows_the_key(machine: Machine, tracing: str) -> None:
    machine.client()
    for arguments in (("upload", "a.xml"), ("run", "--", "true")):
        assert KEY not in script(machine, *arguments, shell=tuple(tracing.split()))[1]
    machine.bin.joinpath("agnox").unlink()
    assert KEY not in script(machine, "upload", "a.xml", shell=tuple(tracing.split()))[1]
