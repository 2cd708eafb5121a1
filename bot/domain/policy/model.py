"""The policy of a repository: its keys, what they mean and what holds where they are not written."""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from bot.domain.globs import PathGlob, WholeGlob, text_glob
from bot.domain.labels import MOST
from bot.domain.policy.values import (
    Comment,
    Engine,
    Label,
    Level,
    Line,
    PathPattern,
    Pattern,
    Read,
    TestOn,
    WaitFor,
    Who,
)

VERSION = 1
_MOST = 500


class Section(BaseModel):
    """A value whose keys are all known; `model_fields_set` tells those that were written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Checks(Section):
    """The verdict on a head, as a check or a status."""

    name: Line = Field(default="Agnox", description="What our verdicts are called: this, and the suite behind it.")
    annotations: bool = Field(
        default=True, description="Whether causes also stand on the failing lines, where the host can show them there."
    )
    required: bool = Field(
        default=False,
        description="Whether a merge waits for our verdict: then every head gets one, also where no test ran.",
    )


class Runs(Section):
    """The CI runs that are read."""

    workflows: tuple[Pattern, ...] = Field(
        default=("*",),
        max_length=_MOST,
        description="Names of the workflows or pipelines to read, in any case of letters. None: nothing is read.",
    )
    wait_for: WaitFor = Field(
        default=WaitFor.ANY,
        description="`any`: the first run that ends is answered, later ones are added; `all`: nothing is said before "
        "all runs of the head have ended, or for too long.",
    )
    read: Read = Field(
        default=Read.FAILED,
        description="`failed`: logs and reports of the jobs that failed; `all`: of all jobs, which takes more calls.",
    )

    def reads(self, workflow: str) -> bool:
        """Tells whether the runs of a workflow or pipeline are read, by its name."""
        name = workflow.lower()
        return any(glob.matches(name) for glob in self._globs)

    @cached_property
    def _globs(self) -> tuple[WholeGlob, ...]:
        return tuple(text_glob(pattern.lower()) for pattern in self.workflows)


class Tests(Section):
    """Tests that Agnox itself runs; without this section it runs none."""

    __test__ = False

    image: Annotated[str, Field(max_length=512)] = Field(
        default="", description="The container image that they run in. Empty: the testing node's own environment."
    )
    command: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=16_384)] = Field(
        description="The shell command that runs them.", json_schema_extra={"pattern": r"\S"}
    )
    on: tuple[TestOn, ...] = Field(
        default=(TestOn.PULL_REQUEST,),
        max_length=10,
        description="What has them run: `pull_request`: each head of one; `push`: each push to the default branch.",
    )
    labels: tuple[Label, ...] = Field(
        default=(), max_length=MOST, description="What a testing node must have to run them, as its operator calls it."
    )


class Quarantine(Section):
    """Tests whose failures are told but fail no check."""

    after: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=3,
        description="Runs in a row of the base branch in which a test has to fail to get here by itself. 0: never.",
    )
    heal: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1, description="Runs in a row of the base branch in which it has to pass to get out again by itself."
    )
    tests: tuple[Pattern, ...] = Field(
        default=(), max_length=_MOST, description="Names of tests that are here until they are taken off this list."
    )

    def names(self, test: str) -> bool:
        """Tells whether a test is here by its name."""
        return any(glob.matches(test) for glob in self._globs)

    @cached_property
    def _globs(self) -> tuple[WholeGlob, ...]:
        return tuple(map(text_glob, self.tests))


class Commands(Section):
    """Who may give `/agnox` commands."""

    allow: tuple[Who, ...] = Field(
        default=(Level.WRITE.value,),
        max_length=_MOST,
        description="Who is obeyed: people with at least this right on the repository, or these people whatever "
        "their right. `@` before a name tells it from a right. None: nobody.",
    )

    @property
    def least(self) -> Level | None:
        """The lowest right that is enough; None where only people who are named are obeyed."""
        return next((level for level in Level if level in self.allow), None)

    @cached_property
    def people(self) -> frozenset[str]:
        """The logins that are obeyed whatever their right, in lower case and without `@`."""
        return frozenset(name.removeprefix("@").lower() for name in self.allow if name not in tuple(Level))

    def admits(self, login: str, right: Level | None) -> bool:
        """Tells whether somebody is obeyed, by their right; None: they have none."""
        if login.lower() in self.people:
            return True
        order = tuple(Level)
        return right is not None and self.least is not None and order.index(right) >= order.index(self.least)


class Ai(Section):
    """Who looks for causes, and how much that may take."""

    engine: Engine = Field(
        default=Engine.AUTO,
        description="`embedded`: rules and statistics, nothing leaves the server; `llm`: a language model; `auto`: a "
        "language model if the organization has one.",
    )
    budget: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=200, description="Analyses a day that may ask a language model; those after them are embedded ones."
    )


class PathRule(Section):
    """What is said of a part of the repository."""

    label: Line = Field(description="What the part is called in reports.")


def _sealed(rules: Mapping[str, PathRule]) -> Mapping[str, PathRule]:
    return MappingProxyType(dict(rules))


class Policy(Section):
    """What a repository asks of Agnox Bot, read from `.agnox.yml` on the base branch."""

    # No Literal: to that `true` would be 1.
    version: Annotated[int, Field(ge=VERSION, le=VERSION, json_schema_extra={"const": VERSION})] = Field(
        default=VERSION, description="The version of this language."
    )
    comment: Comment = Field(
        default=Comment.FAILURES,
        description="`failures`: from the first failure on, and kept true when all is green again; `always`: also "
        "where nothing failed; `changes`: from the first failure on that is not on the base branch too; `off`: never.",
    )
    checks: Checks = Checks()
    runs: Runs = Runs()
    tests: Tests | None = None
    quarantine: Quarantine = Quarantine()
    commands: Commands = Commands()
    ai: Ai = Ai()
    paths: Annotated[Mapping[PathPattern, PathRule], AfterValidator(_sealed)] = Field(
        default_factory=lambda: _sealed({}),
        max_length=_MOST,
        description="Parts of the repository, by patterns of paths as in `.gitignore`; of several that match the "
        "last one counts.",
    )

    def label(self, path: str) -> str:
        """Gives what the part of the repository is called that a path is in; empty where it has no name."""
        return next((label for glob, label in self._labels if glob.matches(path)), "")

    @cached_property
    def _labels(self) -> tuple[tuple[PathGlob, str], ...]:
        return tuple((PathGlob.of(pattern), rule.label) for pattern, rule in reversed(tuple(self.paths.items())))


SECTIONS = frozenset(Policy.model_fields) - {"version", "comment"}
"""Keys that have keys of their own; in YAML they are null when all of these are commented out."""
