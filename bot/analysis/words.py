"""Plain sentences for a finding: what happened and what to do about it."""

from bot.analysis.model import Category
from bot.analysis.problems import Problem

_FIX: dict[Category, str] = {
    "dependency": "Make the missing package available to this job: declare it or correct its name or version.",
    "infra": "Run the job again; if it comes back, look at the service or machine that is named in the evidence.",
    "config": "Correct the setting, credential or command that is named in the evidence.",
    "timeout": "Find out what hangs or grows at that point, or give the job more time or memory.",
    "lint": "Apply what the linter asks for in the lines of the evidence.",
    "compile": "Correct the code where the compiler points.",
}


def cause_of(problem: Problem, tests: int) -> str:
    """One or two sentences that claim no more than type, message and place; what the title says is not said again."""
    where = ""
    if problem.top is not None:
        line = f":{problem.top.line}" if problem.top.line else ""
        where = f" at {problem.top.path}{line}"
    message = " ".join(problem.message.split())
    if len(message) > 300:
        message = message[:299].rstrip() + "…"
    if problem.type and message and where and problem.title.endswith(message):
        said = f"Raised{where}"
    elif problem.type and message:
        said = f"{problem.short_type}{where}: {message}"
    elif problem.type:
        said = f"{problem.short_type}{where}, without a message"
    elif message:
        said = f"Failed{where}: {message}" if where else message
    else:
        these = "these tests" if tests > 1 else "the test"
        return f"Failed{where}: no message was given for {these}, so nothing tells why."
    said = said if said.endswith((".", "!", "?", "…")) else f"{said}."
    if tests > 1:
        said += f" {tests} tests fail in this way."
    return said


def fix_of(category: Category) -> tuple[str, ...]:
    """What to do, where the category alone says it; nothing otherwise."""
    text = _FIX.get(category)
    return (text,) if text else ()
