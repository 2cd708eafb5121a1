"""The words and kinds of text that a policy is written in."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, WithJsonSchema


class Comment(StrEnum):
    """When a pull request gets our comment."""

    ALWAYS = "always"
    FAILURES = "failures"
    CHANGES = "changes"
    OFF = "off"


class WaitFor(StrEnum):
    """Which CI runs of a head have to end before it is answered."""

    ALL = "all"
    ANY = "any"


class Read(StrEnum):
    """The jobs of a CI run whose logs and reports are read."""

    FAILED = "failed"
    ALL = "all"


class TestOn(StrEnum):
    """What has Agnox run the tests."""

    __test__ = False

    PULL_REQUEST = "pull_request"
    PUSH = "push"


class Level(StrEnum):
    """What somebody may do on the repository, rising; the names are those of the git hosts' permissions."""

    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"


class Engine(StrEnum):
    """Who looks for the causes of failures."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    LLM = "llm"


_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]+$"

Line = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=_ONE_LINE)]
Pattern = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE),
    Field(title="a pattern, in which * stands for any characters and ? for one"),
]
Label = Annotated[
    str,
    StringConstraints(max_length=31, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    Field(title="a label of letters, digits, dots, hyphens and underscores"),
]
PathPattern = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Who = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=_ONE_LINE),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [level.value for level in Level]},
                {"type": "string", "title": "a user name", "minLength": 1, "maxLength": 100, "pattern": _ONE_LINE},
            ]
        }
    ),
]
