"""The examples that people copy: by their hosts' schemas, by what the steps take, and by the client's own options."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
import yaml

from agnox import __version__
from agnox.commands import run, upload
from tests.integrations.hosts import ROOT, gitlab_parts, load, packed_orb
from tests.integrations.linting import lint, shellcheck

PAGE = (ROOT.parent / "docs/integrations.md").read_text(encoding="utf-8")
COMMANDS: Mapping[str, click.Command] = {"run": run.command, "upload": upload.command}

# AppVeyor and Semaphore publish no schema that check-jsonschema has.
SCHEMAS = {
    "GitHub Actions": "github-workflows",
    "Gitea Actions": "github-workflows",
    "GitLab CI": "gitlab-ci",
    "Azure Pipelines": "azure-pipelines",
    "CircleCI": "circle-ci",
    "Buildkite": "buildkite",
    "Travis CI": "travis",
    "Bitbucket Pipelines": "bitbucket-pipelines",
    "Drone": "drone-ci",
    "Woodpecker": "woodpecker-ci",
    "AppVeyor": "",
    "Semaphore": "",
}


class Example(NamedTuple):
    """A block of the page, below its heading."""

    title: str
    language: str
    text: str


def examples() -> Iterator[Example]:
    for section in re.split(r"(?m)^## ", PAGE)[1:]:
        for language, text in re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", section):
            yield Example(section.partition("\n")[0], language, text)


EXAMPLES = tuple(examples())
YAML = tuple(one for one in EXAMPLES if one.language == "yaml")


def every(value: Any, name: str) -> Iterator[Any]:
    """All values that a name has, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from every(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from every(inner, name)


def calls(text: str) -> Iterator[list[str]]:
    """The client's calls in a script, as words."""
    for line in re.findall(r"(?m)^(?:.*/|\W*exec |sh .*/|\W*)agnox(?:\.sh)? ((?:run|upload) .*)$", text):
        yield shlex.split(line)


def test_every_ci_of_the_page_has_an_example() -> None:
    assert {one.title for one in YAML} == set(SCHEMAS)
    others = {one.title: one.language for one in EXAMPLES if one.language != "yaml"}
    assert others == {"Jenkins": "groovy", "TeamCity": "sh", "Any shell, and cron": "sh"}
    assert len(EXAMPLES) == len(YAML) + 4


@pytest.mark.parametrize("title", SCHEMAS)
def test_an_example_is_what_its_host_reads(title: str, tmp_path: Path) -> None:
    for number, one in enumerate(one for one in YAML if one.title == title):
        path = tmp_path / f"{number}.yml"
        path.write_text(one.text)
        assert isinstance(yaml.safe_load(one.text), dict)
        assert not SCHEMAS[title] or lint(SCHEMAS[title], path) == ""


def test_a_step_takes_what_it_is_given() -> None:
    action, spec = load("github/action.yml")["inputs"], gitlab_parts({})[0]["spec"]["inputs"]
    parameters = {one["name"] for one in load("azure/agnox.yml")["parameters"]}
    groovy = ROOT.joinpath("jenkins/vars/agnox.groovy").read_text(encoding="utf-8")
    seen = 0
    for title, given, takes in (
        ("GitHub Actions", "with", set(action)),
        ("Gitea Actions", "with", set(action)),
        ("GitLab CI", "inputs", set(spec)),
        ("Azure Pipelines", "parameters", parameters),
        ("CircleCI", "agnox/run", set(packed_orb()["commands"]["run"]["parameters"])),
    ):
        for one in (one for one in YAML if one.title == title):
            for names in every(yaml.safe_load(one.text), given):
                assert set(names) <= takes, title
                seen += 1
    assert seen == 6
    (jenkins,) = (one.text for one in EXAMPLES if one.language == "groovy")
    (call,) = re.findall(r"(?m)^ +agnox (.+)$", jenkins)
    assert set(re.findall(r"(\w+): '", call)) <= set(re.findall(r"settings\.(\w+)", groovy))


def test_paths_and_versions_are_those_of_this_project() -> None:
    paths = re.findall(r"integrations/[\w./-]+\w", PAGE)
    assert len(paths) > 5
    assert all(ROOT.parent.joinpath(path).exists() for path in paths), paths
    versions = re.findall(r"agnox-client==([\w.]+)|agnox-bot/\S+@v([\d.]+)|agnox@([\d.]+)\b", PAGE)
    assert {next(filter(None, found)) for found in versions} == {__version__}


def test_the_client_knows_what_it_is_asked() -> None:
    scripts = [one.text for one in EXAMPLES if one.language == "sh"]
    for one in YAML:
        told = yaml.safe_load(one.text)
        for name in ("command", "commands", "script", "test_script"):
            for value in every(told, name):
                scripts += [value] if isinstance(value, str) else [str(line) for line in value]
    asked = [words for script in scripts for words in calls(script)]
    assert len(asked) == 10
    for name, *arguments in asked:
        with COMMANDS[name].make_context(name, arguments) as context:
            assert context.params["patterns"] == ("build/*.xml",)
            assert context.params["command_line"] == ("make", "test")


def test_scripts_of_the_page(tmp_path: Path) -> None:
    paths = []
    for number, one in enumerate(one for one in EXAMPLES if one.language == "sh"):
        paths.append(tmp_path / f"{number}.sh")
        paths[-1].write_text(one.text)
    assert shellcheck("sh", *paths, severity="warning") == ""
