"""What a client sends to have tests run."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, field_validator

from bot.domain.context import CiContext, Wire
from bot.domain.labels import MOST, read_labels

Value = Annotated[str, StringConstraints(strip_whitespace=False, max_length=32_768)]

Labels = Annotated[frozenset[str], Field(max_length=MOST), AfterValidator(read_labels), PlainSerializer(sorted)]
"""What a testing node must have."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Environment(StrEnum):
    """Where the tested system runs."""

    DEVELOPMENT = "development"
    STAGING = "staging"
    PRODUCTION = "production"


class TriggerConfig(Wire):
    """How the tests are to run."""

    environment: Environment = Environment.DEVELOPMENT
    base_url: Annotated[str, Field(max_length=2048)] | None = None
    env_vars: Annotated[dict[str, Value], Field(max_length=100)] = Field(default_factory=dict)

    @field_validator("env_vars")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value:
            if not _VARIABLE.fullmatch(name):
                raise ValueError(f"not a variable name: {name[:64]!r}")
        return value


class Trigger(Wire):
    """The body of `POST /api/ci/trigger`."""

    project_id: Annotated[str, Field(min_length=1, max_length=64)]
    image: Annotated[str, Field(max_length=512)] = ""
    command: Annotated[str, Field(min_length=1, max_length=16_384)]
    folder: Annotated[str, Field(min_length=1, max_length=1024)] = "all"
    labels: Labels = frozenset()
    config: TriggerConfig = TriggerConfig()
    ci_context: CiContext | None = None
