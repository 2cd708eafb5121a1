"""Plain sentences for a finding: what happened and what to do about it. What inputs say stands between backticks."""

import re

from bot.analysis.knowledge import Known
from bot.analysis.masks import strip_ansi
from bot.analysis.model import Category
from bot.analysis.problems import Problem

QUOTED = 300
"""Characters of a message that are quoted."""
_FIX: dict[Category, str] = {
    "dependency": "Make the missing package available to this job: declare it or correct its name or version.",
    "infra": "Run the job again; if it comes back, look at the service or machine that is named in the evidence.",
    "config": "Correct the setting, credential or command that is named in the evidence.",
    "timeout": "Find out what hangs or grows at that point, or give the job more time or memory.",
    "lint": "Apply what the linter asks for in the lines of the evidence.",
    "compile": "Correct the code where the compiler points.",
}
_WHERE: dict[Category, str] = {
    "test": "A test failed here; the log says what, not why.",
    "compile": "The code could not be compiled or read; this is the line that says most.",
    "lint": "A check of the sources failed; this is the line that says most.",
    "dependency": "Something that the build needs could not be had; this is the line that says most.",
    "infra": "A service or machine failed, not the code; this is the line that says most.",
    "config": "The job asks for something that it can't get or do; this is the line that says most.",
    "timeout": "Time or memory ran out here.",
    "unknown": "The log tells where it failed, not why.",
}
SURE = 0.6
"""The least chance of a category with which a sentence is built on it."""
_NO_REASON = re.compile(
    r"(?i)^\W*(?:\S+ )?(?:build )?(?:failed|failure|error)\W*$|exited? (?:with )?(?:code|status|\d)|non-zero exit"
    r"|completed with exit|exited with|returned? (?:code|exit)|see (?:above|below|the log)|re-run maven|to see the full"
    r"|command failed|marked build as failure|build fail(?:ed|ure)|task(?:s)? failed|job failed"
)


def cause_of(problem: Problem, tests: int, known: Known | None = None, *, blocked: bool = False) -> str:
    """One or two sentences that claim no more than what is known of the words, the type, the message and the place.

    `tests` is how many fail in this way (0 where it is a log that tells); `blocked`: they never ran.
    """
    said = known.cause if known is not None else _plain(problem, tests)
    placed = known is not None and known.entry.category in ("test", "compile", "lint")
    if placed and problem.top is not None and problem.top.path not in said:
        said += f" It shows at {_where(problem)}."
    if problem.behind and known is None:
        said += f" Behind it: {quoted(problem.behind)}."
    if blocked:
        these = f"{tests} tests" if tests > 1 else "The test"
        said = f"{these} could not run: what comes before {'them' if tests > 1 else 'it'} failed. {said}"
    elif tests > 1 and (known is not None or problem.title):
        said += f" {tests} tests fail in this way."
    return said


def where_of(category: Category, lead: str, confidence: float) -> str:
    """What can be said of a log that is not known by its words: no more than the kind of failure, if that is sure."""
    if confidence < SURE or gives_no_reason(lead):
        return _WHERE["unknown"]
    return _WHERE[category]


def gives_no_reason(line: str) -> bool:
    """Whether a line only says that something ended badly."""
    return bool(_NO_REASON.search(line[:QUOTED]))


def fix_of(category: Category, known: Known | None = None, confidence: float = 1.0) -> tuple[str, ...]:
    """What to do: the steps that are known, or what the category alone says where it is sure; nothing otherwise."""
    if known is not None:
        return known.steps
    text = _FIX.get(category) if confidence >= SURE else None
    return (text,) if text else ()


def quoted(text: str) -> str:
    """Untrusted text as one piece of code, cut to its limit."""
    text = " ".join("".join(char if char.isprintable() else " " for char in strip_ansi(text)).split())
    text = text.replace("`", "'")
    return f"`{text if len(text) <= QUOTED else text[: QUOTED - 1].rstrip() + '…'}`"


def _plain(problem: Problem, tests: int) -> str:
    """Type, message and place; what the title says is not said again."""
    where = f" at {_where(problem)}" if problem.top is not None else ""
    message = " ".join(problem.message.split())
    if problem.type and message and where and problem.title.endswith(message):
        return f"Raised{where}."
    if problem.type and message:
        return f"{quoted(problem.short_type)}{where}: {quoted(message)}."
    if problem.type:
        return f"{quoted(problem.short_type)}{where}, without a message."
    if message:
        return f"Failed{where}: {quoted(message)}."
    these = "these tests" if tests > 1 else "the test"
    return f"Failed{where}: no message was given for {these}, so nothing tells why."


def _where(problem: Problem) -> str:
    if problem.top is None:
        return ""
    line = f":{problem.top.line}" if problem.top.line else ""
    return quoted(f"{problem.top.path}{line}")
