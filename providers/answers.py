"""Answers to people's commands as markdown."""

from collections.abc import Iterator, Sequence

from providers.causes import in_full
from providers.dialect import Dialect
from providers.report import Answer
from providers.sizes import Size
from providers.text import plural

LONGEST = 1_000
"""Characters of one line of an answer."""


def answer_parts(answers: Sequence[Answer], size: Size, dialect: Dialect) -> Iterator[str]:
    """Says what came of each command in a line; what is longer is folded below it."""
    for answer in answers if size.lines else ():
        yield from _answer(answer, size, dialect)


def _answer(answer: Answer, size: Size, dialect: Dialect) -> Iterator[str]:
    """The name is written as code, in which no host takes it for a mention."""
    said = [line for line in answer.outcome.splitlines() if line.strip()]
    first = said[0] if len(said) == 1 else ""
    asked = f"{dialect.code(answer.account, 60)}: {dialect.code(answer.command, 200)}"
    yield f"{asked} — {dialect.running(first, LONGEST)}" if first else asked
    if len(said) > 1:
        lines = [f"- {dialect.running(line, LONGEST)}" for line in said[: size.lines]]
        if len(said) > size.lines:
            lines.append(f"- and {plural(len(said) - size.lines, 'more line')}")
        yield dialect.fold(f"The answer ({plural(len(said), 'line')})", "\n".join(lines))
    if answer.findings and size.told:
        told = "\n\n".join(in_full(finding, dialect) for finding in answer.findings[: size.told])
        rest = len(answer.findings) - size.told
        more = f"\n\nand {plural(rest, 'more cause')}, see the full report" if rest > 0 else ""
        yield dialect.fold("All that is known of it" if len(answer.findings) == 1 else "All that is known", told + more)
