"""The ready-made steps, rendered with inputs and started as each CI does it."""

import re
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2] / "integrations"
SCRIPT = ROOT / "bash/agnox.sh"
ORB = ROOT / "circleci/src"

Inputs = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Started:
    """What a runner starts: arguments, variables of the step, and standard input where the script comes from there."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str]
    stdin: str = ""

    def run(self, environment: Mapping[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
        """Runs it in a folder; a step's own variables go before the job's."""
        return subprocess.run(
            self.arguments,
            input=self.stdin,
            env={**environment, **self.variables},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def start(self, environment: Mapping[str, str], folder: Path) -> "subprocess.Popen[str]":
        """Starts it in a group of its own, as runners do that end a job with all that it began."""
        process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, **self.variables},
            cwd=folder,
            text=True,
            start_new_session=True,
        )
        assert process.stdin
        process.stdin.write(self.stdin)
        process.stdin.close()
        process.stdin = None
        return process


def load(path: str) -> Any:
    """Reads a file of YAML below integrations/."""
    return yaml.safe_load(ROOT.joinpath(path).read_text(encoding="utf-8"))


def gitlab_parts(inputs: Inputs) -> tuple[Any, Any]:
    """Gives the header and the jobs; GitLab puts inputs into the text before it reads it."""
    header, text = re.split(r"^---\n", ROOT.joinpath("gitlab/templates/agnox.yml").read_text(), flags=re.MULTILINE)
    spec = yaml.safe_load(header)
    given = {name: _text(one["default"]) for name, one in spec["spec"]["inputs"].items()} | dict(inputs)
    return spec, yaml.safe_load(re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: given[found[1]], text))


def packed_orb() -> dict[str, Any]:
    """Gives the orb as CircleCI's packing makes it."""
    orb: dict[str, Any] = load("circleci/src/@orb.yml")
    for folder in ("commands", "examples"):
        orb[folder] = {path.stem: yaml.safe_load(path.read_text()) for path in ORB.joinpath(folder).glob("*.yml")}
    for command in orb["commands"].values():
        run = command["steps"][0]["run"]
        run["command"] = re.sub(
            r"<<include\((.+)\)>>", lambda found: ORB.joinpath(found[1]).read_text(), run["command"]
        )
    return orb


def bash(inputs: Inputs, folder: Path, environment: Mapping[str, str]) -> Started:
    names = {f"AGNOX_STEP_{name.upper()}": value for name, value in inputs.items()}
    return Started(("bash", "-euo", "pipefail", str(SCRIPT)), names)


def github(inputs: Inputs, folder: Path, environment: Mapping[str, str]) -> Started:
    action = load("github/action.yml")
    (step,) = action["runs"]["steps"]
    known = {f"inputs.{name}": one["default"] for name, one in action["inputs"].items()}
    known |= {f"inputs.{name}": value for name, value in inputs.items()}
    known |= {f"env.{name}": value for name, value in environment.items()}

    def value(found: re.Match[str]) -> str:
        return next((known[name] for name in found[1].split(" || ") if known.get(name)), "")

    variables = {name: re.sub(r"\$\{\{ (.+?) \}\}", value, text) for name, text in step["env"].items()}
    assert step["shell"] == "sh"
    path = _written(folder, step["run"])
    return Started(("sh", "-e", path), {**variables, "GITHUB_ACTION_PATH": str(ROOT / "github")})


def gitlab(inputs: Inputs, folder: Path, environment: Mapping[str, str]) -> Started:
    inputs = dict(inputs)
    command = {"AGNOX_STEP_COMMAND": inputs.pop("command")} if "command" in inputs else {}
    jobs = gitlab_parts({name: value.replace("\n", "; ") for name, value in inputs.items()})[1]
    lines = jobs[".agnox-run"]["script"] if command or "strict" in inputs else jobs[".agnox-upload"]["after_script"]
    # The runner gives bash each item quoted for eval, on standard input.
    script = "set -eo pipefail\n" + "".join(f"eval {_quoted(line)}\n" for line in lines) + "exit 0\n"
    return Started(("bash",), {**jobs[".agnox-variables"]["variables"], **command}, script)


def azure(inputs: Inputs, folder: Path, environment: Mapping[str, str]) -> Started:
    template = load("azure/agnox.yml")
    (step,) = template["steps"]
    known = {one["name"]: one["default"] for one in template["parameters"]} | dict(inputs)
    variables = {
        name: re.sub(r"\$\{\{ parameters\.(\w+) \}\}", lambda found: known[found[1]], text)
        for name, text in step["env"].items()
    }
    # A variable that is not there stays as it was written.
    macro = re.compile(r"\$\(([\w.]+)\)")
    variables = {
        name: macro.sub(lambda found: environment.get(found[1], found[0]), text) for name, text in variables.items()
    }
    script = macro.sub(lambda found: environment.get(found[1], found[0]), step["bash"])
    return Started(("bash", "--noprofile", "--norc", _written(folder, script)), variables)


def circleci(inputs: Inputs, folder: Path, environment: Mapping[str, str]) -> Started:
    command = packed_orb()["commands"]["run" if "command" in inputs else "upload"]
    run = command["steps"][0]["run"]
    known = {name: _text(one.get("default", "")) for name, one in command["parameters"].items()} | dict(inputs)
    variables = {
        name: re.sub(r"<< parameters\.([\w-]+) >>", lambda found: known[found[1]], text)
        for name, text in run["environment"].items()
    }
    return Started(("bash", "-eo", "pipefail", _written(folder, run["command"])), variables)


def jenkins(inputs: Inputs, folder: Path, environment: Mapping[str, str]) -> Started:
    groovy = ROOT.joinpath("jenkins/vars/agnox.groovy").read_text()
    known = dict(re.findall(r'"(AGNOX_STEP_\w+)=\$\{(?:lines\()?settings\.(\w+)', groovy))
    assert known
    script = ROOT.joinpath("jenkins/resources/agnox/agnox.sh").read_text()
    # A script that names its shell is started as a program.
    path = Path(_written(folder, script))
    path.chmod(0o700)
    return Started((str(path),), {variable: inputs.get(name, "") for variable, name in known.items()})


HOSTS: Mapping[str, Callable[[Inputs, Path, Mapping[str, str]], Started]] = {
    start.__name__: start for start in (bash, github, gitlab, azure, circleci, jenkins)
}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


def _written(folder: Path, script: str) -> str:
    path = folder / "step.sh"
    path.write_text(textwrap.dedent(script), encoding="utf-8")
    return str(path)
