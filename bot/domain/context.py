"""The CI context: where a run came from and where its result must go back to."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

RUNNERS = frozenset(
    {
        "agnox",
        "appveyor",
        "bamboo",
        "bitbucket",
        "buildkite",
        "circleci",
        "drone",
        "jenkins",
        "local",
        "semaphore",
        "shell",
        "teamcity",
        "travis",
        "webhook",
        "woodpecker",
    }
)
"""Sources that run tests but are no git host; `scm` then names the provider."""

_SHA = re.compile(r"[0-9a-fA-F]{7,64}")
_PULL_REF = re.compile(r"(?:refs/(?:pull|merge-requests)/)?(\d{1,10})(?:/(?:merge|head))?")

Text = Annotated[str, Field(max_length=1024)]


class Wire(BaseModel):
    """A value as clients send it: camelCase names, unknown fields passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore", str_strip_whitespace=True
    )


class CiContext(Wire):
    """What a CI says of its run; `source` is a provider or a runner."""

    source: Annotated[str, Field(min_length=1, max_length=64)]
    scm: Annotated[str, Field(max_length=64)] | None = None
    repository: Text | None = None
    pr_number: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    commit_sha: str | None = None
    branch: Text | None = None
    run_url: Annotated[str, Field(max_length=2048)] | None = None
    runner: Annotated[str, Field(max_length=64)] | None = None

    @property
    def merged(self) -> bool:
        """Whether `commit_sha` is the host's test merge of a pull request with its base, and so no head of anything."""
        return bool(self.branch and "/" in self.branch and _PULL_REF.fullmatch(self.branch))

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_absent(cls, value: Any) -> Any:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("pr_number", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        """Takes `42`, `"42"`, `42/merge` and `refs/pull/42/merge`: CI variables come in all these forms."""
        if isinstance(value, str):
            found = _PULL_REF.fullmatch(value.strip().lstrip("#!"))
            if not found:
                raise ValueError(f"not a pull request number: {value[:64]!r}; send 42 or refs/pull/42/merge")
            return int(found[1])
        return value

    @field_validator("commit_sha")
    @classmethod
    def _sha(cls, value: str | None) -> str | None:
        if value is not None and not _SHA.fullmatch(value):
            raise ValueError("not a commit: send 7 to 64 hexadecimal digits")
        return value.lower() if value else None

    @field_validator("run_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("not a web address: send http:// or https://")
        return value
