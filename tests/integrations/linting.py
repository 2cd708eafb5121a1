"""Files against the schemas that hosts publish, and shell scripts against shellcheck."""

import json
import subprocess
import sys
from pathlib import Path

from check_jsonschema import main  # type: ignore[import-untyped]
from click.testing import CliRunner


def lint(schema: str, *files: Path) -> str:
    """Gives what is wrong with files, by the copy of a schema that check-jsonschema brings; empty where nothing is."""
    arguments = ["--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code in (0, 1), done.output
    return done.output if done.exit_code else ""


def written(folder: Path, **contents: object) -> list[Path]:
    """Writes values to be linted."""
    paths = [folder / f"{name}.json" for name in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_text(json.dumps(content))
    return paths


def shellcheck(dialect: str, *files: Path, severity: str = "style") -> str:
    """Gives what is wrong with scripts; empty where nothing is."""
    program = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [program, "--shell", dialect, "--severity", severity, *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout
