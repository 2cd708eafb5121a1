"""How long the `agnox` command takes to start, as a multiple of the interpreter's own start.

Builds the client's wheel, installs it with what it depends on into an environment of its own, and starts each command
in turn, interleaved, so that what else the machine does falls on all of them: `python -m benchmarks.client.run`.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS = 60
WARM_UP = 5


def install(folder: Path) -> Path:
    """Gives the folder of programs of an environment that has the client alone."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    source = Path(__file__).parents[2] / "client"
    subprocess.run([python, "-m", "pip", "install", "--quiet", source], check=True)
    return folder / "bin"


def size(folder: Path) -> tuple[int, int]:
    """Gives the files and bytes that the client and its dependencies take, without pip."""
    packages = next(folder.parent.glob("lib/python*/site-packages"))
    kept = [
        path
        for path in packages.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.relative_to(packages)
        .parts[0]
        .startswith(("pip", "setuptools", "_distutils", "distutils", "pkg_resources"))
    ]
    return len(kept), sum(path.stat().st_size for path in kept)


def measure(commands: Mapping[str, Sequence[str | Path]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Gives the seconds of each start, by the name of the command."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + WARM_UP):
        for name, command in commands.items():
            begun = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if number >= WARM_UP:
                seconds[name].append(time.perf_counter() - begun)
    return seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        programs = install(Path(folder) / "venv")
        files, total = size(programs)
        print(f"installed: {files} files, {total / 1e6:.2f} MB")
        seconds = measure(
            {
                "python -c pass": [programs / "python", "-c", "pass"],
                "agnox --version": [programs / "agnox", "--version"],
                "agnox --help": [programs / "agnox", "--help"],
                "agnox run -- true": [programs / "agnox", "run", "--", "true"],
            }
        )
    bare = statistics.median(seconds["python -c pass"])
    print(f"{'':20} {'median':>9} {'fastest':>9} {'ratio':>6}")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name:20} {median * 1e3:6.1f} ms {min(taken) * 1e3:6.1f} ms {median / bare:6.2f}")


if __name__ == "__main__":
    main()
