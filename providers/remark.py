"""Annotations as markdown, for hosts whose remarks on lines are comments."""

from providers.causes import BAR
from providers.dialect import Dialect
from providers.report import Annotation, Level
from providers.text import log_line, plural

LINES = 8
EVIDENCE = 12

_ICONS = {Level.NOTICE: "ℹ️", Level.WARNING: "⚠️", Level.FAILURE: "❌"}


def remark(annotation: Annotation, dialect: Dialect) -> str:
    """Writes a remark on a line: title, cause and fix, and the evidence behind them."""
    parts = [f"{dialect.remark_marker}\n{_ICONS[annotation.level]} **{dialect.code(annotation.title)}**"]
    said = [line for line in annotation.message.splitlines() if line.strip()]
    parts += [dialect.running(line) for line in said[:LINES]]
    shown = [log_line(line) for line in annotation.details.splitlines() if line.strip()][:EVIDENCE]
    if shown:
        evidence = dialect.fence([f"{BAR} {line}" for line in shown])
        parts.append(dialect.fold(f"Evidence ({plural(len(shown), 'line')})", evidence))
    return "\n\n".join(parts)
