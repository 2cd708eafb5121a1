"""What a CI's documentation says of its variables in one kind of build, and what is to be read there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from agnox.context import Git, Value

HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
MERGE = "9f2c1e7d5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d"
BASE = "00aa11bb22cc33dd44ee55ff66aa77bb88cc99dd"


@dataclass(frozen=True)
class Sample:
    """Variables, and the context as it is sent; `suite` is what tells the job from others."""

    name: str
    variables: Mapping[str, str]
    wire: Mapping[str, object]
    suite: str = ""


class Nowhere(Git):
    """No working copy; a test may give it values."""

    def __init__(self, head: str = "", branch: str = "", remote: str = "", merged: str = "") -> None:
        super().__init__(Path("/nonexistent"))
        self._told = {"head": head, "branch": branch, "remote": remote, "merged": merged}

    @cached_property
    def head(self) -> Value | None:
        return self._value("head")

    @cached_property
    def branch(self) -> Value | None:
        return self._value("branch")

    @cached_property
    def remote(self) -> Value | None:
        return self._value("remote")

    def merged_head(self, base: str) -> Value | None:
        return self._value("merged") if base == "main" else None

    def _value(self, name: str) -> Value | None:
        return Value(self._told[name], "git") if self._told[name] else None


@dataclass(frozen=True)
class Family:
    """The variables that all builds of a CI have."""

    always: Mapping[str, str]
    wire: Mapping[str, object]
    suite: str = ""
    name: str = field(default="")

    def build(self, kind: str, variables: Mapping[str, str], wire: Mapping[str, object]) -> Sample:
        """Makes a sample; a field that is None is not told in this build."""
        told = {name: value for name, value in {**self.wire, **wire}.items() if value is not None}
        return Sample(f"{self.name}, {kind}", {**self.always, **variables}, told, self.suite)
