"""Each file against the schema that its host publishes, the script against shellcheck, and all against each other."""

import json
import re
from pathlib import Path

import pytest

from agnox import __version__
from integrations.embed import SCRIPT, embed, wanted
from tests.integrations.hosts import ROOT, gitlab_parts, load, packed_orb
from tests.integrations.linting import lint, shellcheck, written

TEXT = SCRIPT.read_text(encoding="utf-8")
STEPS = (
    "github/action.yml",
    "gitlab/templates/agnox.yml",
    "azure/agnox.yml",
    "circleci/src/commands/run.yml",
    "circleci/src/commands/upload.yml",
    "jenkins/vars/agnox.groovy",
)


def test_github(tmp_path: Path) -> None:
    assert lint("github-actions", ROOT / "github/action.yml") == ""
    (broken,) = written(tmp_path, broken={**load("github/action.yml"), "runs": {"using": "composite"}})
    assert lint("github-actions", broken)


def test_gitlab(tmp_path: Path) -> None:
    spec, jobs = gitlab_parts({"reports": "a: b # c 'd' \"e\"", "strict": "true"})
    assert jobs[".agnox-variables"]["variables"]["AGNOX_STEP_REPORTS"] == "a: b # c 'd' \"e\""
    assert jobs[".agnox-variables"]["variables"]["AGNOX_STEP_STRICT"] == "true"
    assert jobs[".agnox-run"]["script"] == jobs[".agnox-upload"]["after_script"]
    used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", ROOT.joinpath("gitlab/templates/agnox.yml").read_text()))
    assert used == set(spec["spec"]["inputs"])
    # A job that is extended as people do; hidden ones are hardly looked at.
    shown = {name.removeprefix("."): job for name, job in jobs.items() if name != ".agnox-variables"}
    shown["agnox-upload"]["script"] = ["make test"]
    assert lint("gitlab-ci", *written(tmp_path, spec=spec, jobs=jobs, shown=shown)) == ""
    assert lint("gitlab-ci", *written(tmp_path, broken={"job": {"script": "x", "after_script": 1}}))


def test_azure(tmp_path: Path) -> None:
    template = load("azure/agnox.yml")
    assert lint("azure-pipelines", ROOT / "azure/agnox.yml") == ""
    (broken,) = written(tmp_path, broken={**template, "steps": [{"bash": "x", "displayname": "x"}]})
    assert lint("azure-pipelines", broken)
    used = set(re.findall(r"parameters\.(\w+)", ROOT.joinpath("azure/agnox.yml").read_text()))
    assert used == {one["name"] for one in template["parameters"]}


def test_circleci(tmp_path: Path) -> None:
    orb = packed_orb()
    usages = {name: one["usage"] for name, one in orb["examples"].items()}
    for usage in usages.values():
        for step in usage["jobs"]["test"]["steps"]:
            if isinstance(step, dict) and (name := next(iter(step))).startswith("agnox/"):
                assert set(step[name]) <= set(orb["commands"][name.removeprefix("agnox/")]["parameters"])
    config = {"version": 2.1, "commands": orb["commands"]}
    assert lint("circle-ci", *written(tmp_path, config=config, **usages)) == ""
    broken = {"version": 2.1, "commands": {"upload": {"parameters": {"a": {"type": "text"}}, "steps": []}}}
    assert lint("circle-ci", *written(tmp_path, broken=broken))
    for name, command in orb["commands"].items():
        used = set(re.findall(r"<< parameters\.([\w-]+) >>", json.dumps(command)))
        assert used == set(command["parameters"]), name


def shell_parts() -> dict[str, str]:
    """What each step gives to a shell, as it stands in the step."""
    jobs = gitlab_parts({})[1]
    return {
        "github": load("github/action.yml")["runs"]["steps"][0]["run"],
        "gitlab-upload": "\n".join(jobs[".agnox-upload"]["after_script"]),
        "gitlab-run": "\n".join(jobs[".agnox-run"]["script"]),
        "azure": load("azure/agnox.yml")["steps"][0]["bash"],
        **{f"circleci-{name}": one["steps"][0]["run"]["command"] for name, one in packed_orb()["commands"].items()},
    }


def test_shellcheck(tmp_path: Path) -> None:
    for dialect in ("sh", "dash"):
        assert shellcheck(dialect, SCRIPT) == ""
    parts = shell_parts()
    for name, text in parts.items():
        tmp_path.joinpath(name).write_text(text)
    assert shellcheck("bash", SCRIPT, *map(tmp_path.joinpath, parts)) == ""
    broken = tmp_path / "broken"
    broken.write_text("rm -r $1\n")
    assert "SC2086" in shellcheck("bash", broken)


def test_every_copy_is_the_script() -> None:
    for name, text in wanted().items():
        assert ROOT.joinpath(name).read_text(encoding="utf-8") == text, "run `python integrations/embed.py`"


def test_a_file_without_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match="0 times"):
        embed("steps: []\n", TEXT)


def test_no_host_reads_the_script_as_its_own_language() -> None:
    """Azure's macros, GitLab's inputs, the expressions of GitHub and Azure, CircleCI's parameters and includes."""
    assert not re.search(r"\$\(\w+\)|\$\[\[|\$\{\{|<<|##vso|::", TEXT.replace(":all:", "")), TEXT


@pytest.mark.parametrize("name", STEPS)
def test_a_step_says_what_the_script_reads(name: str) -> None:
    text = ROOT.joinpath(name).read_text(encoding="utf-8")
    outside = re.sub(r"# agnox\.sh begins.*# agnox\.sh ends", "", text, flags=re.DOTALL)
    assert set(re.findall(r"AGNOX_STEP_\w+", outside)) <= set(re.findall(r"AGNOX_STEP_\w+", TEXT))
    assert __version__ in outside
    # What comes from outside comes as a variable, never as a part of the script.
    assert "set -x" not in text


def test_the_script_asks_for_this_client() -> None:
    assert f"AGNOX_STEP_VERSION:-{__version__}" in TEXT
