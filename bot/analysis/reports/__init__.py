"""Test reports of all kinds, read as streams. A reader is added by putting it into `READERS`."""

from bot.analysis.reports.base import Budget, Reader, Report, ResultSink, Status, TestResult
from bot.analysis.reports.junit import JUnitReader

READERS: tuple[Reader, ...] = (JUnitReader(),)

__all__ = ["READERS", "Budget", "Reader", "Report", "ResultSink", "Status", "TestResult"]
