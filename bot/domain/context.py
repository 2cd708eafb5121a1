"""The CI context: where a run came from and where its result must go back to."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from bot.domain import ci_values

RUNNERS = frozenset(
    {
        "agnox",
        "appveyor",
        "argo",
        "bamboo",
        "bitbucket",
        "bitrise",
        "buildkite",
        "circleci",
        "cirrus",
        "cloudbuild",
        "codebuild",
        "codefresh",
        "concourse",
        "drone",
        "gocd",
        "harness",
        "jenkins",
        "local",
        "semaphore",
        "shell",
        "teamcity",
        "tekton",
        "travis",
        "webhook",
        "woodpecker",
    }
)
"""Sources that run tests but are no git host; `scm` then names the provider."""

_JOINTS = re.compile(r"[\s_-]+")


class Wire(BaseModel):
    """A value as clients send it: camelCase names, unknown fields passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )


def _name(wanted: str) -> Callable[[Any], str]:
    return lambda value: _JOINTS.sub("-", ci_values.read_line(value, 64, wanted).lower())


def _repository(value: Any) -> str:
    """Takes a number too, as some hosts' ids are; a login in an address is never kept."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    wanted = "its path, its id or its clone URL"
    address = ci_values.without_login(ci_values.read_line(text, 1024, wanted))
    if "://" in address and "@" in address:
        raise ValueError(f"not an address: {ci_values.shown(text)}; send {wanted}, without a password")
    return address


_READERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "source": _name("the git host or the runner"),
        "scm": _name("the git host"),
        "repository": _repository,
        "branch": ci_values.read_branch,
        "pr_number": ci_values.read_number,
        "commit_sha": ci_values.read_commit,
        "run_url": ci_values.read_web_address,
        "runner": lambda value: ci_values.read_line(value, 64, "the runner's name"),
    }
)


class CiContext(Wire):
    """What a CI says of its run; `source` is a provider or a runner.

    Each field is read into one form, whatever the CI writes; reading that form again changes nothing.
    """

    source: str
    scm: str | None = None
    repository: str | None = None
    branch: str | None = None
    pr_number: int | None = Field(default=None, validate_default=True)
    commit_sha: str | None = None
    run_url: str | None = None
    runner: str | None = None

    @property
    def merged(self) -> bool:
        """Whether `commit_sha` is the host's test merge of a pull request with its base, and so no head of anything."""
        return bool(self.branch and ci_values.is_merge_ref(self.branch))

    @field_validator("*", mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        read = None if ci_values.is_absent(value) else _READERS[name](value)
        if name == "source" and not read:
            raise ValueError("missing: send the git host or the runner")
        if name == "pr_number" and read is None:
            # Some CIs tell it only in the ref that they build.
            return ci_values.number_of_ref(info.data.get("branch") or "")
        return read


def runner_of(source: str) -> str | None:
    """Gives the name of a runner, however it is joined (`Circle CI`, `circle-ci`); None for others."""
    name = _JOINTS.sub("", source.lower())
    return name if name in RUNNERS else None
