"""From the reports and logs of a run to its causes. Pure: reads only the streams it is given."""

from bot.analysis.baseline import GreenRuns, log_name, pack_lines
from bot.analysis.engine import analyze
from bot.analysis.inputs import Input
from bot.analysis.limits import Limits
from bot.analysis.model import (
    SCHEMA,
    Analysis,
    Category,
    Counts,
    Evidence,
    Excerpt,
    Finding,
    FixKind,
    Location,
    Stats,
    Unreadable,
    Verdict,
)
from bot.analysis.reports import ResultSink, Status, TestResult

__all__ = [
    "SCHEMA",
    "Analysis",
    "Category",
    "Counts",
    "Evidence",
    "Excerpt",
    "Finding",
    "FixKind",
    "GreenRuns",
    "Input",
    "Limits",
    "Location",
    "ResultSink",
    "Stats",
    "Status",
    "TestResult",
    "Unreadable",
    "Verdict",
    "analyze",
    "log_name",
    "pack_lines",
]
