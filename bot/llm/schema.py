"""The form in which a model has to answer.

Lengths and numbers of things are not limited here but cut when the answer is checked: what is too long need not be
asked for again.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.analysis.model import Category, FixKind


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Quote(_Part):
    """A line that proves something."""

    line: str = Field(description="The number of the line as it stands before the bar, for example 1:812.")
    text: str = Field(description="The text of that line, copied character by character.")


class Place(_Part):
    """A place in the project's sources."""

    path: str
    line: int | None = None


class Claim(_Part):
    """What a model says of one cause."""

    of: list[str] = Field(
        default_factory=list, description="Ids of the failures listed under FAILURES that have this cause, such as f1."
    )
    title: str = Field(description="The cause in one line of at most 120 characters.")
    cause: str = Field(description="One or two sentences: why it failed. Say plainly what the lines do not tell.")
    category: Category
    fix_kind: FixKind
    confidence: Annotated[float, Field(ge=0, le=1, description="How likely category and cause are right.")]
    evidence: list[Quote] = Field(description="One to eight of the lines given that prove it.")
    fix: list[str] = Field(default_factory=list, description="Up to five concrete steps, each one sentence.")
    tests: list[str] = Field(
        default_factory=list,
        description="Names out of FAILING TESTS, only where a failure of the list must be divided among causes.",
    )
    suspects: list[str] = Field(
        default_factory=list, description="Paths that stand in the lines or among the changed files, likeliest first."
    )
    location: Place | None = Field(default=None, description="The one place to look at, if a line names it.")


class Answer(_Part):
    """All that a model says of one run."""

    findings: list[Claim] = Field(description="One a cause, worst first.")
